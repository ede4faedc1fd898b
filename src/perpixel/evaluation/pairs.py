"""Which prediction belongs to which truth."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import NoReturn

from perpixel.errors import DataError

LABEL_SUFFIXES = frozenset((".png", ".tif", ".tiff", ".bmp"))
_BESIDE = (".overlay", ".confidence")  # what `predict` writes beside `<stem>.png`


@dataclass(frozen=True)
class Pair:
    """A prediction and its truth; `name` is the path inside the folder without the suffix, with slashes."""

    name: str
    prediction: Path
    truth: Path


def pair_files(predictions: Path, truth: Path) -> list[Pair]:
    """Pair the label maps of two folders by their path inside the folder, without the suffix; or two files.

    Where the folders inside differ (`val/a.png` and `a.png`), the file's stem decides, if no stem is there twice.
    Overlays, confidences and all that is not PNG, TIFF or BMP are skipped.

    Returns:
        The pairs, by name.

    Raises:
        DataError: a path is not there, a folder without label maps, two label maps of one name, or label maps without
            a partner on either side.
    """
    for path in (predictions, truth):
        if not path.exists():
            raise DataError(f"{path}: there is no such file or folder")
    if predictions.is_file() and truth.is_file():
        return [Pair(truth.stem, predictions, truth)]
    for path, other in ((predictions, truth), (truth, predictions)):
        if path.is_file():
            raise DataError(f"{path} is a file and {other} is a folder; give two files or two folders")
    left, right = _label_maps(predictions), _label_maps(truth)
    if left.keys() != right.keys():
        stems = _by_stem(left), _by_stem(right)
        if not stems[0] or stems[0].keys() != stems[1].keys():
            _complain(predictions, truth, left, right)
        left, right = stems
    return [Pair(name, left[name], right[name]) for name in sorted(right)]


def _label_maps(folder: Path) -> dict[str, Path]:
    """The label maps anywhere under a folder, by their path in it without the suffix."""
    found: dict[str, Path] = {}
    for path in _files(folder):
        name = path.relative_to(folder).with_suffix("").as_posix()
        if path.suffix.lower() not in LABEL_SUFFIXES or path.name.startswith(".") or name.endswith(_BESIDE):
            continue
        if name in found:
            raise DataError(f"{path} and {found[name].name} have the same name; which of them is the label map?")
        found[name] = path
    if not found:
        raise DataError(f"{folder}: no label maps here; they are PNG, TIFF or BMP files")
    return found


def _files(folder: Path) -> Iterable[Path]:
    def refuse(error: OSError) -> NoReturn:
        raise DataError(f"{error.filename}: cannot be read: {error.strerror}") from error

    for root, folders, names in os.walk(folder, onerror=refuse):
        folders.sort()
        yield from (Path(root, name) for name in sorted(names))


def _by_stem(files: dict[str, Path]) -> dict[str, Path]:
    """The same files by their stem alone; nothing if a stem is there twice."""
    stems = {PurePath(name).name: path for name, path in files.items()}
    return stems if len(stems) == len(files) else {}


def _complain(predictions: Path, truth: Path, left: Iterable[str], right: Iterable[str]) -> NoReturn:
    missing, extra = sorted(set(right) - set(left)), sorted(set(left) - set(right))
    parts = []
    if missing:
        parts.append(f"{len(missing)} of {len(set(right))} in {truth} have no prediction ({_some(missing)})")
    if extra:
        parts.append(f"{len(extra)} of {len(set(left))} in {predictions} have no truth ({_some(extra)})")
    raise DataError(
        f"the label maps do not pair: {' and '.join(parts)}; both folders must hold the same names, whatever the suffix"
    )


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")

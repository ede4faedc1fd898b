"""YOLO's data.yaml: the names of the classes, and the pictures of every split."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from perpixel.data.formats.json_values import said
from perpixel.data.formats.picture_files import entry_name, name_of
from perpixel.data.listing import is_picture, list_files
from perpixel.errors import DataError

_LOOKED_AT = 20  # YAML files of a folder


def description(path: Path) -> tuple[Path, dict[str, Any]] | None:
    """The YAML file that names classes and splits, and what it says; None if there is none."""
    if path.is_dir():
        files = sorted(file for suffix in ("yaml", "yml") for file in path.glob(f"*.{suffix}"))[:_LOOKED_AT]
    else:
        files = [path] if path.suffix.lower() in (".yaml", ".yml") else []
    for file in files:
        data = _yaml(file)
        if isinstance(data, dict) and isinstance(data.get("names"), list | dict) and {"train", "val", "test"} & {*data}:
            return file, data
    return None


def _yaml(file: Path) -> Any:
    try:
        words = file.read_text(encoding="utf-8")
        return None if "<<" in words else yaml.safe_load(words)  # merged keys can grow to any number
    except (OSError, ValueError, TypeError, AttributeError, RecursionError, yaml.YAMLError):  # of another format
        return None


def names_in(file: Path, given: list[Any] | dict[Any, Any]) -> list[str]:
    """The class names in order.

    Raises:
        DataError: numbers with gaps, or names that are none.
    """
    if isinstance(given, dict):
        if set(given) != set(range(len(given))):
            raise DataError(f"{file}: the numbers under `names` are not 0, 1, 2, ... to {len(given) - 1}, each once")
        given = [given[number] for number in range(len(given))]
    for number, name in enumerate(given):
        if not isinstance(name, str | int | float) or not str(name).strip():
            raise DataError(f"{file}: the name of class {number} is {said(name)}; expected a text")
    return [str(name) for name in given]


def splits_in(file: Path, data: Mapping[str, Any]) -> dict[str, list[tuple[str, Path]]]:
    """Names and pictures of every split that is there; two that are the same pictures are the one split `all`.

    Raises:
        DataError: none is there, or what should be a path is none.
    """
    found = dict[str, list[tuple[str, Path]]]()
    for split in ("train", "val", "test"):
        given = data.get(split) or []
        places = [_place(file, data.get("path"), each) for each in (given if isinstance(given, list) else [given])]
        pictures = sorted({pair for place in places if place is not None for pair in _pictures(file, place)})
        if pictures:
            found[split] = pictures
    if not found:
        raise DataError(f"{file}: none of the folders under `train`, `val` and `test` is there with pictures in it")
    same = len(found) > 1 and all(pictures == found["train"] for pictures in found.values() if "train" in found)
    return {"all": found["train"]} if same and "train" in found else found


def _place(file: Path, below: Any, given: Any) -> Path | None:
    """The folder or list that a path means: below `path`, or below the YAML file; None if it is not there."""
    if not isinstance(given, str) or not isinstance(below, str | None) or "\0" in f"{given}{below}":
        raise DataError(f"{file}: {said(given)} is no path of pictures, or `path` is none")
    climbing = given.replace("\\", "/")
    while climbing.startswith("../"):  # some exports have a folder too many
        climbing = climbing[3:]
    places = [file.parent / (below or "") / given, file.parent / given, file.parent / climbing]
    return next((place for place in places if _there(place)), None)


def _there(place: Path) -> bool:
    """Whether something is there; a whole disk is not what is meant."""
    try:
        return place.exists() and place.resolve() != place.resolve().parent
    except (OSError, RuntimeError):  # a name that is too long, links in a circle
        return False


def _pictures(file: Path, place: Path) -> Iterator[tuple[str, Path]]:
    """Names and pictures in a folder, or of a list of paths."""
    if place.is_dir():
        yield from ((name_of(path), place / path) for path in list_files(place) if is_picture(path))
        return
    for line in _lines(place, file):
        if line.strip():
            picture = place.parent / line.strip()
            if not _there(picture):
                raise DataError(f"{place}: {line.strip()} is not there")
            yield name_of(Path(entry_name(line.strip(), source=place))), picture


def _lines(path: Path, source: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{source}: {path} cannot be read as a list of pictures: {error}") from error

"""Pictures and masks brought together by their names."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perpixel.data.listing import some
from perpixel.data.sample import Sample
from perpixel.errors import DataError

_PICTURE = r"images?|imgs?|photos?|pictures?|rgb|sat|input|leftimg8bit"
_MASK = r"masks?|labels?|gt|seg|segmentations?|annot|annotations?|groundtruth|truth|gtfine|gtcoarse|label(train)?ids|l"
_PICTURE_AFFIX = re.compile(rf"^(?:{_PICTURE})[-_. ]+|(?:[-_. ]+(?:{_PICTURE}))+$")
_MASK_AFFIX = re.compile(rf"^(?:{_MASK})[-_. ]+|(?:[-_. ]+(?:{_MASK}))+$")
_BETTER = ("labeltrainids", "labelids")  # Cityscapes has several files for a picture
_NO_MASK = ("_color", "_instanceids", "_instancetrainids", "_polygons")


@dataclass(frozen=True, slots=True)
class Entry:
    """A file and the name it is paired by: its path below the picture or mask folder, without a suffix."""

    key: str
    path: Path


def pair(root: Path, pictures: Sequence[Entry], masks: Sequence[Entry], *, what: str = "") -> tuple[Sample, ...]:
    """Each picture with its mask: the same name, or the same but for `_mask`, `_gt`, `image_` and their like.

    Raises:
        DataError: a picture without a mask, a mask without a picture, or several for one.
    """
    pictures_by_key = _unique(root, pictures)
    masks_by_key: dict[str, list[Path]] = defaultdict(list)
    for entry in masks:
        if not entry.key.lower().endswith(_NO_MASK):
            masks_by_key[entry.key].append(entry.path)
    found = {key: masks_by_key.pop(key) for key in pictures_by_key if key in masks_by_key}
    by_core: dict[str, list[Path]] = defaultdict(list)
    for key, paths in masks_by_key.items():
        by_core[core(key, mask=True)] += paths
    cores: dict[str, list[str]] = defaultdict(list)
    for key in pictures_by_key:
        if key not in found:
            cores[core(key, mask=False)].append(key)
    for name, keys in cores.items():
        if len(keys) == 1 and name in by_core:
            found[keys[0]] = by_core.pop(name)
    alone = [pictures_by_key[key] for key in pictures_by_key if key not in found]
    left = [path for paths in by_core.values() for path in paths]
    if alone or left:
        raise DataError(_orphans(root, what, pictures_by_key, alone, sorted(left), paired=len(found)))
    return tuple(
        Sample(key, root / path, root / _one(root, path, found[key])) for key, path in sorted(pictures_by_key.items())
    )


def core(key: str, *, mask: bool) -> str:
    """A name without what only says that it is a picture or a mask."""
    folder, _, stem = key.lower().rpartition("/")
    bare = (_MASK_AFFIX if mask else _PICTURE_AFFIX).sub("", stem)
    return f"{folder}/{bare or stem}"


def called_mask(stem: str) -> bool:
    """Whether a file's own name says that it is a mask: `x_mask`, `label-x`."""
    return _MASK_AFFIX.search(stem.lower()) is not None


def _unique(root: Path, pictures: Sequence[Entry]) -> dict[str, Path]:
    by_key: dict[str, Path] = {}
    for entry in pictures:
        if entry.key in by_key:
            raise DataError(
                f"{root}: {by_key[entry.key]} and {entry.path} have the same name, so masks cannot be told apart; "
                "rename one"
            )
        by_key[entry.key] = entry.path
    return by_key


def _one(root: Path, picture: Path, masks: list[Path]) -> Path:
    if len(masks) == 1:  # nearly always
        return masks[0]
    for better in _BETTER:
        chosen = [mask for mask in masks if mask.stem.lower().endswith(better)]
        if len(chosen) == 1:
            return chosen[0]
    raise DataError(f"{root}: {picture} has {len(masks)} masks: {some(masks)}; leave one of them")


def _orphans(
    root: Path, what: str, pictures: Mapping[str, Path], alone: list[Path], left: list[Path], *, paired: int
) -> str:
    where = f"{root}: {what}" if what else f"{root}: "
    if not paired and alone and left:
        return (
            f"{where}no picture and mask have the same name (such as {alone[0]} and {left[0]}); "
            "name a mask like its picture, with or without `_mask`"
        )
    parts = []
    if alone:
        parts.append(f"{len(alone)} of {len(pictures)} pictures {_have(alone)} no mask: {some(alone)}")
    if left:
        parts.append(f"{len(left)} {'masks' if len(left) > 1 else 'mask'} {_have(left)} no picture: {some(left)}")
    return f"{where}{'; '.join(parts)}. Add what is missing, or take the others out of the folder"


def _have(paths: list[Path]) -> str:
    return "have" if len(paths) > 1 else "has"

"""Pictures and their depth maps, paired by the names of files and folders."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from perpixel.data.layout import Layout
from perpixel.data.listing import is_picture, some
from perpixel.data.names import in_order, role_of, split_of
from perpixel.data.sample import Sample
from perpixel.errors import DataError

EXPECTED = (
    "NAME.depth.png (16-bit millimetres) beside NAME.color.jpg, or images/ and depth/ with files of the same names "
    "(16-bit PNG in millimetres or float32 TIFF in metres)"
)
_ENDING = re.compile(r"(.+)[._-](colou?r|rgb|image|depth)")
_DEPTH = re.compile(r"(.*[^a-z])?depths?([^a-z].*)?")


@dataclass(frozen=True)
class _File:
    path: Path
    key: str
    split: str | None
    depth: bool


def recognize(root: Path, files: Sequence[Path], *, depths: str | None, hold_out: bool = True) -> Layout:
    """Every picture with its depth map; a fifth of every recording held out where folders make no splits.

    Frames of a recording are alike from one to the next, so none of them can judge what was learnt from its neighbors:
    what is held out is the last fifth of each folder, by name. Its first frame still has a neighbor that was learnt.

    Args:
        root: the folder.
        files: all files below it.
        depths: the folder of the depth maps below `root`, if names do not tell.
        hold_out: False leaves what folders do not split as `all`, or as `train` without `val`.

    Raises:
        DataError: no depth maps, or some without a picture, or pictures without one.
    """
    found = [_classify(path, depths) for path in files if is_picture(path)]
    maps = {(file.split, file.key): file for file in found if file.depth}
    if not maps:
        raise DataError(f"{root}: there are no depth maps; expected {EXPECTED}")
    pictures = _pictures([file for file in found if not file.depth], {key for _, key in maps})
    wide = all(split is None for split, _ in maps)  # only the pictures lie in split folders
    splits: dict[str, list[Sample]] = defaultdict(list)
    alone, used = list[str](), set[tuple[str | None, str]]()
    for file in pictures:
        place = (None if wide else file.split, file.key)
        if place not in maps:
            alone.append(str(file.path))
        elif place in used:
            raise DataError(f"{root / file.path}: another picture has the same depth map, {root / maps[place].path}")
        else:
            used.add(place)
            splits[file.split or "all"].append(Sample(file.key, root / file.path, root / maps[place].path))
    lost = [str(file.path) for place, file in maps.items() if place not in used]
    if alone or lost:
        what, names = ("pictures have no depth map", alone) if alone else ("depth maps have no picture", lost)
        raise DataError(f"{root}: {len(names)} {what}: {some(names)}; expected {EXPECTED}")
    made = {name: tuple(splits[name]) for name in in_order(list(splits))}
    words = f"{len(maps)} pictures with depth maps"
    whole = "all" if "all" in made else "train"
    if not hold_out or whole not in made or (whole == "train" and "val" in made):
        return Layout(made, f"{words}, split by folders {', '.join(made)}" if "all" not in made else words)
    train, val = last_fifth(made.pop(whole))
    return Layout(
        {"train": train, **({"val": val} if val else {}), **made},
        f"{words}; the last fifth of each folder by name held out as val, since frames of a recording are alike",
    )


def has_depths(files: Sequence[Path]) -> bool:
    """Whether any file is called like a depth map."""
    return any(_classify(path, None).depth for path in files if is_picture(path))


def last_fifth(samples: Sequence[Sample]) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """The samples without the last fifth of each folder of pictures, and those; in their order."""
    by_folder: dict[Path, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_folder[sample.picture.parent].append(sample)
    last = {sample for own in by_folder.values() for sample in own[len(own) - round(len(own) / 5) :]}
    return tuple(s for s in samples if s not in last), tuple(s for s in samples if s in last)


def _classify(path: Path, depths: str | None) -> _File:
    folders = path.parts[:-1]
    split = next((found for folder in folders if (found := split_of(folder))), None)
    ending = _ENDING.fullmatch(path.stem.lower())
    stem = path.stem[: len(ending[1])] if ending else path.stem
    if depths is not None:
        hint = Path(depths).parts
        depth = folders[: len(hint)] == hint
        folders = folders[len(hint) :] if depth else folders
    elif ending and ending[2] == "depth":
        depth = True
    else:
        depth = any(_DEPTH.fullmatch(folder.lower()) for folder in folders)
    kept = [f for f in folders if role_of(f) is None and split_of(f) is None and not _DEPTH.fullmatch(f.lower())]
    return _File(path, "/".join((*kept, stem)), split, depth)


def _pictures(files: list[_File], keys: set[str]) -> list[_File]:
    """Of all that is no depth map: what folders or names call pictures; else what is called as a depth map is."""
    called = [file for file in files if any(role_of(folder) == "pictures" for folder in file.path.parts[:-1])]
    named = [file for file in files if _ENDING.fullmatch(file.path.stem.lower())]
    other = [file for file in files if all(role_of(f) not in ("masks", "other") for f in file.path.parts[:-1])]
    return called or named or [file for file in other if file.key in keys] or other

"""Pairs in folders: images/ and masks/ under any common names; split by folders on either level, by lists, or not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from perpixel.data.layout import Layout
from perpixel.data.listing import is_picture, some
from perpixel.data.names import Role, in_order, role_of, split_of
from perpixel.data.pairing import Entry, called_mask, pair
from perpixel.data.sample import Sample
from perpixel.data.splitting import by_lists, find_lists, undivided
from perpixel.errors import DataError

_EXPECTED = "images/ and masks/ with files of the same names, CamVid's train/ and trainannot/, or Pascal VOC's folders"


class OnlyIdsError(DataError):
    """There are no masks of classes, but maps that are called like ids of things, depth or drawings."""


@dataclass(frozen=True, slots=True)
class _File:
    """What a file's folders say of it; `entry.key` is its path without those that tell role and split."""

    entry: Entry
    role: Role | None
    split: str | None


def recognize(root: Path, files: Sequence[Path], *, masks: str | None) -> Layout:
    """Pictures with masks, or pictures alone.

    Args:
        root: the folder.
        files: all files below it.
        masks: the folder of the masks below `root`, if names do not tell.

    Raises:
        DataError: no pictures, orphans, or several folders that could be the masks.
    """
    found = [_classify(path, masks) for path in files if is_picture(path)]
    if not found:
        raise DataError(f"{root}: {_nothing(files)}; expected {_EXPECTED}")
    if masks is not None and not any(file.role == "masks" for file in found):
        raise DataError(f"{root}: there are no mask files in {masks}/")
    pictures, truths = _sides(root, found)
    words = f"pairs in {_folders(pictures)} and {_folders(truths)}"
    if not truths:
        samples = tuple(Sample(file.entry.key, root / file.entry.path) for file in pictures)
        return Layout({"all": samples}, f"pictures alone, without masks{_unread(files, masks)}")
    splits, how, listed = _split(root, files, pictures, truths)
    aside = len(found) - len(pictures) - len(truths)
    if aside:
        how += f"; {aside} other pictures were left aside"
    paired = [sample.mask for samples in splits.values() for sample in samples if sample.mask is not None]
    raw_ids = all(mask.stem.lower().endswith("labelids") for mask in paired)
    cityscapes = all("_gtfine_label" in mask.stem.lower() for mask in paired)
    return Layout(
        splits,
        f"{words}{how}",
        known="cityscapes" if cityscapes else None,
        raw_ids=raw_ids,
        undivided=None if listed else undivided(splits),
    )


def _classify(path: Path, masks: str | None) -> _File:
    role, split, rest = _told(path.parts[:-1], masks)
    return _File(Entry("/".join((*rest, path.stem)), path), role, split)


@lru_cache(maxsize=4096)  # many files, few folders
def _told(folders: tuple[str, ...], masks: str | None) -> tuple[Role | None, str | None, tuple[str, ...]]:
    """Role and split by the folders of a file, and those that tell neither."""
    role: Role | None = None
    split: str | None = None
    rest: list[str] = []
    hint = () if masks is None else Path(masks).parts
    hinted = masks is not None and folders[: len(hint)] == hint
    for folder in folders[len(hint) if hinted else 0 :]:
        own_role, own_split = role_of(folder), split_of(folder)
        role = own_role if role in (None, "pictures") and own_role is not None else role
        split = split or own_split
        if own_role is None and own_split is None:
            rest.append(folder)
    if hinted:
        role = "masks"
        split = split or next((found for part in hint if (found := split_of(part))), None)
    elif masks is not None and role == "masks":
        role = "other"
    return role, split, tuple(rest)


def _sides(root: Path, found: list[_File]) -> tuple[list[_File], list[_File]]:
    """The pictures and the masks."""
    pictures = [file for file in found if file.role == "pictures"]
    truths = [file for file in found if file.role == "masks"]
    unknown = [file for file in found if file.role is None]
    others = sorted({file.entry.path.parent.as_posix() for file in found if file.role == "other"})
    if truths:
        return pictures or unknown, truths
    if pictures:
        candidates = _candidates(pictures, unknown)
        if len(candidates) > 1:
            raise DataError(
                f"{root}: {', '.join(f'{name}/' for name in candidates)} could all be the masks of "
                f"{_folders(pictures)}; name the folder of the masks (`masks`)"
            )
        if candidates:
            (truths,) = candidates.values()
            return pictures, truths
        inside = _beside(pictures)
    else:
        inside = _beside(unknown)
        pictures = unknown
    if inside:
        return [file for file in pictures if file not in inside], inside
    if others:
        raise OnlyIdsError(
            f"{root}: {', '.join(f'{name}/' for name in others[:5])} is called like ids of things, depth or drawings; "
            "there are no masks of classes; give those, or name the folder of the masks (`masks`)"
        )
    return pictures, []


def _candidates(pictures: list[_File], unknown: list[_File]) -> dict[str, list[_File]]:
    """Folders of unknown role whose files are called like the pictures."""
    stems = {file.entry.path.stem for file in pictures}
    by_folder: dict[str, list[_File]] = defaultdict(list)
    for file in unknown:
        parts = file.entry.path.parts
        if len(parts) > 1:
            key = file.entry.key.removeprefix(f"{parts[0]}/")
            by_folder[parts[0]].append(_File(Entry(key, file.entry.path), "masks", file.split))
    return {name: files for name, files in by_folder.items() if any(file.entry.path.stem in stems for file in files)}


def _beside(files: list[_File]) -> list[_File]:
    """Masks that lie among their pictures: x.png beside x.jpg, or x_mask.png beside x.jpg or x.png."""
    named = [file for file in files if called_mask(file.entry.path.stem)]
    if named and len(named) < len(files):
        return named
    photos = {file.entry.path.with_suffix("") for file in files if file.entry.path.suffix.lower() in (".jpg", ".jpeg")}
    return [
        file
        for file in files
        if file.entry.path.suffix.lower() in (".png", ".bmp") and file.entry.path.with_suffix("") in photos
    ]


def _split(
    root: Path, files: Sequence[Path], pictures: list[_File], truths: list[_File]
) -> tuple[dict[str, tuple[Sample, ...]], str, bool]:
    """The splits, how they were told, and whether by lists."""
    names = in_order(sorted({file.split for file in pictures if file.split is not None}))
    mask_names = {file.split for file in truths if file.split is not None}
    if names or mask_names:
        splits = _by_folders(root, pictures, truths, names or in_order(sorted(mask_names)))
        return splits, f", split by folders {', '.join(splits)}", False
    samples = pair(root, _entries(pictures), _entries(truths))
    lists = find_lists(root, files)
    if lists:
        splits, unused = by_lists(root, samples, lists)
        told = f"; {unused} pairs are in no list" if unused else ""
        return splits, f", split by the lists {', '.join(sorted(path.name for path in lists.values()))}{told}", True
    return {"all": samples}, "", False


def _by_folders(
    root: Path, pictures: list[_File], truths: list[_File], names: list[str]
) -> dict[str, tuple[Sample, ...]]:
    """Split folders on the side of the pictures, of the masks, or both."""
    outside = [file.entry.path for file in pictures if file.split is None]
    sided = len(outside) < len(pictures)  # do the pictures lie in split folders at all?
    if sided and outside:
        raise DataError(
            f"{root}: {len(outside)} pictures lie outside of the split folders {', '.join(names)}: {some(outside)}; "
            "move them into one, or take them out"
        )
    both = sided and any(file.split is not None for file in truths)
    splits: dict[str, tuple[Sample, ...]] = {}
    if both:
        for name in in_order(sorted({*names, *(file.split for file in truths if file.split is not None)})):
            own = [file for file in pictures if file.split == name]
            masks = [file for file in truths if file.split == name]
            if name == "test" and own and not masks:  # a test split may well come without its truth
                splits[name] = tuple(Sample(file.entry.key, root / file.entry.path) for file in own)
            else:
                splits[name] = pair(root, _entries(own), _entries(masks), what=f"in the split {name}: ")
    else:
        split_of_path = {root / file.entry.path: file.split for file in (pictures if sided else truths)}
        for sample in pair(root, _entries(pictures), _entries(truths)):
            side = sample.picture if sided else sample.mask
            name = str(split_of_path[side]) if side is not None else ""
            splits[name] = (*splits.get(name, ()), sample)
        splits = {name: splits[name] for name in in_order(list(splits))}
    return splits


def _entries(files: list[_File]) -> list[Entry]:
    return [file.entry for file in files]


def _folders(files: list[_File]) -> str:
    names = sorted({_telling(folders) for folders in {file.entry.path.parts[:-1] for file in files}})
    return ", ".join(f"{name}/" for name in names[:6]) + (" ..." if len(names) > 6 else "")


def _telling(folders: tuple[str, ...]) -> str:
    """The folders of a file down to the last one whose name tells a role or a split."""
    told = [number for number, folder in enumerate(folders, start=1) if role_of(folder) or split_of(folder)]
    return "/".join(folders[: max(told, default=1)]) or "."


def _unread(files: Sequence[Path], masks: str | None) -> str:
    """What lies where masks are expected, if it is of a kind that is not read."""
    others = [path for path in files if not is_picture(path) and _classify(path, masks).role == "masks"]
    suffixes = sorted({path.suffix.lower() for path in others})
    return (
        f": {_telling(others[0].parts[:-1])}/ holds only {', '.join(suffixes)}, not PNG, TIFF or BMP" if others else ""
    )


def _nothing(files: Sequence[Path]) -> str:
    suffixes = sorted({path.suffix.lower() or "no suffix" for path in files})
    return f"no pictures, only {', '.join(suffixes[:6])}" if files else "the folder is empty"

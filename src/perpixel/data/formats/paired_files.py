"""Mask files with their pictures, by the folders that tell the split and by the names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from perpixel.data.listing import is_picture, list_files
from perpixel.data.names import in_order, role_of, split_of
from perpixel.data.pairing import Entry, pair
from perpixel.data.sample import Sample
from perpixel.data.splitting import by_lists, find_lists

Splits = dict[str, tuple[Sample, ...]]


def paired(root: Path, masks: Sequence[Path], *, folder: str | None = None, pictures: Path | None = None) -> Splits:
    """Every mask with its picture, by split: that of the folders, or of lists, or `all`.

    Args:
        root: of the data set.
        masks: relative to it.
        folder: of the masks, below `root`, where its name does not tell what it is.
        pictures: the folder of the pictures, if it is elsewhere; by default all other pictures below `root` whose
            folders are not called like masks.

    Returns:
        Samples; where there are no pictures at all, each mask stands in the picture's place.

    Raises:
        DataError: pictures without masks, masks without pictures, or lists that do not fit.
    """
    photos = _photos(root, set(masks)) if pictures is None else _below(pictures.absolute())
    named = [Entry(key_of(mask.relative_to(folder or "")), mask) for mask in masks]
    by_split = {split: [mask for mask in named if _split(mask.path) == split] for split in _splits(masks)}
    if not photos:
        splits = {
            split: tuple(Sample(mask.key, root / mask.path, root / mask.path) for mask in own)
            for split, own in by_split.items()
        }
    elif set(by_split) <= set(_splits([photo.path for photo in photos])):
        splits = {
            split: pair(root, [photo for photo in photos if _split(photo.path) == split], own)
            for split, own in by_split.items()
        }
    else:
        of_mask = {root / mask.path: _split(mask.path) for mask in named}
        samples = pair(root, photos, named)
        splits = {
            split: tuple(each for each in samples if each.mask is not None and of_mask[each.mask] == split)
            for split in by_split
        }
    lists = find_lists(root, list_files(root)) if set(splits) == {"all"} else {}
    return by_lists(root, splits["all"], lists)[0] if lists else splits


def photo_of(sample: Sample) -> Path | None:
    """The picture of a sample; None where its mask stands in its place."""
    return None if sample.picture == sample.mask else sample.picture


def key_of(path: Path) -> str:
    """A file's path without its suffix and the folders that tell role and split."""
    told = [part for part in path.parts[:-1] if role_of(part) is None and split_of(part) is None]
    return "/".join([*told, path.stem])


def _photos(root: Path, masks: set[Path]) -> list[Entry]:
    files = [path for path in list_files(root) if is_picture(path) and path not in masks]
    told = [path for path in files if all(role_of(part) not in ("masks", "other") for part in path.parts[:-1])]
    return [Entry(key_of(path), path) for path in told]


def _below(folder: Path) -> list[Entry]:
    return [Entry(key_of(path), folder / path) for path in list_files(folder) if is_picture(path)]


def _splits(paths: Sequence[Path]) -> list[str]:
    return in_order(sorted({_split(path) for path in paths}))


def _split(path: Path) -> str:
    return next((split for part in path.parts[:-1] if (split := split_of(part)) is not None), "all")

"""Pictures without a mask and masks without a picture, by the names of folders and files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from perpixel.data.listing import is_picture
from perpixel.data.names import role_of, split_of
from perpixel.data.pairing import core


@dataclass(frozen=True)
class Orphans:
    """Paths below the root.

    Attributes:
        pictures: without a mask.
        masks: without a picture.
        paired: how many pictures have a mask.
    """

    pictures: tuple[Path, ...]
    masks: tuple[Path, ...]
    paired: int


@dataclass(frozen=True)
class _File:
    path: Path
    key: str
    split: str | None


def find_orphans(files: Sequence[Path], masks: str | None) -> Orphans:
    """Those among files below a root; `masks` is the folder of the masks, where names do not tell."""
    pictures, truths, unknown = list[_File](), list[_File](), list[_File]()
    for path in filter(is_picture, files):
        hinted = masks is not None and path.is_relative_to(Path(masks))
        roles = {role_of(folder) for folder in path.parts[:-1]} - {None}
        split = next((own for folder in path.parts[:-1] if (own := split_of(folder))), None)
        folders = path.parts[len(Path(masks).parts) if hinted and masks else 0 : -1]
        kept = [name for name in folders if role_of(name) is None and split_of(name) is None]
        file = _File(path, "/".join([*kept, path.stem]), split)
        if hinted or ("masks" in roles and masks is None):
            truths.append(file)
        elif "pictures" in roles:
            pictures.append(file)
        elif not roles:
            unknown.append(file)
    pictures = pictures or unknown
    both = any(file.split for file in pictures) and any(file.split for file in truths)

    def keys(file: _File, mask: bool) -> set[tuple[str | None, str]]:
        split = file.split if both else None
        return {(split, file.key), (split, core(file.key, mask=mask).removeprefix("/"))}

    of_masks = set().union(*(keys(file, True) for file in truths))
    of_pictures = set().union(*(keys(file, False) for file in pictures))
    alone = tuple(file.path for file in pictures if not keys(file, False) & of_masks)
    left = tuple(file.path for file in truths if not keys(file, True) & of_pictures)
    return Orphans(alone, left, len(pictures) - len(alone))

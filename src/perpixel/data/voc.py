"""Pascal VOC: JPEGImages/, SegmentationClass/ and ImageSets/Segmentation/{train,val}.txt.

http://host.robots.ox.ac.uk/pascal/VOC/voc2012/htmldoc/devkit_doc.html
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from perpixel.data.layout import Layout
from perpixel.data.listing import is_picture, some
from perpixel.data.sample import Sample
from perpixel.data.splitting import by_lists, find_lists
from perpixel.errors import DataError


def recognize(root: Path, files: Sequence[Path]) -> Layout | None:
    """The layout, or None if there is no SegmentationClass/ beside JPEGImages/.

    Most of VOC's pictures have no mask: those are not part of the data set.

    Raises:
        DataError: masks without pictures, or names in a list that are not there.
    """
    if not any(path.parts[0] == "SegmentationClass" for path in files):
        return None
    pictures = {path.stem: path for path in files if path.parent == Path("JPEGImages") and is_picture(path)}
    masks = {path.stem: path for path in files if path.parent == Path("SegmentationClass") and is_picture(path)}
    if not pictures or not masks:
        return None
    orphans = [masks[name] for name in masks if name not in pictures]
    if orphans:
        raise DataError(f"{root}: {len(orphans)} masks have no picture: {some(orphans)}. Add the pictures")
    samples = tuple(Sample(name, root / pictures[name], root / masks[name]) for name in sorted(masks))
    words = "Pascal VOC's layout (JPEGImages/ and SegmentationClass/)"
    lists = find_lists(root, files, ("ImageSets/Segmentation", ""))
    if not lists:
        return Layout({"all": samples}, words, known="voc", undivided="all")
    splits, unused = by_lists(root, samples, lists)
    return Layout(splits, words + (f"; {unused} pairs are in no list" if unused else ""), known="voc")

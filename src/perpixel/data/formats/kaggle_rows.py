"""Masks as the rows of a Kaggle table."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

from perpixel.classes import save_class_table
from perpixel.data.annotation import Annotation, Collection
from perpixel.data.formats.format import Progress
from perpixel.data.formats.picture_files import put_picture, split_folder
from perpixel.data.formats.writing import truths
from perpixel.data.kaggle_csv import COLUMNS, Style
from perpixel.files import whole_file
from perpixel.masks.runs import to_kaggle, union


def write_kaggle(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None, style: Style) -> None:
    """Write `SPLIT.csv` and `images/SPLIT/`; without splits, `masks.csv` and `images/`.

    Regions of one class are brought together, but where a row is an object. With one row an object the class is not
    written.

    Raises:
        DataError: a picture that is not there, or what reading the collection raises.
    """
    if style != "object" or len(collection.classes) == 1:
        save_class_table(collection.classes, out / "classes.yaml")
    for split, entries in groupby(truths(collection, progress), key=itemgetter(0)):
        table = out / ("masks.csv" if split == "all" else f"{split}.csv")
        with whole_file(table) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(COLUMNS[style])
            for _, entry, truth in entries:
                if pictures:
                    put_picture(collection, entry, split_folder(out / "images", split))
                image = entry.name + (entry.picture.suffix if entry.picture else "")
                lines.writerows(_ROWS[style](image, truth, len(collection.classes)))


def _class_lines(image: str, truth: Annotation, _: int) -> Iterator[tuple[object, ...]]:
    """A row for each class that occurs."""
    for label in sorted({region.label for region in truth.regions}):
        yield image, label + 1, _text(truth, label)


def _joined_lines(image: str, truth: Annotation, classes: int) -> Iterator[tuple[object, ...]]:
    """A row for every class."""
    for label in range(classes):
        yield f"{image}_{label + 1}", _text(truth, label)


def _object_lines(image: str, truth: Annotation, _: int) -> Iterator[tuple[object, ...]]:
    """A row for every region, or an empty one."""
    for region in truth.regions:
        yield image, to_kaggle(region.runs)
    if not truth.regions:
        yield image, ""


def _text(truth: Annotation, label: int) -> str:
    own = [region.runs for region in truth.regions if region.label == label]
    return to_kaggle(union(own)) if own else ""


_ROWS: dict[Style, Callable[[str, Annotation, int], Iterator[tuple[object, ...]]]] = {
    "class": _class_lines,
    "class-joined": _joined_lines,
    "object": _object_lines,
}

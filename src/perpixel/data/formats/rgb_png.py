"""Pictures and colored masks, and a CSV file with the color of every class: `name,r,g,b`."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable, Color, class_table, color_of
from perpixel.data.annotation import Collection
from perpixel.data.formats.format import Format, Progress, Reading
from perpixel.data.formats.index_png import LOST_IN_LABELS, write_label_folder
from perpixel.data.formats.label_folders import dataset_collection, first_mask_is, open_labels
from perpixel.data.tables import find_table
from perpixel.files import atomic_write
from perpixel.masks import Encoding
from perpixel.masks.colors import pack, unpack
from perpixel.pictures import encode_png

_UNJUDGED: tuple[Color, ...] = ((0, 0, 0), (255, 255, 255), (224, 224, 192))
"""What masks are colored with where nothing is judged, if no class has that color: black, white, VOC's border."""


def _read(path: Path, reading: Reading) -> Collection:
    """Where a CSV file names the colors, colors count, even if none that occurs is other than gray."""
    table = find_table(path) if path.is_dir() and reading.classes is None else None
    told = table is not None and table.suffix.lower() == ".csv" and first_mask_is(path, colors=True)
    if told and table is not None and reading.encoding is None:
        encoding = _encoding(class_table(table), reason=f"{table.name} has the colors")
        return dataset_collection(open_labels(path, reading, encoding=encoding), format="rgb-png")
    dataset = open_labels(path, reading)
    if dataset.encoding.kind == "rgb":  # with all colors that may be ignored: not every mask was looked at
        dataset = replace(dataset, encoding=_encoding(dataset.classes, reason=dataset.encoding.reason))
    return dataset_collection(dataset, format="rgb-png")


def _encoding(classes: ClassTable, *, reason: str) -> Encoding:
    taken = {entry.color for entry in classes}
    return Encoding("rgb", ignored_colors=tuple(color for color in _UNJUDGED if color not in taken), reason=reason)


def _write(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """As `write_label_folder`; classes of one color, or of all that mean "not judged", get other colors."""
    classes = _distinct(collection.classes)
    atomic_write(out / "class_dict.csv", _table(classes).encode())
    colored = replace(collection, classes=classes)
    write_label_folder(colored, out, pictures=pictures, progress=progress, encode=_encode)


def _distinct(classes: ClassTable) -> ClassTable:
    colors = [entry.color for entry in classes]
    if len(set(colors)) == len(colors) and not set(_UNJUDGED) <= set(colors):
        return classes
    free = (unpack(number) for number in _spread())
    return replace(classes, classes=tuple(replace(entry, color=next(free)) for entry in classes))


def _spread() -> Iterator[int]:
    """Colors as numbers: VOC's, which differ most, then all others."""
    first = [pack(color_of(number)) for number in range(256)]
    unjudged = {pack(color) for color in _UNJUDGED}
    yield from (number for number in first if number not in unjudged)
    yield from (number for number in range(2**24) if number not in unjudged and number not in first)


def _encode(labels: NDArray[Any], classes: ClassTable) -> bytes:
    taken = {entry.color for entry in classes}
    table = np.empty((classes.ignored + 1, 3), np.uint8)
    table[:] = next(color for color in _UNJUDGED if color not in taken)
    table[: len(classes)] = classes.colors
    return encode_png(table[labels])


def _table(classes: ClassTable) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    things = any(entry.thing for entry in classes)
    rows.writerow(["name", "r", "g", "b", *(["thing"] if things else [])])
    rows.writerows([entry.name, *entry.color, *([int(entry.thing)] if things else [])] for entry in classes)
    return text.getvalue()


RGB_PNG = Format(
    "PNG masks of colors, and class_dict.csv with name,r,g,b",
    partial(first_mask_is, colors=True),
    _read,
    _write,
    LOST_IN_LABELS,
    ("semantic",),
)

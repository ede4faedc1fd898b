"""Pictures and palette masks: the value is the class number, and viewers show the class colors."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from perpixel.classes import IGNORED_8, ClassTable
from perpixel.data.annotation import Collection
from perpixel.data.formats.format import Format, Progress
from perpixel.data.formats.index_png import LOST_IN_LABELS, save_table, write_label_folder
from perpixel.data.formats.label_folders import first_mask_is, read_label_folder
from perpixel.errors import DataError
from perpixel.masks import encode_labels
from perpixel.results import LabelMap


def encode_palette(labels: NDArray[Any], classes: ClassTable) -> bytes:
    """The bytes of a palette PNG; what is ignored is 255, white.

    Raises:
        DataError: more classes than a palette has places.
    """
    if len(classes) > IGNORED_8:
        raise DataError(f"{len(classes)} classes; a palette has 256 places, one for what is ignored: use index-png")
    return encode_labels(LabelMap(labels, classes))


def _write(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    save_table(collection.classes, out / "classes.yaml", encoding="index")
    write_label_folder(collection, out, pictures=pictures, progress=progress, encode=encode_palette)


PALETTE_PNG = Format(
    "PNG masks with a palette of the class colors, and classes.yaml",
    partial(first_mask_is, palette=True),
    partial(read_label_folder, format="palette-png"),
    _write,
    LOST_IN_LABELS,
    ("semantic",),
)

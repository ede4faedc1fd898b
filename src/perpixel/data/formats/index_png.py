"""Pictures and gray masks whose value is the class number: `images/` and `masks/`, with the class table beside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import yaml
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.data.annotation import Collection
from perpixel.data.formats.format import Format, Loss, Progress
from perpixel.data.formats.label_folders import first_mask_is, read_label_folder
from perpixel.data.formats.painting import paint_labels
from perpixel.data.formats.picture_files import place_of, put_picture, split_folder
from perpixel.data.formats.writing import truths
from perpixel.files import atomic_write
from perpixel.pictures import encode_png

LOST_IN_LABELS: frozenset[Loss] = frozenset({"overlaps", "crowd", "things"})


def write_label_folder(
    collection: Collection,
    out: Path,
    *,
    pictures: bool,
    progress: Progress | None,
    encode: Callable[[NDArray[Any], ClassTable], bytes],
) -> None:
    """Write `images/SPLIT/` and `masks/SPLIT/`; without splits, `images/` and `masks/`.

    Args:
        collection: of kind semantic.
        out: an empty folder.
        pictures: whether they are copied.
        progress: told of each.
        encode: makes the bytes of a PNG from a label map.

    Raises:
        DataError: a picture that is not there, or what reading the collection raises.
    """
    for split, entry, truth in truths(collection, progress):
        if pictures:
            put_picture(collection, entry, split_folder(out / "images", split))
        labels = paint_labels(truth, collection.classes)
        atomic_write(
            place_of(split_folder(out / "masks", split), entry.name, ".png"), encode(labels, collection.classes)
        )


def save_table(classes: ClassTable, path: Path, **said: str) -> None:
    """Write a class table, with the encoding of the masks: then nothing is left to guess."""
    table = replace(classes, ignore=classes.ignored)
    text = yaml.safe_dump({**said, **table.to_dict()}, sort_keys=False, default_flow_style=None, allow_unicode=True)
    atomic_write(path, text.encode())


def _encode(labels: NDArray[Any], classes: ClassTable) -> bytes:
    return encode_png(labels)


def _write(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    save_table(collection.classes, out / "classes.yaml", encoding="index")
    write_label_folder(collection, out, pictures=pictures, progress=progress, encode=_encode)


INDEX_PNG = Format(
    "PNG masks whose value is the class number (8 bits, 16 beyond 255 classes), and classes.yaml",
    first_mask_is,
    partial(read_label_folder, format="index-png"),
    _write,
    LOST_IN_LABELS,
    ("semantic",),
)

"""Data sets in which things are told apart, in any annotation format that has them."""

from __future__ import annotations

from pathlib import Path

from perpixel.classes import ClassTable
from perpixel.data.annotation import Collection
from perpixel.data.dataset import OF_THINGS, Task
from perpixel.data.formats import FORMATS, Reading, read_collection
from perpixel.data.formats.masks_and_ids import has_ids, read_masks_and_ids
from perpixel.data.layout import Layout
from perpixel.data.sample import Sample
from perpixel.data.splitting import undivided
from perpixel.data.things import InstanceDataset, PanopticDataset, ThingDataset
from perpixel.errors import DataError
from perpixel.masks import Encoding
from perpixel.pictures import MAX_PIXELS

_OF_THINGS = frozenset(
    {
        "coco-panoptic", "coco", "label-studio", "labelme", "cvat", "yolo", "kaggle-object", "voc", "cityscapes",
        "instance-png", "tiff-pages",
    }
)  # fmt: skip
"""Formats that may tell things apart; the others need not be read to know that they do not."""


def read_things(
    path: Path,
    *,
    classes: ClassTable | None = None,
    ignore: int | None = None,
    masks: str | None = None,
    task: Task | None = None,
    max_pixels: int = MAX_PIXELS,
) -> Collection | None:
    """The annotations, if they tell things apart; None if not, and no task was asked for.

    Args:
        path: of the data set.
        classes: the class table, if it is stated.
        ignore: value in mask files of pixels that are not judged.
        masks: folder or file of the truth below `path`, where the names do not tell.
        task: "instance" or "panoptic", if one was asked for; then maps of ids beside masks of classes are taken too.
        max_pixels: no larger picture is decoded.

    Raises:
        DataError: a task was asked for that the data are not for, or they cannot be read.
    """
    reading = Reading(classes=classes, ignore=ignore, masks=masks, max_pixels=max_pixels)
    if task is not None and _beside_masks(path):
        collection = read_masks_and_ids(path, reading)
    else:
        name = next((name for name, form in FORMATS.items() if form.recognize(path)), None)
        if task is None and name not in _OF_THINGS:
            return None
        collection = read_collection(path, name, reading)
    if collection.kind not in OF_THINGS:
        if task is None:
            return None
        raise DataError(
            f"{path}: {collection.words}: things are not told apart ({collection.kind}); for --task {task} give "
            "annotations of things, or maps of ids in a folder instances/"
        )
    if task == "panoptic" and collection.kind == "instance":
        raise DataError(
            f"{path}: {collection.words}: only things are annotated, and panoptic wants every pixel: take them as "
            "instances"
        )
    return collection


def layout_of(collection: Collection) -> Layout:
    """Splits of samples, of which some may have to be held out still.

    Raises:
        DataError: pictures that are not there.
    """
    splits = {
        split: tuple(Sample(entry.name, collection.picture_of(entry), entry=entry) for entry in entries)
        for split, entries in collection.splits.items()
    }
    return Layout(splits, f"{collection.format}: {collection.words}", undivided=undivided(splits))


def things_of(
    collection: Collection, layout: Layout, *, task: Task | None, channels: int, max_pixels: int
) -> ThingDataset:
    """The data set; of panoptic annotations the things alone, if the task is "instance".

    Raises:
        DataError: none of the classes is a thing.
    """
    classes = collection.classes
    encoding = Encoding(reason="annotations have no values")
    if collection.kind == "panoptic" and task != "instance":
        return PanopticDataset(collection.root, classes, encoding, layout.splits, layout.words, channels, max_pixels)
    chosen: tuple[int, ...] = ()
    if collection.kind == "panoptic":
        things = [number for number, entry in enumerate(classes) if entry.thing]
        if not things:
            raise DataError(f"{collection.root}: none of the classes is a thing")
        chosen = tuple(things.index(number) if number in things else -1 for number in range(len(classes)))
        classes = ClassTable(tuple(classes[number] for number in things), ignore=classes.ignore)
    return InstanceDataset(
        collection.root, classes, encoding, layout.splits, layout.words, channels, max_pixels, chosen
    )


def _beside_masks(path: Path) -> bool:
    return (path / "masks").is_dir() and has_ids(path)

"""A data set opened to judge a model on."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import cast

from perpixel.classes import ClassTable
from perpixel.data import Dataset, LayeredDataset, Task, open_dataset
from perpixel.data.dataset import OF_THINGS
from perpixel.data.layered import layered
from perpixel.errors import DataError

UNNAMED = "thing"  # the class of things that a map of ids alone does not name
_NO_NAME = re.compile(r"class_\d+|background|foreground|unknown")


def open_for_model(
    data: Path,
    model_classes: ClassTable,
    *,
    classes: str | None = None,
    ignore: int | None = None,
    encoding: str | None = None,
    masks: str | None = None,
    task: str = "semantic",
) -> tuple[Dataset, bool]:
    """Open a data set; where it names no classes of its own, its numbers are taken to be the model's classes.

    Args:
        data: as `open_dataset` takes it.
        model_classes: what the model predicts.
        classes: the data set's class table, if it is stated.
        ignore: the ignored value in the mask files.
        encoding, masks: as `open_dataset` takes them.
        task: the model's, which label maps are read for.

    Returns:
        The data set, and whether its classes were taken from the model.

    Raises:
        DataError: as `open_dataset`; or classes that overlap, and the model gives one a pixel.
    """
    things = cast("Task", task) if task in (*OF_THINGS, "depth", "slices", "lanes") else None
    dataset = open_dataset(data, classes=classes, ignore=ignore, encoding=encoding, masks=masks, task=things)
    if task == "multilabel":
        dataset = layered(dataset)
    if things is not None:
        unnamed = things in OF_THINGS and classes is None and len(dataset.classes) == len(model_classes) == 1
        if unnamed and dataset.classes.names == (UNNAMED,) and dataset.classes.names != model_classes.names:
            return replace(dataset, classes=replace(model_classes, ignore=dataset.classes.ignore)), True
        return dataset, False
    if dataset.things:
        raise DataError(
            f"{data} tells things apart, and the model gives classes: judge it on masks of classes (`perpixel convert "
            "--to index-png`), or judge a model that was trained on such data"
        )
    if dataset.task != task:
        raise DataError(
            f"{data} has a mask for every class, which may overlap, and the model gives one class a pixel: judge it on "
            "label maps, or judge a model that was trained on such masks"
        )
    names = dataset.classes.names
    if classes is not None or names == model_classes.names or not all(map(_NO_NAME.fullmatch, names)):
        return dataset, False
    ignore = dataset.classes.ignore if ignore is None else ignore
    if isinstance(dataset, LayeredDataset):  # the table of the label maps may have a background beside these
        same = len(names) == len(model_classes)
        return (replace(dataset, classes=replace(model_classes, ignore=ignore)) if same else dataset), same
    return open_dataset(data, classes=model_classes, ignore=ignore, encoding=encoding, masks=masks), True

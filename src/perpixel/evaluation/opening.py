"""A data set opened to judge a model on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from perpixel.classes import ClassTable
from perpixel.data import Dataset, open_dataset

_NO_NAME = re.compile(r"class_\d+|background|foreground|unknown")


def open_for_model(
    data: Path,
    model_classes: ClassTable,
    *,
    classes: str | None = None,
    ignore: int | None = None,
    encoding: str | None = None,
    masks: str | None = None,
    task: Literal["semantic", "multilabel"] = "semantic",
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
        DataError: as `open_dataset`.
    """
    dataset = open_dataset(data, classes=classes, ignore=ignore, encoding=encoding, masks=masks, task=task)
    names = dataset.classes.names
    if classes is not None or names == model_classes.names or not all(map(_NO_NAME.fullmatch, names)):
        return dataset, False
    ignore = dataset.classes.ignore if ignore is None else ignore
    return open_dataset(data, classes=model_classes, ignore=ignore, encoding=encoding, masks=masks, task=task), True

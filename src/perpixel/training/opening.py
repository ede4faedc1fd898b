"""Data opened for a network: for the task that it learns."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import cast

from perpixel.data import Dataset, Task, open_dataset
from perpixel.errors import DataError
from perpixel.models import MODELS, known, spelled_out


def open_for(
    data: Path,
    architecture: str | None,
    *,
    task: Task | None = None,
    classes: str | None = None,
    ignore: int | None = None,
    encoding: str | None = None,
    masks: str | None = None,
    bins: str | None = None,
) -> Dataset:
    """The data set for a task; where none is asked for, for one that the network can learn.

    Args:
        data, classes, ignore, encoding, masks, bins: as in `open_dataset`.
        architecture: a name as `perpixel.models.build` takes it, or None.

    Raises:
        ModelError: there is no such network.
        DataError: the data cannot be read, or are not for any of its tasks.
    """

    def opened(wanted: Task | None) -> Dataset:
        return open_dataset(
            data, task=wanted, classes=classes, ignore=ignore, encoding=encoding, masks=masks, bins=bins
        )

    name = None if architecture is None else known(spelled_out(architecture)[0], MODELS, kind="architecture")
    dataset = opened(task)
    if name is None or dataset.task in MODELS[name].tasks:
        return dataset
    tasks = MODELS[name].tasks
    for own in tasks if task is None else ():
        with suppress(DataError):
            return opened(cast("Task", own))
    others = ", ".join(other for other, each in MODELS.items() if dataset.task in each.tasks)
    raise DataError(
        f"{data} is read for the task {dataset.task}, and {architecture} learns {' or '.join(tasks)}: take another "
        f"--arch ({others}), or other data"
    )

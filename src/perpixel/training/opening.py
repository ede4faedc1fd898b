"""Data opened for a network: for the task that it learns; and what is refused before."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

from perpixel.data import Dataset, Task, open_dataset
from perpixel.errors import DataError
from perpixel.models import MODELS, known, spelled_out
from perpixel.objectives import check_losses
from perpixel.plan import Plan


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


def check_lines(given: Mapping[str, Any]) -> None:
    """Raise if a network is named with losses that it does not have, before any data are read.

    Args:
        given: lines of a plan.

    Raises:
        ModelError: there is no such network.
        TrainingError: it has losses of its own.
    """
    if "architecture" in given and {"loss", "class_weights", "border"} & given.keys():
        name = known(spelled_out(given["architecture"])[0], MODELS, kind="architecture")
        check_losses(MODELS[name].constructor(), Plan().with_reason("", **given))

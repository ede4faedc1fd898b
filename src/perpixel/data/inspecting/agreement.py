"""The contract that an inspection leads to."""

from __future__ import annotations

from typing import cast

from perpixel.data.contract import Contract, split_record
from perpixel.data.dataset import OF_THINGS, Task
from perpixel.data.inspecting.inspection import Inspection
from perpixel.data.opening import open_dataset
from perpixel.errors import DataError


def contract_of(found: Inspection, *, masks: str | None) -> Contract:
    """The contract of what was inspected, as training opens it.

    Args:
        found: an inspection of a folder.
        masks: folder or table of the truth, where it was chosen.

    Raises:
        DataError: training cannot open it; the message says why.
    """
    source, coding = found.source, found.coding
    if source.kind == "pictures":
        raise DataError(f"{source.root}: there is no truth that could be held to")
    asked = cast(Task, source.kind) if source.kind in (*OF_THINGS, "depth", "slices") else None
    things = source.kind in OF_THINGS
    if source.kind == "mask" or (source.root.is_file() and not things):
        raise DataError(f"{source.root}: a contract is of a data set; give the folder that it is in")
    together = tuple(tuple(name for _, name in group.names) for group in found.copies)
    by_name = {name: number for number, group in enumerate(together) for name in group}
    dataset = open_dataset(
        source.root,
        classes=coding.classes,
        encoding=coding.encoding if source.kind == "semantic" else None,
        masks=masks,
        task=asked,
        groups_of=lambda samples: [by_name.get(one.name, -1 - n) for n, one in enumerate(samples)],
        contract=False,
    )
    return Contract(
        source.root,
        source.words,
        dataset.task,
        dataset.classes,
        dataset.encoding,
        dataset.channels,
        {name: split_record(samples) for name, samples in dataset.splits.items()},
        masks,
        together,
    )

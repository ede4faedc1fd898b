"""Data sets of solids: pictures, and slices of depth, each a mask by itself."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from perpixel.classes import ClassTable
from perpixel.data.dataset import Dataset, Task
from perpixel.data.layered import LayeredDataset
from perpixel.errors import DataError
from perpixel.results.slices import slice_table


@dataclass(frozen=True)
class SlicesDataset(LayeredDataset):
    """Layers that are slices of a solid, the nearest first; they are judged by the volume that they share."""

    task: ClassVar[Task] = "slices"


def are_slices(classes: ClassTable) -> bool:
    """Whether classes are called slice-001, slice-002 and so on, as `perpixel draw solids` calls them."""
    return len(classes) > 1 and classes.names == slice_table(len(classes)).names


def as_slices(dataset: Dataset) -> SlicesDataset:
    """Layers taken for slices, in the order of their names.

    Raises:
        DataError: fewer than two.
    """
    if not isinstance(dataset, LayeredDataset) or len(dataset.classes) < 2:
        raise DataError(
            f"{dataset.root}: {dataset.layout}: no slices of a solid; expected images/ and masks/slice-001/, "
            "masks/slice-002/ ..., the nearest first"
        )
    return SlicesDataset(**{each.name: getattr(dataset, each.name) for each in fields(LayeredDataset)})

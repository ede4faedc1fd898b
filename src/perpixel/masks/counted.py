"""Which classes of label maps are counted, and how: what splits a data set's masks or a model's answers into things."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from perpixel.classes import ClassTable
from perpixel.masks.splitting import counted_classes, split
from perpixel.results import Instances, LabelMap

Way = Literal["components", "watershed"]
DEPTHS: dict[Way, float | None] = {"components": None, "watershed": 1.0}


@dataclass(frozen=True)
class Counted:
    """Splits label maps of one class table into things of the classes that are counted.

        >>> cells = Counted(ClassTable.named(["background", "cell"]), "components", ["cell"])
        >>> cells.classes.names
        ('cell',)

    Attributes:
        of: class table of the label maps.
        way: "components", the pieces that hang together by the sides of their pixels; or "watershed", which cuts these
            at their waists (`masks.splitting.split`).
        names: of the classes that are counted; None takes those that the table calls things.
        least_area: pixels; smaller things are dropped.

    Raises:
        ValueError: an unknown way or name, no class that is a thing, or an area below 0.
    """

    of: ClassTable
    way: Way
    names: Sequence[str] | None = None
    least_area: int = 0

    def __post_init__(self) -> None:
        if self.way not in DEPTHS:
            raise ValueError(f"things by {self.way!r}; expected {' or '.join(DEPTHS)}")
        if self.least_area < 0:
            raise ValueError(f"things of at least {self.least_area} pixels; expected 0 or more")
        counted_classes(self.of, self.names)

    @property
    def classes(self) -> ClassTable:
        """Of the things alone, in the order of the whole table."""
        chosen = (self.of[number] for number in counted_classes(self.of, self.names))
        return ClassTable(tuple(replace(entry, thing=True, mirror=None) for entry in chosen), self.of.ignore)

    def __call__(self, answer: LabelMap) -> Instances:
        """The things of a label map, with labels of `classes`; scores are the mean confidence, or 1 without one."""
        found = split(answer, depth=DEPTHS[self.way], least_area=self.least_area, things=self.names)
        labels = np.searchsorted(counted_classes(self.of, self.names), found.labels)
        return replace(found, labels=labels.astype(np.intp), classes=self.classes)

"""Panoptic: every pixel belongs to one segment, and every segment has a class; things are told apart."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.results.instances import Instances
from perpixel.results.label_map import LabelMap
from perpixel.warp import Warp


@dataclass(frozen=True)
class Panoptic:
    """Segments that tile the picture: segment i (from 0) is where `ids == i + 1`; 0 is nothing or not judged.

    Attributes:
        ids: (H, W) int32.
        labels: (N,) intp class of each segment. A stuff class has at most one segment.
        classes: what the labels mean, and which are things.
        scores: (N,) float32 in [0, 1]; ones for a truth.
    """

    ids: NDArray[np.int32]
    labels: NDArray[np.intp]
    classes: ClassTable
    scores: NDArray[np.float32]

    def __post_init__(self) -> None:
        Instances(self.ids, self.labels, self.classes, self.scores)  # the same rules of shape hold

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, keep: Any) -> Panoptic:
        """The chosen segments, renumbered in that order; the rest becomes nothing."""
        kept = Instances(self.ids, self.labels, self.classes, self.scores)[keep]
        return replace(self, ids=kept.ids, labels=kept.labels, scores=kept.scores)

    @property
    def areas(self) -> NDArray[np.int64]:
        """(N,) pixels of each segment."""
        return np.bincount(self.ids.ravel(), minlength=len(self) + 1)[1:].astype(np.int64)

    def label_map(self) -> LabelMap:
        """The classes alone: what semantic segmentation would say."""
        table = np.concatenate([[self.classes.ignored], self.labels]).astype(self.classes.dtype)
        return LabelMap(table[self.ids], self.classes)

    def things(self) -> Instances:
        """The countable segments alone."""
        thing = np.array([entry.thing for entry in self.classes], np.bool_)
        return Instances(self.ids, self.labels, self.classes, self.scores)[thing[self.labels]]

    def warp(self, warp: Warp) -> Panoptic:
        """Moved as the picture is; segments that leave it are dropped, mirror classes swap."""
        moved = Instances(self.ids, self.labels, self.classes, self.scores).warp(warp)
        return replace(self, ids=moved.ids, labels=moved.labels, scores=moved.scores)

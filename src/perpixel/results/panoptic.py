"""Panoptic: every pixel belongs to one segment, and every segment has a class; things are told apart."""

from __future__ import annotations

from dataclasses import dataclass
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
        crowd: (N,) bool, of a truth: groups of things that nobody told apart; None if there are none.
    """

    ids: NDArray[np.int32]
    labels: NDArray[np.intp]
    classes: ClassTable
    scores: NDArray[np.float32]
    crowd: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        self._as_instances()  # the same rules of shape hold

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.ids.shape[0], self.ids.shape[1]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, keep: Any) -> Panoptic:
        """The chosen segments, renumbered in that order; the rest becomes nothing."""
        kept = self._as_instances()[keep]
        return Panoptic(kept.ids, kept.labels, kept.classes, kept.scores, kept.crowd)

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
        return self._as_instances()[thing[self.labels]]

    def warp(self, warp: Warp) -> Panoptic:
        """Moved as the picture is; segments that leave it are dropped, mirror classes swap."""
        moved = self._as_instances().warp(warp)
        return Panoptic(moved.ids, moved.labels, moved.classes, moved.scores, moved.crowd)

    def _as_instances(self) -> Instances:
        return Instances(self.ids, self.labels, self.classes, self.scores, self.crowd)

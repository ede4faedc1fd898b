"""Instances: countable things, each with a mask, a box, a class and a score."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.warp import Warp


@dataclass(frozen=True)
class Instances:
    """Things that do not overlap, in one map of ids: instance i (from 0) is where `ids == i + 1`.

    Attributes:
        ids: (H, W) int32, 0 where there is none. An id map has no ignored value.
        labels: (N,) intp class of each.
        classes: what the labels mean.
        scores: (N,) float32 in [0, 1]; ones for a truth.
        crowd: (N,) bool, of a truth: groups of things that nobody told apart. They are neither to be found nor wrong to
            find. None if there are none.
    """

    ids: NDArray[np.int32]
    labels: NDArray[np.intp]
    classes: ClassTable
    scores: NDArray[np.float32]
    crowd: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if self.ids.ndim != 2 or self.ids.dtype != np.int32:
            raise ValueError(f"ids are {self.ids.dtype} {self.ids.shape}; expected int32 (H, W)")
        least, greatest = (int(self.ids.min()), int(self.ids.max())) if self.ids.size else (0, 0)
        if len(self.labels) != len(self.scores) or least < 0 or greatest > len(self.labels):
            raise ValueError(
                f"{len(self.labels)} labels, {len(self.scores)} scores, ids from {least} to {greatest}; "
                "expected as many scores as labels, and ids from 0 to that number"
            )
        if self.crowd is not None and (self.crowd.dtype != np.bool_ or self.crowd.shape != self.labels.shape):
            raise ValueError(f"crowd is {self.crowd.dtype} {self.crowd.shape}; expected bool {self.labels.shape}")

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.ids.shape[0], self.ids.shape[1]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, keep: Any) -> Instances:
        """The chosen instances (a bool or index array, or a slice), renumbered in that order."""
        chosen = np.arange(len(self))[keep].reshape(-1)
        table = np.zeros(len(self) + 1, np.int32)
        table[chosen + 1] = np.arange(1, len(chosen) + 1)
        crowd = None if self.crowd is None else self.crowd[chosen]
        return replace(self, ids=table[self.ids], labels=self.labels[chosen], scores=self.scores[chosen], crowd=crowd)

    def mask(self, index: int) -> NDArray[np.bool_]:
        """(H, W) bool: where instance `index` is."""
        return np.asarray(self.ids == index + 1)

    @property
    def areas(self) -> NDArray[np.int64]:
        """(N,) pixels of each."""
        return np.bincount(self.ids.ravel(), minlength=len(self) + 1)[1:].astype(np.int64)

    @property
    def boxes(self) -> NDArray[np.int64]:
        """(N, 4) x0 y0 x1 y1, half-open; zeros where an instance has no pixel."""
        boxes = np.zeros((len(self), 4), np.int64)
        rows, columns = np.nonzero(self.ids)
        index = self.ids[rows, columns] - 1
        boxes[:, :2] = np.iinfo(np.int64).max
        np.minimum.at(boxes[:, 0], index, columns)
        np.minimum.at(boxes[:, 1], index, rows)
        np.maximum.at(boxes[:, 2], index, columns + 1)
        np.maximum.at(boxes[:, 3], index, rows + 1)
        boxes[self.areas == 0] = 0
        return boxes

    def warp(self, warp: Warp) -> Instances:
        """Moved as the picture is; those that leave it are dropped, mirror classes swap."""
        labels = self.classes.mirror[self.labels] if warp.mirrored else self.labels
        moved = replace(self, ids=warp.ids(self.ids, outside=0), labels=labels)
        return moved[moved.areas > 0]

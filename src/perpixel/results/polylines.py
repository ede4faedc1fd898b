"""Polylines: curves in the picture, such as lane markings."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.warp import Warp


@dataclass(frozen=True)
class Polylines:
    """Curves as lists of points.

    Attributes:
        lines: N arrays (P, 2) float64 of x, y in pixels, centers at whole numbers; points may lie outside the picture.
        labels: (N,) intp class of each.
        classes: what the labels mean.
        scores: (N,) float32 in [0, 1]; ones for a truth.
    """

    lines: tuple[NDArray[np.float64], ...]
    labels: NDArray[np.intp]
    classes: ClassTable
    scores: NDArray[np.float32]

    def __post_init__(self) -> None:
        if not len(self.lines) == len(self.labels) == len(self.scores):
            raise ValueError(f"{len(self.lines)} lines, {len(self.labels)} labels, {len(self.scores)} scores")

    def __len__(self) -> int:
        return len(self.lines)

    def __getitem__(self, keep: slice) -> Polylines:
        return replace(self, lines=self.lines[keep], labels=self.labels[keep], scores=self.scores[keep])

    def warp(self, warp: Warp) -> Polylines:
        """Moved as the picture is; mirror classes (left lane, right lane) swap."""
        labels = self.classes.mirror[self.labels] if warp.mirrored else self.labels
        return replace(self, lines=tuple(warp.points(line) for line in self.lines), labels=labels)

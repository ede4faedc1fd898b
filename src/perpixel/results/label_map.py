"""LabelMap: one class a pixel, the truth and the answer of semantic segmentation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.warp import Warp


@dataclass(frozen=True)
class LabelMap:
    """A class for every pixel.

    Attributes:
        labels: (H, W) uint8, or uint16 beyond 255 classes. 0 .. K - 1, or `classes.ignored` where nothing is judged.
        classes: what the numbers mean.
        confidence: (H, W) float32 in [0, 1], the probability of the label; None if it was not asked for.
    """

    labels: NDArray[Any]
    classes: ClassTable
    confidence: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if self.labels.ndim != 2 or self.labels.dtype != self.classes.dtype:
            raise ValueError(
                f"labels are {self.labels.dtype} {self.labels.shape}; "
                f"expected (H, W) of {np.dtype(self.classes.dtype)} for {len(self.classes)} classes"
            )
        if self.confidence is not None and self.confidence.shape != self.labels.shape:
            raise ValueError(f"confidence is {self.confidence.shape}, labels are {self.labels.shape}")

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.labels.shape[0], self.labels.shape[1]

    def __len__(self) -> int:
        """How many classes occur."""
        return int(np.count_nonzero(self.shares()))

    def __getitem__(self, window: tuple[slice, slice]) -> LabelMap:
        """The part inside rows and columns: `answer[10:20, 30:40]`."""
        confidence = None if self.confidence is None else self.confidence[window]
        return replace(self, labels=self.labels[window], confidence=confidence)

    def mask(self, name: str) -> NDArray[np.bool_]:
        """(H, W) bool: where the class with this name is."""
        return np.asarray(self.labels == self.classes.index(name))

    def shares(self) -> NDArray[np.float64]:
        """(K,) share of each class among the judged pixels; zeros if there are none."""
        counts = np.bincount(self.labels.ravel(), minlength=len(self.classes))[: len(self.classes)]
        return counts / max(int(counts.sum()), 1)

    def warp(self, warp: Warp) -> LabelMap:
        """Moved as the picture is: labels never mix, what comes from outside is ignored, mirror classes swap."""
        labels = warp.ids(self.labels, outside=self.classes.ignored)
        if warp.mirrored and any(entry.mirror for entry in self.classes):
            table = np.arange(self.classes.ignored + 1, dtype=self.classes.dtype)
            table[: len(self.classes)] = self.classes.mirror
            labels = table[labels]
        confidence = None if self.confidence is None else warp.picture(self.confidence, outside=0.0)
        return replace(self, labels=labels, confidence=confidence)

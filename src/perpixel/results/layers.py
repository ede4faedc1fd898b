"""Layers: one mask a class, free to overlap (several labels a pixel, depth slices)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass
from perpixel.results.label_map import LabelMap
from perpixel.warp import Warp


@dataclass(frozen=True)
class Layers:
    """A mask for every class.

    Attributes:
        masks: (K, H, W) bool.
        classes: what each of the K masks means.
        judged: (H, W) bool, False where nothing is judged; None if all is.
    """

    masks: NDArray[np.bool_]
    classes: ClassTable
    judged: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if self.masks.ndim != 3 or self.masks.dtype != np.bool_ or len(self.masks) != len(self.classes):
            raise ValueError(
                f"masks are {self.masks.dtype} {self.masks.shape}; expected bool ({len(self.classes)}, H, W)"
            )
        size = self.masks.shape[1:]
        if self.judged is not None and (self.judged.shape != size or self.judged.dtype != np.bool_):
            raise ValueError(f"judged is {self.judged.dtype} {self.judged.shape}; expected bool {size}")

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.masks.shape[1], self.masks.shape[2]

    def __len__(self) -> int:
        return len(self.masks)

    def shares(self) -> NDArray[np.float64]:
        """(K,) share of the judged pixels that each class covers; together they may be more than 1."""
        inside = self.masks if self.judged is None else self.masks & self.judged
        judged = inside[0].size if self.judged is None else int(self.judged.sum())
        return np.asarray(inside.sum(axis=(1, 2)) / max(judged, 1))

    def topmost(self) -> LabelMap:
        """As one label a pixel, for pictures: 0 is none of the classes, else the last of them that is there, plus 1."""
        table = ClassTable(
            (SegmentClass("none of these", (0, 0, 0)), *(replace(entry, mirror=None) for entry in self.classes))
        )
        labels = np.zeros(self.size, table.dtype)
        for number, mask in enumerate(self.masks, start=1):
            labels[mask] = number
        if self.judged is not None:
            labels[~self.judged] = table.ignored
        return LabelMap(labels, table)

    def __getitem__(self, window: tuple[slice, slice]) -> Layers:
        judged = None if self.judged is None else self.judged[window]
        return replace(self, masks=self.masks[:, window[0], window[1]], judged=judged)

    def warp(self, warp: Warp) -> Layers:
        """Moved as the picture is; what comes from outside is not judged, mirror classes swap."""
        moved = np.stack([warp.ids(mask, outside=0) for mask in self.masks])
        judged = np.ones(self.masks.shape[1:], np.bool_) if self.judged is None else self.judged
        return replace(
            self, masks=moved[self.classes.mirror] if warp.mirrored else moved, judged=warp.ids(judged, outside=0)
        )

"""Layers: one mask a class, free to overlap (several labels a pixel, depth slices)."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
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

    def __len__(self) -> int:
        return len(self.masks)

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

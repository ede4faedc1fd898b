"""Depth: metres from the camera's plane for every pixel that has an answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perpixel.warp import Warp


@dataclass(frozen=True)
class Depth:
    """Distance along the optical axis.

    Attributes:
        metres: (H, W) float32; the value where `valid` is False means nothing.
        valid: (H, W) bool.
    """

    metres: NDArray[np.float32]
    valid: NDArray[np.bool_]

    def __post_init__(self) -> None:
        right = self.metres.ndim == 2 and self.metres.dtype == np.float32 and self.valid.dtype == np.bool_
        if not right or self.valid.shape != self.metres.shape:
            raise ValueError(
                f"metres are {self.metres.dtype} {self.metres.shape}, valid is {self.valid.dtype} {self.valid.shape}; "
                "expected float32 and bool (H, W)"
            )

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.metres.shape[0], self.metres.shape[1]

    def __len__(self) -> int:
        """How many pixels have an answer."""
        return int(np.count_nonzero(self.valid))

    def __getitem__(self, window: tuple[slice, slice]) -> Depth:
        return Depth(self.metres[window], self.valid[window])

    def warp(self, warp: Warp) -> Depth:
        """Moved as the picture is, the nearest value (a mean across an edge is a place where nothing is).

        Distances are not scaled: a zoom of the picture is taken as another focal length, not as another distance.
        """
        return Depth(warp.values(self.metres, outside=0.0), warp.ids(self.valid, outside=0))

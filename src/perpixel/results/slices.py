"""Face layers: a solid seen from the front as K slices of depth, each a mask by itself.

Jackson et al., 2017, "Large Pose 3D Face Reconstruction from a Single Image via Direct Volumetric CNN Regression",
https://arxiv.org/abs/1703.07834: a network gives, for every slice, whether each pixel is inside of the object there.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable

Span = tuple[float, float]
SPAN: Span = (-1.0, 1.0)


def slice_table(count: int) -> ClassTable:
    """The slices as classes, the nearest first; their names sort as they follow."""
    return ClassTable.named([f"slice-{number:03d}" for number in range(1, count + 1)])


def middles(count: int, span: Span = SPAN) -> NDArray[np.float64]:
    """(K,) the depth in the middle of each slice."""
    return np.asarray(span[0] + (np.arange(count) + 0.5) * (span[1] - span[0]) / count)


def slices_of(
    front: NDArray[np.floating], back: NDArray[np.floating], count: int, span: Span = SPAN
) -> NDArray[np.bool_]:
    """(K, H, W): where the middle of each slice is inside of a solid.

    Args:
        front, back: (H, W) depth at which each pixel's line of sight enters and leaves it; NaN where it misses.
        count: of slices, K.
        span: nearest and farthest depth that there may be.
    """
    depths = middles(count, span)[:, None, None]
    return np.asarray((depths >= front) & (depths <= back))


def surfaces_of(slices: NDArray[np.bool_], span: Span = SPAN) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Front and back (H, W) of a solid from its slices (K, H, W); NaN where no slice is inside.

    Both are off by half a slice at most, where a line of sight is inside once; between several pieces is not told.
    """
    count = len(slices)
    width = (span[1] - span[0]) / count
    first = slices.argmax(axis=0)
    last = count - 1 - slices[::-1].argmax(axis=0)
    inside = slices.any(axis=0)
    front, back = span[0] + first * width, span[0] + (last + 1) * width
    return np.where(inside, front, np.nan), np.where(inside, back, np.nan)

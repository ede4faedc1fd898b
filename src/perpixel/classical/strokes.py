"""What a person says about some pixels, checked against the picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.masks import read_raw


def checked_strokes(strokes: NDArray[Any], size: tuple[int, int]) -> NDArray[np.int32]:
    """(H, W) int32 strokes over a picture of this (height, width).

    Raises:
        TypeError: they are not integers.
        ValueError: their size is not the picture's, a number is negative, or all are 0.
    """
    strokes = np.asarray(strokes)
    if strokes.shape != size:
        raise ValueError(f"the strokes are {strokes.shape} and the picture is {size}; they must be of one size, (H, W)")
    if strokes.dtype.kind not in "bui":
        raise TypeError(
            f"the strokes are of type {strokes.dtype}; expected integers: 0 where nothing is said, 1.. else"
        )
    low, high = int(strokes.min()), int(strokes.max())
    if low < 0 or high > 65535:
        raise ValueError(f"the strokes go from {low} to {high}; 0 says nothing, and labels are 1 to 65535")
    if not high:
        raise ValueError("the strokes are all 0, which says nothing; mark some pixels with labels 1, 2, ..")
    return strokes.astype(np.int32)


def strokes_at(points: Sequence[Sequence[float]], size: tuple[int, int]) -> NDArray[np.int32]:
    """Strokes of one pixel each, numbered 1, 2, .. in the order of the points (x, y).

    Raises:
        ValueError: none, not pairs, outside the picture, or two on one pixel; the message names the point.
    """
    strokes = np.zeros(size, np.int32)
    if not len(points):
        raise ValueError("there are no points; give at least one (x, y)")
    for label, point in enumerate(points, 1):
        if len(point) != 2:
            raise ValueError(f"point {label} is {point!r}; expected (x, y): column, then row")
        x, y = (int(np.floor(each)) for each in point)
        if not (0 <= x < size[1] and 0 <= y < size[0]):
            raise ValueError(
                f"point {label} at x {x}, y {y} is outside the picture, {size[1]} wide and {size[0]} high; "
                "points are (x, y): column, then row"
            )
        if strokes[y, x]:
            raise ValueError(f"point {label} is on the pixel of point {strokes[y, x]}: x {x}, y {y}")
        strokes[y, x] = label
    return strokes


def read_strokes(path: Path) -> NDArray[Any]:
    """Strokes of a mask file: its numbers, or in a file of colors 1, 2, .. for each color in turn, black being 0.

    Raises:
        MaskError: the file cannot be read, or cannot be a mask.
    """
    values = read_raw(path).values
    if values.ndim == 2:
        return values
    packed = values.astype(np.int64) @ np.array([1 << 32, 1 << 16, 1])
    return np.array(np.searchsorted(np.unique(np.append(packed, 0)), packed), np.int32)

"""How far every pixel is from the nearest and from the second nearest of many objects."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

FAR = np.int64(1) << 30  # squared: beyond any picture


def two_nearest(objects: NDArray[Any], *, most: float) -> NDArray[np.float32]:
    """Distances from every pixel's center to the nearest pixel of the nearest and of the second nearest object.

    Exact and Euclidean wherever the two add up to at most `most`; elsewhere they may be infinite, as they are where
    there is no such object. One pass over columns and one over rows, whatever the number of objects.

    The nearest pixel of the nearest object is, in its column, of the object that is nearest along that column; that of
    the second nearest is of one of the two that are nearest there. So two objects a pixel are all that the pass over
    columns must remember (an extension of Felzenszwalb & Huttenlocher, 2012, https://cs.brown.edu/people/pfelzens/dt/,
    to two nearest, with a bounded search in the place of the lower envelope).

    Args:
        objects: (H, W) int32 ids; 0 is no object.
        most: pixels.

    Returns:
        (H, W, 2) float32: the nearest first. In an object, the first is 0.
    """
    if objects.ndim != 2:
        raise ValueError(f"objects are {objects.shape}; expected (H, W)")
    ids = np.ascontiguousarray(objects, np.int32)
    columns, steps = _along_columns(ids)
    return _along_rows(columns, steps, most)


@compiled
def _along_columns(ids: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The two nearest objects (H, W, 2) along each column, and how many rows away; 0 where there is none."""
    height, width = ids.shape
    found = np.zeros((height, width, 2), np.int32)
    steps = np.full((height, width, 2), FAR, np.int64)
    for backward in range(2):
        last = np.zeros((width, 2), np.int32)  # the two objects that were met last in each column
        rows = np.zeros((width, 2), np.int64)
        for i in range(height):
            y = height - 1 - i if backward else i
            for x in range(width):
                met = ids[y, x]
                if met:
                    if met != last[x, 0]:
                        last[x, 1], rows[x, 1] = last[x, 0], rows[x, 0]
                    last[x, 0], rows[x, 0] = met, y
                for k in range(2):
                    if last[x, k]:
                        _insert(found[y, x], steps[y, x], last[x, k], abs(rows[x, k] - y))
    return found, steps


@compiled
def _along_rows(found: NDArray[np.int32], steps: NDArray[np.int64], most: float) -> NDArray[np.float32]:
    height, width = found.shape[:2]
    result = np.empty((height, width, 2), np.float32)
    nearest, squares = np.zeros(2, np.int32), np.zeros(2, np.int64)
    limit = np.int64(min(most, width) ** 2) + 1
    for y in range(height):
        for x in range(width):
            nearest[:], squares[:] = 0, FAR * FAR
            step = np.int64(0)
            while step * step < min(squares[1], limit):
                for place in (x - step, x + step):
                    if 0 <= place < width:
                        for k in range(2):
                            if found[y, place, k]:
                                square = step * step + steps[y, place, k] * steps[y, place, k]
                                _insert(nearest, squares, found[y, place, k], square)
                step += 1
            for k in range(2):
                result[y, x, k] = np.sqrt(squares[k]) if nearest[k] else np.inf
    return result


@compiled
def _insert(nearest: NDArray[np.int32], distances: NDArray[np.int64], met: int, distance: int) -> None:
    """Keep the two nearest of different objects, the nearest first."""
    if distance >= distances[1] or (met == nearest[0] and distance >= distances[0]):
        return
    if distance < distances[0]:
        if met != nearest[0]:
            nearest[1], distances[1] = nearest[0], distances[0]
        nearest[0], distances[0] = met, distance
    else:
        nearest[1], distances[1] = met, distance

"""How often each of 256 values occurs, several times faster than by sorting or by OpenCV's histogram."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled


def value_counts(values: NDArray[np.uint8]) -> NDArray[np.int64]:
    """(256,) int64 how often each value occurs in an array of any shape.

    Raises:
        TypeError: the array is not uint8.
    """
    if values.dtype != np.uint8:
        raise TypeError(f"values are {values.dtype}; expected uint8")
    flat = np.ascontiguousarray(values).reshape(-1)
    whole = flat.size // 8 * 8
    counts: NDArray[np.int64] = _count(flat[:whole].view(np.uint64), flat[whole:]).sum(axis=0)
    return counts


@compiled
def _count(eights: NDArray[np.uint64], rest: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Eight pixels at once where they are equal; else into four tables in turn, so that neighbors do not wait."""
    counts = np.zeros((4, 256), np.int64)
    for eight in eights:
        value = eight & np.uint64(255)
        if eight == value * np.uint64(0x0101010101010101):
            counts[0, value] += 8
        else:
            for place in range(8):
                counts[place & 3, (eight >> np.uint64(8 * place)) & np.uint64(255)] += 1
    for value in rest:
        counts[0, value] += 1
    return counts

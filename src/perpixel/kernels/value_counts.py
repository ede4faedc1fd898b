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
    counts: NDArray[np.int64] = _count(np.ascontiguousarray(values).reshape(-1)).sum(axis=0)
    return counts


@compiled
def _count(values: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Four tables in turn, so that equal neighbors do not wait for each other."""
    counts = np.zeros((4, 256), np.int64)
    whole = len(values) // 4 * 4
    for i in range(0, whole, 4):
        counts[0, values[i]] += 1
        counts[1, values[i + 1]] += 1
        counts[2, values[i + 2]] += 1
        counts[3, values[i + 3]] += 1
    for i in range(whole, len(values)):
        counts[0, values[i]] += 1
    return counts

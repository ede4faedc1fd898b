"""Regions numbered in the order in which one meets them, row by row."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled


def in_raster_order(ids: NDArray[Any]) -> tuple[NDArray[np.int32], int]:
    """Number regions anew from 0, in the order of their first pixels, row by row.

    So two maps of the same regions are equal, whatever their regions were called.

    Args:
        ids: (H, W) integers from 0 on; the same number is the same region, whether it hangs together or not.

    Returns:
        (H, W) int32 and how many regions there are.

    Raises:
        ValueError: not (H, W) integers from 0 on.
    """
    if ids.ndim != 2 or ids.dtype.kind not in "ui" or (ids.size and int(ids.min()) < 0):
        raise ValueError(f"ids are {ids.dtype} of shape {ids.shape}; expected (H, W) integers from 0 on")
    most = int(ids.max()) + 1 if ids.size else 0
    if most > 4 * ids.size:  # a table of all possible numbers would be larger than the map
        ids = np.unique(ids, return_inverse=True)[1].reshape(ids.shape)
        most = ids.size
    numbered, count = _number(np.ascontiguousarray(ids), most)
    return numbered, int(count)


@compiled
def _number(ids: NDArray[Any], most: int) -> tuple[NDArray[np.int32], int]:
    known = np.full(most, -1, np.int32)
    numbered = np.empty(ids.shape, np.int32)
    count = 0
    for y in range(ids.shape[0]):
        for x in range(ids.shape[1]):
            number = known[ids[y, x]]
            if number < 0:
                number = count
                known[ids[y, x]] = count
                count += 1
            numbered[y, x] = number
    return numbered, count

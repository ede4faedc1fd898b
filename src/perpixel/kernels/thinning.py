"""Lines made one pixel wide."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

_AROUND = ((0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1))  # from the right, counter-clockwise


def thinned(mask: NDArray[Any]) -> NDArray[np.bool_]:
    """Peel pixels off a mask, from all sides in turn, until only lines are left; what hangs together still does.

    Guo & Hall, "Parallel thinning with two-subiteration algorithms", 1989, as MATLAB's `bwmorph(..., "thin", inf)` and
    `skimage.morphology.thin` have it. Lines end where they ended or a little earlier; a filled disk becomes a point,
    and a diagonal staircase loses its corners. Outside the picture there is nothing.

    Args:
        mask: (H, W); what is not 0 is inside.

    Returns:
        (H, W) bool.

    Raises:
        ValueError: not (H, W).
    """
    if mask.ndim != 2:
        raise ValueError(f"the mask has shape {mask.shape}; expected (H, W)")
    framed = np.zeros((mask.shape[0] + 2, mask.shape[1] + 2), np.uint8)
    framed[1:-1, 1:-1] = mask != 0
    width = framed.shape[1]
    steps = np.array([row * width + column for row, column in _AROUND])
    _thin(framed.reshape(-1), np.flatnonzero(framed), steps, _deletable())
    return framed[1:-1, 1:-1] > 0


@lru_cache(maxsize=1)
def _deletable() -> NDArray[np.bool_]:
    """(2, 256) whether a pixel may go in the first and the second half of a round, by its neighbors' bits."""
    table = np.zeros((2, 256), np.bool_)
    for code in range(256):
        x = [bool(code >> place & 1) for place in range(8)]
        pieces = sum(not x[i] and (x[i + 1] or x[(i + 2) % 8]) for i in (0, 2, 4, 6))
        neighbors = min(
            sum(x[i] or x[i + 1] for i in (0, 2, 4, 6)), sum(x[i + 1] or x[(i + 2) % 8] for i in (0, 2, 4, 6))
        )
        if pieces == 1 and 2 <= neighbors <= 3:
            table[0, code] = not ((x[1] or x[2] or not x[7]) and x[0])
            table[1, code] = not ((x[5] or x[6] or not x[3]) and x[4])
    return table


@compiled
def _thin(
    mask: NDArray[np.uint8], places: NDArray[np.int64], steps: NDArray[np.int64], deletable: NDArray[np.bool_]
) -> None:
    going = np.empty(places.size, np.int64)
    left = places.size
    quiet = 0  # halves of a round, one after the other, in which nothing went
    half = 0
    while quiet < 2:
        count = kept = 0
        for place in places[:left]:
            code = 0
            for bit in range(8):
                code |= mask[place + steps[bit]] << bit
            if deletable[half, code]:
                going[count] = place
                count += 1
            else:
                places[kept] = place
                kept += 1
        for place in going[:count]:  # only now: all of them were looked at as they were before
            mask[place] = 0
        left = kept
        quiet = 0 if count else quiet + 1
        half = 1 - half

"""The piece of ground that a view or a grid covers, and into how many squares it falls."""

from __future__ import annotations

import math

Extent = tuple[float, float, float, float]
"""X from, X to, Y from, Y to: metres in the vehicle frame, X forward, Y to the left."""

_MOST = 32767  # squares a side: OpenCV moves no larger picture
_MOST_OF_ALL = 2**26


def grid_size(extent: Extent, cell: float) -> tuple[int, int]:
    """(along X, along Y): how many squares of side `cell` cover the extent; the last ones may reach beyond it.

    Raises:
        ValueError: an empty or endless extent, a cell that is not positive, or more than 32767 squares a side or 67
            million in all.
    """
    if len(extent) != 4 or not all(map(math.isfinite, extent)) or extent[0] >= extent[1] or extent[2] >= extent[3]:
        raise ValueError(f"extent {extent} is not X from, X to, Y from, Y to, in metres, such as (0, 40, -10, 10)")
    if not (math.isfinite(cell) and cell > 0):
        raise ValueError(f"cell {cell} must be a length over 0, in metres")
    # A millionth of a square is rounding, not ground.
    along, across = (math.ceil((to - start) / cell - 1e-6) for start, to in (extent[:2], extent[2:]))
    if max(along, across) > _MOST or along * across > _MOST_OF_ALL:
        raise ValueError(f"extent {extent} in squares of {cell} m has {along} x {across}, too many: take larger ones")
    return max(along, 1), max(across, 1)

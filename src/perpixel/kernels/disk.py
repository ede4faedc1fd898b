"""The pixels around a pixel."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray


@lru_cache(maxsize=16)
def disk(radius: float) -> NDArray[np.int64]:
    """(n, 2) row and column offsets of all pixels within `radius`, the nearest first."""
    reach = int(radius)
    rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    squares = rows**2 + columns**2
    inside = squares <= radius**2
    order = np.argsort(squares[inside], kind="stable")
    return np.ascontiguousarray(np.stack([rows[inside], columns[inside]], axis=1)[order].astype(np.int64))

"""Flat shapes seen from straight above: which of them each pixel's center sees.

A shape is a row of a table of float64, in metres on the ground as the camera sees it; what is high stands nearer to the
camera and is larger there. Columns by the names below:

`ORIGIN` x, y; `TURN` four numbers that bring (x, y) - origin to the shape's own u, v: a quadrilateral and a segment are
0 .. 1 long, an ellipse -1 .. 1. `SIDES` lengths of u and v in metres. `EDGE` of a capsule its two radii, of a blob how
ragged its edge is and how large its lobes are, of a ring its inner share. `CORNERS` of a quadrilateral. `NORMAL`,
`COLOR`, `SHAPE` (four parameters of its material) and `DOME` (how much it bulges) are for `perpixel.kernels.grounds`.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled
from perpixel.kernels.painting import noise

Floats = NDArray[np.float64]

QUAD, BLOB, CAPSULE, RING, CUSHION = range(5)
ORIGIN, TURN, SIDES, EDGE, NORMAL, COLOR, SHAPE, DOME, CORNERS = 0, 2, 6, 8, 10, 13, 16, 20, 21
COLUMNS = 29


@compiled
def _row_of_quad(table: Floats, f: int, y: float) -> tuple[float, float]:
    """The x where row y enters and leaves a convex quadrilateral."""
    low, high = np.inf, -np.inf
    for i in range(4):
        j = (i + 1) % 4
        x0, y0 = table[f, CORNERS + 2 * i], table[f, CORNERS + 2 * i + 1]
        x1, y1 = table[f, CORNERS + 2 * j], table[f, CORNERS + 2 * j + 1]
        if y0 > y1:  # an edge that two shapes share is cut the same way in both
            x0, y0, x1, y1 = x1, y1, x0, y0
        if y0 <= y < y1:
            x = x0 + (y - y0) / (y1 - y0) * (x1 - x0)
            low, high = min(low, x), max(high, x)
    return low, high


@compiled
def _covers(kind: int, table: Floats, f: int, seed: int, x: float, y: float) -> bool:
    """Whether a shape that is no quadrilateral covers the point x, y."""
    px, py = x - table[f, ORIGIN], y - table[f, ORIGIN + 1]
    u: float = table[f, TURN] * px + table[f, TURN + 1] * py
    v: float = table[f, TURN + 2] * px + table[f, TURN + 3] * py
    if kind == CAPSULE:
        t = min(max(u, 0.0), 1.0)
        r: float = table[f, EDGE] + (table[f, EDGE + 1] - table[f, EDGE]) * t
        beside: float = v * table[f, SIDES + 1]
        beyond: float = (u - t) * table[f, SIDES]
        return beside * beside + beyond * beyond <= r * r
    if kind == CUSHION:
        a, b = u * u, v * v
        return a * a + b * b <= 1
    rho: float = np.sqrt(u * u + v * v)
    ragged: float = table[f, EDGE]
    if kind == RING:
        return ragged <= rho <= 1
    if rho < 1 - 0.75 * ragged:
        return True
    if rho > 1 + 0.75 * ragged or ragged == 0:
        return rho <= 1
    a, b = u * table[f, SIDES] / table[f, EDGE + 1], v * table[f, SIDES + 1] / table[f, EDGE + 1]
    lobes = noise(a, b, seed) - 0.5 + 0.5 * (noise(2.7 * a, 2.7 * b, seed + 1) - 0.5)
    return rho + ragged * lobes <= 1


@compiled
def topmost(kind: NDArray[np.uint8], table: Floats, seed: NDArray[np.int64], bounds: Floats, corner: Floats,
            step: float, ids: NDArray[np.int32]) -> None:  # fmt: skip
    """Write into `ids` (rows, columns) the last of the shapes (N) that covers each pixel center; others stay.

    Args:
        kind: (N,) uint8; table: (N, COLUMNS) float64; seed: (N,) int64.
        bounds: (N, 4) x0, y0, x1, y1 of what each shape may cover.
        corner: (2,) x, y of the center of pixel (0, 0), metres.
        step: metres from one pixel to the next.
        ids: int32, changed in place.
    """
    height, width = ids.shape
    for f in range(len(kind)):
        top = max(0, int(np.ceil(max(-1.0, (bounds[f, 1] - corner[1]) / step))))
        bottom = min(height - 1, int(np.floor(min(float(height), (bounds[f, 3] - corner[1]) / step))))
        for row in range(top, bottom + 1):
            y = corner[1] + row * step
            low, high = bounds[f, 0], bounds[f, 2]
            if kind[f] == QUAD:
                low, high = _row_of_quad(table, f, y)
                if not high > low:
                    continue
            first = max(0, int(np.ceil(max(-1.0, (low - corner[0]) / step))))
            last = min(width, int(np.ceil(min(float(width), (high - corner[0]) / step))))
            for column in range(first, last):
                if kind[f] == QUAD or _covers(kind[f], table, f, seed[f], corner[0] + column * step, y):
                    ids[row, column] = f

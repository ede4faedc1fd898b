"""What the squares of a grid on the ground show in a picture: sums over the exact area that each pixel covers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

Floats = NDArray[np.float64]

_LEAST_DEPTH = 1e-3  # metres in front of the camera's plane: what is nearer has no place in a picture
_CORNERS = 12


def cell_sums(
    values: NDArray[Any],
    judged: NDArray[np.bool_],
    homography: Floats,
    *,
    corner: tuple[float, float],
    cell: float,
    size: tuple[int, int],
) -> tuple[Floats, Floats]:
    """Integrals over the ground of a picture whose pixels are squares of one value.

    Cell (i, j) covers X from `corner[0] + i * cell` and Y from `corner[1] + j * cell` on. Each cell is cut along the
    borders of the pixels that see it, and the area of each piece is measured on the ground: no samples, no limit of
    fineness.

    Args:
        values: (H, W) float32.
        judged: (H, W) bool: pixels that count; the others are left out of both results.
        homography: (3, 3) ground (X, Y, 1) to (x d, y d, d), as `Camera.homography`.
        corner: X and Y where the grid begins; cell: side of a cell; metres.
        size: (cells along X, cells along Y).

    Returns:
        sums (size) float64: value times square metres; areas (size) float64: square metres seen by judged pixels, up
        to the area of a cell.
    """
    sums, areas = np.zeros(size), np.zeros(size)
    _cell_sums(
        np.ascontiguousarray(values, np.float32),
        np.ascontiguousarray(judged),
        np.ascontiguousarray(homography),
        np.linalg.inv(homography).astype(np.float64),
        corner[0],
        corner[1],
        cell,
        sums,
        areas,
    )
    return sums, areas


@compiled
def _cell_sums(
    values: NDArray[np.float32],
    judged: NDArray[np.bool_],
    to_picture: Floats,
    to_ground: Floats,
    x0: float,
    y0: float,
    cell: float,
    sums: Floats,
    areas: Floats,
) -> None:
    height, width = values.shape
    rows, columns = sums.shape
    ground, seen = np.empty((_CORNERS, 2)), np.empty((_CORNERS, 2))
    strip, piece = np.empty((_CORNERS, 2)), np.empty((_CORNERS, 2))
    spare = np.empty((_CORNERS, 2))
    for i in range(rows):
        for j in range(columns):
            count = _square(x0 + i * cell, y0 + j * cell, cell, ground)
            count = _in_front(ground, count, to_picture, seen)
            if count < 3:
                continue
            low_x, low_y, high_x, high_y = np.inf, np.inf, -np.inf, -np.inf
            for k in range(count):
                low_x, high_x = min(low_x, seen[k, 0]), max(high_x, seen[k, 0])
                low_y, high_y = min(low_y, seen[k, 1]), max(high_y, seen[k, 1])
            if not (low_x < width - 0.5 and high_x > -0.5 and low_y < height - 0.5 and high_y > -0.5):
                continue
            top, bottom = int(max(np.floor(low_y + 0.5), 0)), int(min(np.floor(high_y + 0.5), height - 1))
            for y in range(top, bottom + 1):
                in_spare = _cut(seen, count, 1, y - 0.5, 1.0, spare)
                in_strip = _cut(spare, in_spare, 1, y + 0.5, -1.0, strip)
                if in_strip < 3:
                    continue
                low_x, high_x = np.inf, -np.inf
                for k in range(in_strip):
                    low_x, high_x = min(low_x, strip[k, 0]), max(high_x, strip[k, 0])
                left, right = int(max(np.floor(low_x + 0.5), 0)), int(min(np.floor(high_x + 0.5), width - 1))
                for x in range(left, right + 1):
                    if not judged[y, x]:
                        continue
                    in_spare = _cut(strip, in_strip, 0, x - 0.5, 1.0, spare)
                    in_piece = _cut(spare, in_spare, 0, x + 0.5, -1.0, piece)
                    area = _ground_area(piece, in_piece, to_ground)
                    sums[i, j] += values[y, x] * area
                    areas[i, j] += area


@compiled
def _square(x: float, y: float, side: float, corners: Floats) -> int:
    corners[0, 0], corners[0, 1] = x, y
    corners[1, 0], corners[1, 1] = x + side, y
    corners[2, 0], corners[2, 1] = x + side, y + side
    corners[3, 0], corners[3, 1] = x, y + side
    return 4


@compiled
def _in_front(ground: Floats, count: int, to_picture: Floats, seen: Floats) -> int:
    """Project the part of a polygon that is in front of the camera; returns its number of corners."""
    m = to_picture
    found = 0
    for k in range(count):
        ax, ay = ground[k, 0], ground[k, 1]
        bx, by = ground[(k + 1) % count, 0], ground[(k + 1) % count, 1]
        a = m[2, 0] * ax + m[2, 1] * ay + m[2, 2] - _LEAST_DEPTH
        b = m[2, 0] * bx + m[2, 1] * by + m[2, 2] - _LEAST_DEPTH
        if a >= 0:
            _project(ax, ay, m, seen, found)
            found += 1
        if (a > 0 and b < 0) or (a < 0 and b > 0):
            t = a / (a - b)
            _project(ax + t * (bx - ax), ay + t * (by - ay), m, seen, found)
            found += 1
    return found


@compiled
def _project(x: float, y: float, m: Floats, points: Floats, k: int) -> None:
    depth = m[2, 0] * x + m[2, 1] * y + m[2, 2]
    points[k, 0] = (m[0, 0] * x + m[0, 1] * y + m[0, 2]) / depth
    points[k, 1] = (m[1, 0] * x + m[1, 1] * y + m[1, 2]) / depth


@compiled
def _cut(polygon: Floats, count: int, axis: int, limit: float, sign: float, kept: Floats) -> int:
    """The part of a convex polygon where sign * (coordinate - limit) >= 0 (Sutherland & Hodgman, 1974)."""
    found = 0
    for k in range(count):
        n = k + 1 if k + 1 < count else 0
        a, b = sign * (polygon[k, axis] - limit), sign * (polygon[n, axis] - limit)
        if a >= 0:
            kept[found, 0], kept[found, 1] = polygon[k, 0], polygon[k, 1]
            found += 1
        if (a > 0 and b < 0) or (a < 0 and b > 0):
            t = a / (a - b)
            kept[found, 0] = polygon[k, 0] + t * (polygon[n, 0] - polygon[k, 0])
            kept[found, 1] = polygon[k, 1] + t * (polygon[n, 1] - polygon[k, 1])
            kept[found, axis] = limit
            found += 1
    return found


@compiled
def _ground_area(polygon: Floats, count: int, m: Floats) -> float:
    """Square metres of the ground that a polygon of the picture shows."""
    if count < 3:
        return 0.0
    area, x0, y0, px, py = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(count):
        u, v = polygon[k, 0], polygon[k, 1]
        depth = m[2, 0] * u + m[2, 1] * v + m[2, 2]
        x, y = (m[0, 0] * u + m[0, 1] * v + m[0, 2]) / depth, (m[1, 0] * u + m[1, 1] * v + m[1, 2]) / depth
        if k == 0:
            x0, y0 = x, y  # from the first corner, so that little is subtracted from little
        else:
            area += (px - x0) * (y - y0) - (x - x0) * (py - y0)
        px, py = x, y
    return abs(area) / 2

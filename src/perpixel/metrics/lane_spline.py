"""A smooth curve through points: two natural cubic splines, of x and of y, over the length of the straight way."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def spline_points(points: Array, *, times: int = 50) -> Array:
    """`times` points for each piece of a curve through `points` (P, 2), and the last point.

    Two points stay two. Points that repeat the one before are dropped: CULane's tool divides by zero there.

    Source: `Spline::splineInterpTimes` of https://github.com/XingangPan/SCNN, tools/lane_evaluation: second derivatives
    are 0 at both ends, and the parameter of a piece goes from 0 to the distance of its ends.
    """
    moved = np.ones(len(points), np.bool_)
    moved[1:] = (np.diff(points, axis=0) != 0).any(axis=1)
    points = np.asarray(points[moved], np.float64)
    if len(points) < 3:
        return points
    step = np.hypot(*np.diff(points, axis=0).T)[:, None]
    slope = np.diff(points, axis=0) / step
    bend = np.zeros_like(points)  # second derivatives
    bend[1:-1] = _solve(step[:, 0], 6 * np.diff(slope, axis=0))
    t = step[:, :, None] * (np.arange(times) / times)  # (P - 1, 1, times)
    first = slope - step * (2 * bend[:-1] + bend[1:]) / 6
    third = np.diff(bend, axis=0) / (6 * step)
    curve = points[:-1, :, None] + t * (first[:, :, None] + t * (bend[:-1, :, None] / 2 + t * third[:, :, None]))
    return np.concatenate([curve.transpose(0, 2, 1).reshape(-1, 2), points[-1:]])


def _solve(step: Array, right: Array) -> Array:
    """The inner second derivatives: rows h[i] M[i] + 2 (h[i] + h[i + 1]) M[i + 1] + h[i + 1] M[i + 2] = right[i]."""
    count = len(right)
    ratio, found = np.zeros(count), right.copy()
    for i in range(count):
        pivot = 2 * (step[i] + step[i + 1]) - (step[i] * ratio[i - 1] if i else 0.0)
        ratio[i] = step[i + 1] / pivot
        found[i] = (found[i] - (step[i] * found[i - 1] if i else 0.0)) / pivot
    for i in range(count - 2, -1, -1):
        found[i] -= ratio[i] * found[i + 1]
    return found

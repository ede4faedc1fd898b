"""Pixels on lanes told apart by their vectors, and a curve through each group.

Neven et al., 2018, https://arxiv.org/abs/1802.05591, sections II-A (clustering) and II-B (a polynomial in the
bird's-eye view). On flat ground a parabola Y = a + b X + c X² of the bird's-eye view is, in the picture,
x = A + B t + C / t with t = y - horizon: so the view from above need not be drawn, and where the camera is not known
the horizon is the row at which all lines fit best.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

SURE = 0.5  # probability from which a pixel is on a lane
REACH = 1.5  # of vectors around a lane's mean: half of what the loss pushes means apart
ROUNDS = 4
LEAST_SHARE = 0.1  # of the rows: shorter pieces are no lanes
GOES_ON = 0.7  # of the height: a line that is seen so far down goes on to the foot, hidden or not
GROUPS = 24  # of vectors that are looked at, the densest first: roads have fewer lanes, and noise has no end
HORIZONS = 24  # rows that are tried
MISFIT = 0.012  # of the width that half of the points may lie beside their curve: of drawn lanes 99 % lie under .01
STEP = 4.0  # rows between the points of a line
BEND = 0.02  # pull of the curved part to 0, so that a few points cannot bend a line


def lane_points(probability: NDArray[np.float32], vectors: NDArray[np.float32], *, stride: int) -> list[Array]:
    """For each lane (P, 3): x and y in pixels of the picture, and the weight, one point a row, from the top down.

    Vectors are grouped around the surest pixel that is left, then around the mean of what is near, and so on; the
    largest groups come first.

    Args:
        probability: (h, w) that a coarse pixel lies on a lane.
        vectors: (D, h, w).
        stride: pixels of the picture to a coarse one.
    """
    rows, columns = np.nonzero(probability >= SURE)
    weight = probability[rows, columns].astype(np.float64)
    own = vectors[:, rows, columns].T.astype(np.float64)
    left, least = np.ones(len(rows), np.bool_), max(LEAST_SHARE * len(probability), 3)
    found = []
    for _ in range(GROUPS):
        if left.sum() < least:
            break
        middle = own[_densest(own, left)]
        inside = left
        for _ in range(ROUNDS):
            inside = left & (((own - middle) ** 2).sum(axis=1) < REACH**2)
            if not inside.any():
                break
            middle = np.average(own[inside], axis=0, weights=weight[inside])
        if not inside.any():
            break
        left &= ~inside
        points = _by_rows(rows[inside], columns[inside], weight[inside], stride)
        if len(points) >= least:
            found.append(points)
    return sorted(found, key=len, reverse=True)


def lane_lines(points: Sequence[Array], size: tuple[int, int], *, horizon: float | None = None) -> dict[int, Array]:
    """A curve (P, 2) x, y through each group's points, from the foot up; to the picture's foot where it comes near.

    Points that no such curve fits are of several lanes that were not told apart, or of none: their group has no line.

    Args:
        points: as `lane_points` gives them.
        size: (height, width) of the picture.
        horizon: its row, where the camera is known; else the one at which the lines fit best.

    Returns:
        The lines by the numbers of their groups.
    """
    height, width = size
    if not points:
        return {}
    at = _horizon(points, height) if horizon is None else min(horizon, min(p[0, 1] for p in points) - 1)
    lines: dict[int, Array] = {}
    for number, own in enumerate(points):
        curve = _curve(own, at, height)
        if np.median(np.abs(_basis(own[:, 1], at, height) @ curve - own[:, 0])) > MISFIT * width:
            continue
        y = np.arange(height - 1.0, own[0, 1] - STEP / 2, -STEP)
        x = _basis(y, at, height) @ curve
        seen = (y <= own[-1, 1] + 2 * STEP) | _leads_down(own, height, width)
        if seen.sum() > 1:
            lines[number] = np.stack([x, y], axis=1)[seen]
    return lines


def _densest(vectors: Array, left: NDArray[np.bool_]) -> int:
    """The vector with most others near it, of a few that are spread over all that are left."""
    some = np.flatnonzero(left)[:: max(int(left.sum()) // 64, 1)]
    distances = ((vectors[some][:, None] - vectors[some][None]) ** 2).sum(axis=2)
    return int(some[(distances < (REACH / 3) ** 2).sum(axis=1).argmax()])


def _by_rows(rows: NDArray[np.intp], columns: NDArray[np.intp], weight: Array, stride: int) -> Array:
    """(P, 3) the weighted mean column of each row, at the middles of coarse pixels, and the row's weight."""
    first, count = int(rows.min()), int(np.ptp(rows)) + 1
    total = np.bincount(rows - first, weight, minlength=count)
    column = np.bincount(rows - first, weight * columns, minlength=count)
    there = np.flatnonzero(total > 0)
    x = (column[there] / total[there] + 0.5) * stride - 0.5
    y = (there + first + 0.5) * stride - 0.5
    return np.stack([x, y, np.sqrt(total[there])], axis=1)


def _leads_down(points: Array, height: int, width: int) -> bool:
    """Whether a line goes on below its lowest point: that one is well down in the picture, or it leaves by the side."""
    x, y = points[-1, 0], points[-1, 1]
    return bool(y > GOES_ON * height or x < 0.04 * width or x > 0.96 * width)


def _basis(y: Array, horizon: Array | float, height: int) -> Array:
    """(..., P, 3) 1, t and 1 / t of the way down from the horizon, so that all are about 1 at the foot."""
    t = np.maximum((y - horizon) / (height - horizon), 1e-3)
    return np.stack([np.ones_like(t), t, 1 / t], axis=-1)


def _curve(points: Array, horizon: float, height: int) -> Array:
    """The three numbers of a line, by two rounds of least squares, the second without what lies far off."""
    x, y, weight = points.T
    basis = _basis(y, horizon, height)
    own = weight
    curve = np.zeros(3)
    for _ in range(3):
        rows = np.concatenate([basis * own[:, None], [[0, 0, BEND * height**0.5]]])
        curve = np.linalg.lstsq(rows, np.append(x * own, 0.0), rcond=None)[0]
        off = np.abs(basis @ curve - x)
        own = weight / (1 + (off / max(2 * float(np.median(off)), 1.0)) ** 2)
    return np.asarray(curve)


def _horizon(points: Sequence[Array], height: int) -> float:
    """The row, above all points, at which curves leave the least between themselves and the points."""
    top = min(float(own[0, 1]) for own in points)
    tried = top - 1 - np.linspace(0, 1, HORIZONS) ** 2 * 0.4 * height
    left = np.sum([_misfit(own, tried, height) for own in points], axis=0)
    return float(tried[int(np.argmin(left))])


def _misfit(points: Array, horizons: Array, height: int) -> Array:
    """(R,) for each horizon how far a line's points lie from their curve, each by at most 30 pixels."""
    x, y, weight = points.T
    basis = _basis(y, horizons[:, None], height)
    weighted = basis * (weight**2)[:, None]
    pull = np.diag([1e-9, 1e-9, (BEND**2) * height])
    curves = np.linalg.solve(weighted.transpose(0, 2, 1) @ basis + pull, weighted.transpose(0, 2, 1) @ x[:, None])
    off = np.abs((basis @ curves)[..., 0] - x)
    return np.asarray((np.minimum(off, 30.0) * weight).sum(axis=1))

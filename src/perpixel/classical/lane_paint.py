"""Painted lines seen from above: narrow stripes that are brighter than the road on both sides."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.camera import BirdsEye
from perpixel.classical.picture import as_gray

Array = NDArray[np.float64]

SLAB = 0.5  # metres along the road that are looked at together
ASIDE = 0.25  # metres from the middle of a line to the road beside it; lines are 0.1 to 0.3 wide
APART = 0.4  # metres; of stripes nearer to each other only the clearest counts
LINK = 0.15  # metres
PIECE, FEWEST = 8, 4  # points of a chain that are judged together
FOOT, POINT_ERROR = 0.3, 0.03  # metres
CLEAR = 6.0  # of brightness 0 to 255


def paint_points(
    image: NDArray[Any], view: BirdsEye, *, clear: float = CLEAR
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Where stripes along the road cross slabs of half a metre.

    A stripe's contrast is how much brighter it is than the brighter side, less half of what the sides differ by: a
    stripe lies on road, a kerb between two things.

    Args:
        image: (H, W[, C]) of the size that the view's camera has.
        view: from above, with pixels of 0.1 metres or less.
        clear: contrast from which it is one; it is raised in restless pictures.

    Returns:
        points (P, 2) X, Y metres, near to far; contrast (P,); lies (P,) bool: False for what rises from the ground, as
        far as can be told.
    """
    slabs, seen = _slabs(view.picture(as_gray(image)), view.valid, max(round(SLAB / view.resolution), 1))
    contrast = _contrast(slabs, seen, max(round(ASIDE / view.resolution), 1))
    least = max(clear, 2 * float(contrast[seen].mean())) if seen.any() else clear
    width = 2 * round(APART / view.resolution) + 1
    best = cv2.dilate(contrast, np.ones((1, width), np.uint8))
    rows, columns = np.nonzero((contrast >= least) & (contrast == best))
    x = np.asarray(view.extent[0] + (rows + 0.5) * SLAB, np.float64)
    y = np.asarray(view.extent[3] - (columns + 0.5) * view.resolution, np.float64)
    return np.stack([x, y], axis=1), contrast[rows, columns].astype(np.float64), ~_stands(rows, x, y)


def _stands(rows: NDArray[np.intp], x: Array, y: Array) -> NDArray[np.bool_]:
    """(P,) bool: points of what rises from the ground, such as posts and the corners of cars.

    From above it smears along rays from the camera's foot, so that a straight line through it meets X = 0 at Y = 0.
    """
    found = np.zeros(len(x), np.bool_)
    for chain in _chains(rows, x, y):
        for start in range(0, len(chain), PIECE):
            piece = chain[start : start + PIECE] if len(chain) - start >= PIECE else chain[-PIECE:]
            if len(piece) < FEWEST:
                continue
            middle = x[piece].mean()
            along = x[piece] - middle
            spread = float(along @ along)
            meets = float(y[piece].mean() - middle * (along @ y[piece]) / spread)
            error = POINT_ERROR * np.sqrt(1 / len(piece) + middle**2 / spread)
            found[piece] |= abs(meets) < FOOT + error
    return found


def _chains(rows: NDArray[np.intp], x: Array, y: Array) -> list[NDArray[np.intp]]:
    """Points that follow each other from slab to slab, straight ahead or along a ray, as lists of their numbers."""
    ends: dict[int, list[list[int]]] = {}
    chains: list[list[int]] = []
    for point, row in enumerate(rows.tolist()):
        best, nearest = None, LINK
        for chain in ends.get(row - 1, ()):
            last = chain[-1]
            if rows[last] != row - 1:
                continue
            low, high = sorted((y[last], y[last] * x[point] / x[last]))
            off = max(low - y[point], y[point] - high, 0.0)
            if off < nearest:
                best, nearest = chain, off
        if best is None:
            best = []
            chains.append(best)
        best.append(point)
        ends.setdefault(row, []).append(best)
    return [np.array(chain, np.intp) for chain in chains]


def _slabs(
    above: NDArray[np.uint8], valid: NDArray[np.bool_], high: int
) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Means over `high` rows, the nearest first, and where all of them are seen."""
    count = len(above) // high
    rows = above[len(above) - count * high :].reshape(count, high, -1)
    seen = np.asarray(valid[len(above) - count * high :].reshape(count, high, -1).all(axis=1), np.bool_)
    return rows.mean(axis=1, dtype=np.float32)[::-1].copy(), seen[::-1].copy()


def _contrast(slabs: NDArray[np.float32], seen: NDArray[np.bool_], aside: int) -> NDArray[np.float32]:
    smooth = np.asarray(cv2.blur(slabs, (3, 1)), np.float32)
    left, right, road = np.zeros_like(smooth), np.zeros_like(smooth), np.zeros(seen.shape, np.bool_)
    left[:, aside:] = smooth[:, :-aside]
    right[:, :-aside] = smooth[:, aside:]
    road[:, aside:-aside] = seen[:, aside:-aside] & seen[:, : -2 * aside] & seen[:, 2 * aside :]
    found = smooth - np.maximum(left, right) - np.abs(left - right) / 2
    return np.where(road, np.maximum(found, np.float32(0)), np.float32(0))

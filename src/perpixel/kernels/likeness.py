"""How far one small gray picture is from being the other with its brightness changed."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

_STEPS = 32
_PARTS = 4  # of a level: how finely the curve is kept


def unexplained(
    first: NDArray[np.float32], second: NDArray[np.float32], *, window: int, bright: float
) -> tuple[float, float]:
    """What a curve of brightness, from the first picture to the second, leaves of the second.

    The curve goes through the mean brightness of both wherever the first lies within a step of 8 levels, and straight
    between. Pixels that are `bright` in one of them may be cut off at white and are not judged, unless fewer than a
    quarter are left.

    Args:
        first: (H, W) float32 from 0 to 255.
        second: of the same shape.
        window: side of the square over which the worst place is averaged, in pixels.
        bright: levels.

    Returns:
        Levels: the root of the mean square, and the greatest mean over a window.

    Raises:
        ValueError: shapes that differ or are smaller than the window, or brightness out of range.
    """
    if first.ndim != 2 or first.shape != second.shape or not 1 <= window <= min(first.shape):
        raise ValueError(
            f"shapes {first.shape} and {second.shape} with a window of {window}; expected two alike (H, W)"
        )
    if not 0 <= first.min() <= first.max() < 256:
        raise ValueError(f"brightness from {first.min()} to {first.max()}; expected 0 to 255")
    mean, worst = _unexplained(np.ascontiguousarray(first), np.ascontiguousarray(second), window, np.float32(bright))
    return float(mean), float(worst)


@compiled
def _unexplained(
    first: NDArray[np.float32], second: NDArray[np.float32], window: int, bright: np.float32
) -> tuple[float, float]:
    height, width = first.shape
    curve = _curve(first, second)
    off = np.zeros((height, width), np.float64)
    squares, judged = 0.0, 0
    for everything in (False, True):
        squares, judged = 0.0, 0
        for y in range(height):
            for x in range(width):
                off[y, x] = 0.0
                if everything or max(first[y, x], second[y, x]) < bright:
                    off[y, x] = second[y, x] - curve[int(first[y, x] * _PARTS)]
                    squares += off[y, x] * off[y, x]
                    judged += 1
        if 4 * judged >= height * width:
            break
    worst = 0.0
    sums = np.zeros(width, np.float64)  # of each column, over the rows of the window
    for y in range(height):
        for x in range(width):
            sums[x] += off[y, x] - (off[y - window, x] if y >= window else 0.0)
        if y >= window - 1:
            total = 0.0
            for x in range(width):
                total += sums[x] - (sums[x - window] if x >= window else 0.0)
                if x >= window - 1:
                    worst = max(worst, abs(total))
    return np.sqrt(squares / judged), worst / (window * window)


@compiled
def _curve(first: NDArray[np.float32], second: NDArray[np.float32]) -> NDArray[np.float64]:
    """The second picture's brightness for each quarter of a level of the first; level beyond its outermost steps."""
    sums = np.zeros((3, _STEPS), np.float64)
    for y in range(first.shape[0]):
        for x in range(first.shape[1]):
            step = int(first[y, x] / 8)
            sums[0, step] += 1
            sums[1, step] += first[y, x]
            sums[2, step] += second[y, x]
    here = sums[0] > 0
    places = (np.arange(256 * _PARTS) + 0.5) / _PARTS
    curve: NDArray[np.float64] = np.interp(places, sums[1][here] / sums[0][here], sums[2][here] / sums[0][here])
    return curve

"""Region growing: seeds spread over their neighbors as long as these look like them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classical.levels import levels
from perpixel.classical.parameters import number, one_of
from perpixel.classical.strokes import checked_strokes, strokes_at
from perpixel.kernels.growing import grow_seeds


def grow(
    image: NDArray[Any],
    *,
    strokes: NDArray[Any] | None = None,
    points: Sequence[Sequence[float]] | None = None,
    tolerance: float = 30.0,
    connectivity: int = 4,
    against: str = "seed",
) -> NDArray[np.int32]:
    """Grow each seed over neighboring pixels whose color differs by at most `tolerance`.

    Where several seeds could have a pixel, the most similar one takes it. Colors are compared with that of the seed's
    pixel from which the way came: a point on a speck of noise gets nowhere, while a stroke over all the shades of an
    object gets them all. With `against="mean"` they are compared with the mean of what the region has by then; it
    then drifts along shadings, and may leak.

    Args:
        image: (H, W) or (H, W, C) uint8, uint16, or floats in [0, 1]; any number of channels.
        strokes: (H, W) integers: 0 nothing, else the number of the seed.
        points: seeds as (x, y), column before row; the first is number 1. Instead of strokes.
        tolerance: Euclidean distance of colors, in levels of 0 to 255.
        connectivity: 4 or 8 neighbors; 8 passes between pixels that touch at a corner.
        against: "seed" or "mean".

    Returns:
        (H, W) int32: the seeds' numbers, and 0 where none came.

    Raises:
        TypeError: strokes are not integers, or a parameter is no number.
        ValueError: neither strokes nor points, or both; a point outside; a parameter out of its range; or the picture
            is empty or has NaN.

    Adams & Bischof, 1994, https://doi.org/10.1109/34.295913, with a limit.
    """
    tolerance = number("tolerance", tolerance)
    one_of("connectivity", connectivity, (4, 8))
    one_of("against", against, ("seed", "mean"))
    if (strokes is None) == (points is None):
        raise ValueError("give where to begin: either strokes (H, W) or points [(x, y), ..]")
    colors = levels(image)
    size = (colors.shape[0], colors.shape[1])
    seeds = strokes_at(points, size) if points is not None else checked_strokes(np.asarray(strokes), size)
    return grow_seeds(colors, seeds, tolerance=tolerance, connectivity=connectivity, follow=against == "mean")

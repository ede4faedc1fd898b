"""A picture with its true lanes and with those that a model found, beside each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.draw.lanes import lanes_over
from perpixel.results.lanes import UNJUDGED, Lanes
from perpixel.tasks.lanes import sided

PAINT = np.array((230, 60, 200))
WIDEST = 640  # pixels of each of the two


def draw_lanes(image: NDArray[Any] | None, *, truth: Lanes, prediction: Lanes) -> NDArray[np.uint8]:
    """Draw the truth on the left and the prediction on the right: (H, W, 3) uint8 RGB.

    A truth that is a map alone is shown in pink.
    """
    shown = np.full((*truth.size, 3), 90, np.uint8) if image is None else image
    left, right = (lanes_over(shown, sided(lanes), lane=False) for lanes in (truth, prediction))
    if not truth.told:
        on = (truth.ids > 0) & (truth.ids != UNJUDGED)
        left[on] = PAINT
    step = -(-truth.size[1] // WIDEST)
    return np.hstack([left[::step, ::step], right[::step, ::step]])

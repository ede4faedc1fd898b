"""A picture on which depth went wrong, beside its truth."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.draw.depth import depth_beside, depth_map, span_of, with_scale
from perpixel.results import Depth

_SIDE = 520


def draw_depths(image: NDArray[Any] | None, *, truth: Depth, prediction: Depth) -> NDArray[np.uint8]:
    """Picture and truth above, prediction below, all on the scale of the truth; (H, W, 3) uint8 RGB.

    Pixels of the prediction that are off by a quarter or more are darkened; what has no truth is black in the truth.
    """
    step = max(1, max(truth.size) // _SIDE)
    truth, prediction = truth[::step, ::step], prediction[::step, ::step]
    span = span_of(truth)
    found = depth_map(prediction, span)
    ratio = np.maximum(prediction.metres, 1e-6) / np.where(truth.valid, np.maximum(truth.metres, 1e-6), 1)
    off = truth.valid & (np.maximum(ratio, 1 / np.maximum(ratio, 1e-9)) >= 1.25)
    wrong = found.copy()
    wrong[off] //= 3
    if image is None:
        return np.concatenate([with_scale(depth_map(truth, span), span), with_scale(wrong, span)], axis=1)
    small = np.asarray(cv2.resize(image, truth.size[::-1], interpolation=cv2.INTER_AREA)).reshape(*truth.size, -1)
    above = depth_beside(small, truth, span)
    gap = above.shape[1] - found.shape[1] - with_scale(wrong, span).shape[1]
    below = np.concatenate([found, np.full((len(found), gap, 3), 255, np.uint8), with_scale(wrong, span)], axis=1)
    return np.concatenate([above, np.full((8, above.shape[1], 3), 255, np.uint8), below])

"""Where a prediction is wrong, on its picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.results import LabelMap

WRONG = (230, 30, 40)
IGNORED = (40, 60, 110)


def error_map(image: NDArray[Any] | None, truth: LabelMap, prediction: LabelMap) -> NDArray[np.uint8]:
    """Show wrong pixels red and ignored ones dark blue on the gray picture.

    Args:
        image: (H, W, C) uint8 or uint16, the picture; None for a white ground.
        truth: (H, W).
        prediction: (H, W).

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        ValueError: the sizes differ.
    """
    if truth.size != prediction.size or (image is not None and image.shape[:2] != truth.size):
        raise ValueError(
            f"truth is {truth.size}, prediction {prediction.size}, picture "
            f"{None if image is None else image.shape[:2]}; all must have one size"
        )
    drawn = _ground(image, truth.size)
    ignored = truth.labels == truth.classes.ignored
    drawn[ignored] = drawn[ignored] // 2 + np.array(IGNORED, np.uint8) // 2
    wrong = (truth.labels != prediction.labels) & ~ignored
    drawn[wrong] = drawn[wrong] // 4 + (np.array(WRONG) * 3 // 4).astype(np.uint8)
    return drawn


def _ground(image: NDArray[Any] | None, size: tuple[int, int]) -> NDArray[np.uint8]:
    """The picture in pale gray, so that red stands out."""
    if image is None:
        return np.full((*size, 3), 255, np.uint8)
    gray = image[:, :, :3].mean(axis=2)
    top = 255.0 if image.dtype == np.uint8 else max(float(gray.max()), 1.0)
    return np.repeat((64 + gray / top * 160).astype(np.uint8)[:, :, None], 3, axis=2)

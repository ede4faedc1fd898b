"""What there is to know about each region, in one pass over the picture."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled


def region_facts(
    image: NDArray[Any], labels: NDArray[np.int32]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int32]]:
    """Pixels, mean values and box of every region.

    Args:
        image: (H, W, C) integers or floats.
        labels: (H, W) int32 from 0 on.

    Returns:
        (R,) pixels, (R, C) means, and (R, 4) boxes x0, y0, x1, y1, half-open. R is the largest label and one more; a
        label that does not occur has 0 pixels, the mean NaN and the box 0, 0, 0, 0.

    Raises:
        ValueError: sizes that differ, or a negative label.
    """
    if image.ndim != 3 or image.shape[:2] != labels.shape:
        raise ValueError(f"the picture is {image.shape}, the labels are {labels.shape}; expected (H, W, C) and (H, W)")
    if labels.size and int(labels.min()) < 0:
        raise ValueError(f"labels go down to {labels.min()}; regions are numbered from 0 on")
    count = int(labels.max()) + 1 if labels.size else 0
    pixels, sums, boxes = _gather(np.ascontiguousarray(image), np.ascontiguousarray(labels), count)
    with np.errstate(invalid="ignore"):
        return pixels, sums / pixels[:, None], boxes


@compiled
def _gather(
    image: NDArray[Any], labels: NDArray[np.int32], count: int
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.int32]]:
    height, width, depth = image.shape
    pixels, sums = np.zeros(count, np.int64), np.zeros((count, depth), np.float64)
    boxes = np.zeros((count, 4), np.int32)
    for y in range(height):
        for x in range(width):
            region = labels[y, x]
            if pixels[region] == 0:
                boxes[region, 0], boxes[region, 1] = x, y
            pixels[region] += 1
            boxes[region, 0] = min(boxes[region, 0], x)
            boxes[region, 2] = max(boxes[region, 2], x + 1)
            boxes[region, 3] = y + 1
            for c in range(depth):
                sums[region, c] += image[y, x, c]
    return pixels, sums, boxes

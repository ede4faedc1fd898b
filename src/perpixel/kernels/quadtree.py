"""Blocks that are quartered until each is of one color."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled


def quarter(image: NDArray[Any], *, tolerance: float) -> tuple[NDArray[np.int32], int]:
    """Cut a picture in four, and each part again, while a pixel of it differs from its mean by more than `tolerance`.

    The first block is the square of the next power of two, so that blocks stand on the same grid in every picture.

    Args:
        image: (H, W, C).
        tolerance: the largest Euclidean distance of a pixel from the mean color of its block.

    Returns:
        (H, W) int32 block numbers from 0 and how many there are.
    """
    height, width = image.shape[:2]
    side = 1 << max(height - 1, width - 1).bit_length()
    blocks = np.empty((height, width), np.int32)
    return blocks, int(_quarter(np.ascontiguousarray(image, np.float32), side, float(tolerance), blocks))


@compiled
def _quarter(image: NDArray[np.float32], side: int, tolerance: float, blocks: NDArray[np.int32]) -> int:
    height, width, channels = image.shape
    waiting = [(0, 0, side)]
    mean = np.zeros(channels)
    count = 0
    while waiting:
        top, left, side = waiting.pop()
        bottom, right = min(top + side, height), min(left + side, width)
        if top >= bottom or left >= right:
            continue
        for c in range(channels):
            mean[c] = 0.0
            for y in range(top, bottom):
                for x in range(left, right):
                    mean[c] += image[y, x, c]
            mean[c] /= (bottom - top) * (right - left)
        furthest = 0.0
        for y in range(top, bottom):
            for x in range(left, right):
                square = 0.0
                for c in range(channels):
                    square += (image[y, x, c] - mean[c]) ** 2
                furthest = max(furthest, square)
        if side == 1 or np.sqrt(furthest) <= tolerance:
            blocks[top:bottom, left:right] = count
            count += 1
            continue
        half = side // 2
        waiting.append((top + half, left + half, half))
        waiting.append((top + half, left, half))
        waiting.append((top, left + half, half))
        waiting.append((top, left, half))
    return count

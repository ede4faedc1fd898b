"""Label colors over a picture, in one pass."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled


def blend(
    image: NDArray[np.uint8], labels: NDArray[Any], colors: NDArray[np.uint8], *, alpha: float
) -> NDArray[np.uint8]:
    """`image * (1 - alpha) + color * alpha` at every pixel that has a color, rounded; the image as it is elsewhere.

    Args:
        image: (H, W, 3) uint8.
        labels: (H, W) uint8 or uint16. Labels of K and more have no color: ignored pixels are among them.
        colors: (K, 3) uint8.
        alpha: 0 to 1, taken to the nearest of 256 steps.

    Returns:
        (H, W, 3) uint8.

    Raises:
        ValueError: shapes that do not fit, or `alpha` is not from 0 to 1.
    """
    if image.ndim != 3 or image.shape != (*labels.shape, 3):
        raise ValueError(f"the picture is {image.shape} and the labels are {labels.shape}; expected (H, W, 3), (H, W)")
    if not 0 <= alpha <= 1:
        raise ValueError(f"alpha {alpha} must be from 0 to 1")
    weight = round(alpha * 256)
    blended = np.empty(image.shape, np.uint8)
    weighted = (colors.astype(np.uint32) * weight + 128).astype(np.uint16)
    if not labels.size:
        return blended
    _blend(np.ascontiguousarray(image), np.ascontiguousarray(labels), weighted, np.uint16(256 - weight), blended)
    return blended


@compiled
def _blend(
    image: NDArray[np.uint8],
    labels: NDArray[Any],
    weighted: NDArray[np.uint16],
    keep: Any,
    blended: NDArray[np.uint8],
) -> None:
    """Each row in two loops: look the colors up, then blend all bytes alike, which runs in vectors."""
    height, width = labels.shape
    line = np.empty((width, 3), np.uint16)
    added = line.ravel()
    classes = len(weighted)
    for y in range(height):
        label = labels[y]
        ignored = label[0] >= classes
        red, green, blue = weighted[0, 0], weighted[0, 1], weighted[0, 2]
        last = np.uint16(0)
        for x in range(width):
            if label[x] != last:
                last = np.uint16(label[x])
                index = min(np.uint32(last), np.uint32(classes - 1))
                ignored = ignored or last >= classes
                red, green, blue = weighted[index, 0], weighted[index, 1], weighted[index, 2]
            line[x, 0], line[x, 1], line[x, 2] = red, green, blue
        source, target = image[y].ravel(), blended[y].ravel()
        for i in range(added.size):
            target[i] = np.uint16(source[i] * keep + added[i]) >> np.uint16(8)
        if ignored:
            for x in range(width):
                if label[x] >= classes:
                    blended[y, x] = image[y, x]

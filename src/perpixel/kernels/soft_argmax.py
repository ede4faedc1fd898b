"""Depth from coarse outputs of bins, without full-size logits: the mean of the softmax, or a count of yes answers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled
from perpixel.kernels.upsample import coarse_planes

_SOFT, _COUNT = 0, 1


def soft_argmax_upsampled(
    logits: NDArray[Any], values: NDArray[np.float32], *, size: tuple[int, int], stride: int
) -> NDArray[np.float32]:
    """The mean of `values` by the softmax of the upsampled logits (bilinear, align_corners=False).

    Args:
        logits: (K, h, w), finite.
        values: (K,) what each class stands for.
        size: (height, width) to crop to.
        stride: output pixels to one coarse pixel.

    Returns:
        (H, W) float32 between the least and the greatest value.

    Raises:
        ValueError: the logits are not (K, h, w), or do not cover `size`; or there are not K values.
    """
    return _computed(logits, values, size, stride, _SOFT, 0.0)


def counted_upsampled(
    scores: NDArray[Any], values: NDArray[np.float32], *, size: tuple[int, int], stride: int, bar: float = 0.0
) -> NDArray[np.float32]:
    """The value whose number is the count of the upsampled scores (K, h, w) that reach `bar`; the last one for all K.

    Raises:
        ValueError: as `soft_argmax_upsampled`.
    """
    return _computed(scores, values, size, stride, _COUNT, bar)


def _computed(
    planes: NDArray[Any], values: NDArray[np.float32], size: tuple[int, int], stride: int, how: int, bar: float
) -> NDArray[np.float32]:
    coarse = coarse_planes(planes, size, stride)
    if values.shape != (len(coarse),):
        raise ValueError(f"{values.shape} values for {len(coarse)} classes; expected one for each")
    found = np.empty(size, np.float32)
    last = np.ascontiguousarray(np.moveaxis(coarse, 0, -1))  # a pixel's classes side by side
    _fill(last, np.ascontiguousarray(values, np.float32), stride, how, np.float32(bar), found)
    return found


@compiled(fastmath=True)
def _fill(
    planes: NDArray[np.float32],
    values: NDArray[np.float32],
    stride: int,
    how: int,
    bar: Any,
    found: NDArray[np.float32],
) -> None:
    rows, columns, classes = planes.shape
    height, width = found.shape
    line = np.empty((columns, classes), np.float32)
    scores = np.empty(classes, np.float32)
    for y in range(height):
        place = max((y + 0.5) / stride - 0.5, 0.0)
        above = min(int(place), rows - 1)
        below = min(above + 1, rows - 1)
        down = np.float32(place - above)
        for j in range(columns):
            for k in range(classes):
                line[j, k] = planes[above, j, k] + down * (planes[below, j, k] - planes[above, j, k])
        for x in range(width):
            place = max((x + 0.5) / stride - 0.5, 0.0)
            left = min(int(place), columns - 1)
            right = min(left + 1, columns - 1)
            across = np.float32(place - left)
            for k in range(classes):
                scores[k] = line[left, k] + across * (line[right, k] - line[left, k])
            if how == _COUNT:
                count = 0
                for k in range(classes):
                    count += scores[k] >= bar
                found[y, x] = values[min(count, classes - 1)]
                continue
            top = scores[0]
            for k in range(1, classes):
                top = max(top, scores[k])
            total, mean = np.float32(0), np.float32(0)
            for k in range(classes):
                part = np.exp(scores[k] - top)
                total += part
                mean += part * values[k]
            found[y, x] = mean / total

"""RoIAlign without torch: what maps of a pyramid hold inside boxes, as a grid of one size for all boxes.

He, Gkioxari, Dollár & Girshick, 2017, https://arxiv.org/abs/1703.06870, section 3; `perpixel.layers.regions.roi_align`
is what a network learns through, and says what is what. The numbers are the same.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

BINS, MASK_BINS = 7, 14  # of a box that is read for its class, and for its mask
RATIO = 2  # samples on each side of a bin, as published networks were trained


def read_boxes(
    maps: Sequence[NDArray[np.float32]],
    boxes: NDArray[np.float32],
    *,
    strides: Sequence[int],
    size: int,
    canonical: float = 224.0,
) -> NDArray[np.float32]:
    """Read each box as size x size bins, (M, C, size, size): the mean of two by two samples, each bilinear.

    Args:
        maps: (C, h_i, w_i) of one picture, the finest first.
        boxes: (M, 4) x0 y0 x1 y1 in pixels of the picture.
        strides: of the maps.
        size: bins on each side.
        canonical: side of a box that is read from the third map; each halving of it is one map finer.

    Raises:
        ValueError: another number of strides than of maps.
    """
    if len(maps) != len(strides):
        raise ValueError(f"{len(maps)} maps and {len(strides)} strides; give one for each")
    boxes = np.asarray(boxes, np.float32)
    levels = box_levels(boxes, len(maps), canonical=canonical)
    bins = np.empty((len(boxes), size * size, len(maps[0])), np.float32)
    for level, (values, stride) in enumerate(zip(maps, strides, strict=True)):
        chosen = np.flatnonzero(levels == level)
        if len(chosen):
            last = np.ascontiguousarray(values.transpose(1, 2, 0))  # a sample's channels lie side by side
            _read(last, boxes[chosen] / np.float32(stride), chosen, bins, size)
    return np.ascontiguousarray(bins.transpose(0, 2, 1)).reshape(len(boxes), len(maps[0]), size, size)


def box_levels(boxes: NDArray[np.float32], count: int, *, canonical: float) -> NDArray[np.int64]:
    """Which of `count` maps each box (M, 4) is read from, (M,)."""
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    side = np.sqrt(np.maximum(areas, np.float32(1e-6)))
    level = np.floor(2 + np.log2(side / np.float32(canonical)) + np.float32(1e-6))
    return np.clip(level, 0, count - 1).astype(np.int64)


@compiled
def _read(
    values: NDArray[np.float32],
    boxes: NDArray[np.float32],
    places: NDArray[np.int64],
    bins: NDArray[np.float32],
    size: int,
) -> None:
    """Write the bins of boxes (in steps of the map (h, w, C)) to their places in `bins` (M, size * size, C)."""
    height, width, channels = values.shape
    samples = size * RATIO
    for index in range(len(boxes)):
        x0, y0 = boxes[index, 0], boxes[index, 1]
        across = max(boxes[index, 2] - x0, np.float32(1.0))
        down = max(boxes[index, 3] - y0, np.float32(1.0))
        for i in range(size):
            for j in range(size):
                sums = bins[places[index], i * size + j]
                sums[:] = 0
                for p in range(RATIO * RATIO):
                    y = y0 + down * np.float32((i * RATIO + p // RATIO + 0.5) / samples)
                    x = x0 + across * np.float32((j * RATIO + p % RATIO + 0.5) / samples)
                    if y < -1 or y > height or x < -1 or x > width:
                        continue
                    y, x = max(y, np.float32(0.0)), max(x, np.float32(0.0))
                    top, left = min(int(y), height - 1), min(int(x), width - 1)
                    below, right = min(top + 1, height - 1), min(left + 1, width - 1)
                    v = min(y - np.float32(top), np.float32(1.0))
                    u = min(x - np.float32(left), np.float32(1.0))
                    a, b = (1 - v) * (1 - u) / 4, (1 - v) * u / 4
                    c, d = v * (1 - u) / 4, v * u / 4
                    for k in range(channels):
                        sums[k] += (
                            a * values[top, left, k]
                            + b * values[top, right, k]
                            + c * values[below, left, k]
                            + d * values[below, right, k]
                        )

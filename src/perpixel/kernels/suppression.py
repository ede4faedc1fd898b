"""Non-maximum suppression: of boxes that overlap much, the one with the highest score stays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled


def suppress(
    boxes: NDArray[np.float32], scores: NDArray[Any], threshold: float, *, groups: NDArray[Any] | None = None
) -> NDArray[np.int64]:
    """Which boxes stay: from the highest score down, each that no box that stays overlaps by more than `threshold`.

    >>> boxes = np.array([[0, 0, 10, 10], [1, 0, 11, 10], [20, 0, 30, 10]], np.float32)
    >>> suppress(boxes, np.array([0.5, 0.9, 0.1], np.float32), 0.5)
    array([1, 2])

    Args:
        boxes: (N, 4) x0 y0 x1 y1.
        scores: (N,); of equal ones, the box that comes first is taken first.
        threshold: of intersection over union; only what is above it is removed.
        groups: (N,) integers, such as classes: boxes of different groups leave each other alone.

    Returns:
        (M,) int64 indices by falling score.

    Raises:
        ValueError: shapes that do not fit each other.
    """
    if boxes.ndim != 2 or boxes.shape[1] != 4 or scores.shape != boxes.shape[:1]:
        raise ValueError(f"boxes are {boxes.shape} and scores {scores.shape}; expected (N, 4) and (N,)")
    if groups is not None and groups.shape != scores.shape:
        raise ValueError(f"groups are {groups.shape} and scores {scores.shape}; expected one group for each box")
    order = np.argsort(-scores, kind="stable")
    kinds = np.zeros(len(scores), np.int64) if groups is None else groups.astype(np.int64)
    kept = _suppress(np.ascontiguousarray(boxes[order], np.float32), kinds[order], float(threshold))
    return order[kept].astype(np.int64)


@compiled
def _suppress(boxes: NDArray[np.float32], groups: NDArray[np.int64], threshold: float) -> NDArray[np.bool_]:
    """Boxes by falling score; whether each stays."""
    count = boxes.shape[0]
    kept = np.ones(count, np.bool_)
    for i in range(count):
        if not kept[i]:
            continue
        x0, y0, x1, y1 = boxes[i, 0], boxes[i, 1], boxes[i, 2], boxes[i, 3]
        area = np.float64(x1 - x0) * (y1 - y0)
        for j in range(i + 1, count):
            if not kept[j] or groups[i] != groups[j]:
                continue
            width = min(x1, boxes[j, 2]) - max(x0, boxes[j, 0])
            height = min(y1, boxes[j, 3]) - max(y0, boxes[j, 1])
            if width > 0 and height > 0:
                common = np.float64(width) * height
                other = np.float64(boxes[j, 2] - boxes[j, 0]) * (boxes[j, 3] - boxes[j, 1])
                if common / (area + other - common) > threshold:  # a product would round 63 of 90 to above 0.7
                    kept[j] = False
    return kept

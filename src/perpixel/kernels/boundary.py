"""Which boundary pixels of each class in one label map have a partner near by in another."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled
from perpixel.kernels.disk import disk


def boundary_matches(
    truth: NDArray[Any], prediction: NDArray[Any], num_classes: int, *, tolerance: float
) -> NDArray[np.int64]:
    """Count the boundary pixels of each class in truth and prediction, and those near the other's boundary.

    A boundary pixel of a class is one of its pixels with a pixel of another class above, below, left or right of it.
    The edge of the picture is no boundary, nor is the edge of the ignored region: pixels where the truth is ignored
    belong to no class and to no other, in the truth and in the prediction.

    Args:
        truth: (H, W) uint8 or uint16. Values of `num_classes` and more are ignored.
        prediction: (H, W), of the truth's type.
        num_classes: K.
        tolerance: Euclidean distance in pixels between pixel centers up to which two boundary pixels match.

    Returns:
        (K, 4) int64: boundary pixels of the truth, those of them within `tolerance` of a boundary pixel of the same
        class in the prediction, boundary pixels of the prediction, those within `tolerance` of one in the truth.

    Raises:
        ValueError: shapes or types that do not fit, or a negative tolerance.
    """
    if truth.shape != prediction.shape or truth.ndim != 2 or truth.dtype != prediction.dtype:
        raise ValueError(
            f"truth is {truth.dtype} {truth.shape} and prediction is {prediction.dtype} {prediction.shape}; "
            "both must be the same (H, W) of one type"
        )
    if not tolerance >= 0:
        raise ValueError(f"a tolerance of {tolerance} pixels; it must be 0 or more")
    offsets = disk(tolerance)
    return _match(
        np.ascontiguousarray(truth), np.ascontiguousarray(prediction), num_classes, offsets, int(np.abs(offsets).max())
    )


@compiled
def _match(
    truth: NDArray[Any], prediction: NDArray[Any], num_classes: int, offsets: NDArray[np.int64], reach: int
) -> NDArray[np.int64]:
    # A margin as wide as the disk spares every look around a test for the picture's edge.
    width = truth.shape[1] + 2 * reach
    true = _boundary(truth, truth, num_classes, reach)
    predicted = _boundary(prediction, truth, num_classes, reach)
    steps = offsets[:, 0] * width + offsets[:, 1]
    counts = np.zeros((num_classes, 4), np.int64)
    for place in range(reach * width + reach, true.size - reach * width - reach):
        label = true[place]
        if label < num_classes:
            counts[label, 0] += 1
            counts[label, 1] += _near(predicted, place, label, steps)
        label = predicted[place]
        if label < num_classes:
            counts[label, 2] += 1
            counts[label, 3] += _near(true, place, label, steps)
    return counts


@compiled
def _near(boundary: NDArray[Any], place: int, label: int, steps: NDArray[np.int64]) -> bool:
    for step in steps:  # noqa: SIM110 (numba compiles no generator)
        if boundary[place + step] == label:
            return True
    return False


@compiled
def _boundary(labels: NDArray[Any], truth: NDArray[Any], num_classes: int, reach: int) -> NDArray[Any]:
    """The labels of boundary pixels and `num_classes` elsewhere, flat, with a margin of `reach` all around."""
    height, width = labels.shape
    flat = np.full((height + 2 * reach) * (width + 2 * reach), num_classes, labels.dtype)
    for y in range(height):
        start = (y + reach) * (width + 2 * reach) + reach
        for x in range(width):
            label = labels[y, x]
            if truth[y, x] >= num_classes:
                continue
            if (
                (x > 0 and labels[y, x - 1] != label and truth[y, x - 1] < num_classes)
                or (x + 1 < width and labels[y, x + 1] != label and truth[y, x + 1] < num_classes)
                or (y > 0 and labels[y - 1, x] != label and truth[y - 1, x] < num_classes)
                or (y + 1 < height and labels[y + 1, x] != label and truth[y + 1, x] < num_classes)
            ):
                flat[start + x] = label
    return flat

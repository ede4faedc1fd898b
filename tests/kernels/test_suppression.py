from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.kernels.suppression import suppress


def iou(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    common = float(max(width, 0)) * float(max(height, 0))
    areas = [float(box[2] - box[0]) * float(box[3] - box[1]) for box in (a, b)]
    return common / max(sum(areas) - common, 1e-9)


def obvious(
    boxes: NDArray[np.float32], scores: NDArray[np.float32], threshold: float, groups: NDArray[np.int64]
) -> list[int]:
    """Take the best that is left, and strike out what overlaps it, until nothing is left."""
    left, kept = list(range(len(boxes))), []
    while left:
        best = max(left, key=lambda index: (scores[index], -index))
        kept.append(best)
        left = [
            other
            for other in left
            if other != best and (groups[other] != groups[best] or iou(boxes[other], boxes[best]) <= threshold)
        ]
    return kept


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]), st.integers(1, 3), st.integers(0, 2**32 - 1))
@example(count=19, threshold=0.7, kinds=1, seed=3370)  # an overlap of exactly the threshold
def test_what_stays_is_what_the_obvious_way_keeps(count: int, threshold: float, kinds: int, seed: int) -> None:
    generator = np.random.default_rng(seed)
    corners = generator.integers(0, 12, (count, 2, 2))  # whole numbers: equal boxes, boxes without area, touching ones
    boxes = np.concatenate([corners.min(axis=1), corners.max(axis=1)], axis=1).astype(np.float32)
    scores = generator.integers(0, 6, count).astype(np.float32)
    groups = generator.integers(0, kinds, count)
    assert suppress(boxes, scores, threshold, groups=groups).tolist() == obvious(boxes, scores, threshold, groups)


def test_only_what_is_above_the_threshold_goes() -> None:
    boxes = np.array([[0, 0, 2, 1], [1, 0, 3, 1]], np.float32)  # a third in common
    scores = np.array([1, 2], np.float32)
    assert suppress(boxes, scores, 0.34).tolist() == [1, 0]
    assert suppress(boxes, scores, 0.33).tolist() == [1]


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"boxes are \(2, 4\) and scores \(3,\)"):
        suppress(np.zeros((2, 4), np.float32), np.zeros(3, np.float32), 0.5)
    with pytest.raises(ValueError, match=r"groups are \(1,\)"):
        suppress(np.zeros((2, 4), np.float32), np.zeros(2, np.float32), 0.5, groups=np.zeros(1, np.int64))

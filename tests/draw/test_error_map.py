from __future__ import annotations

import numpy as np
import pytest

from perpixel.classes import ClassTable
from perpixel.draw.error_map import error_map
from perpixel.results import LabelMap

AB = ClassTable.named(["a", "b"])
TRUTH = LabelMap(np.array([[0, 1, 255]], np.uint8), AB)
PREDICTION = LabelMap(np.array([[0, 0, 0]], np.uint8), AB)


@pytest.mark.parametrize(
    "image",
    [None, np.full((1, 3, 3), 90, np.uint8), np.full((1, 3, 1), 9000, np.uint16), np.zeros((1, 3, 4), np.uint8)],
)
def test_wrong_is_red_right_is_gray_and_ignored_is_blue(image: np.ndarray | None) -> None:  # type: ignore[type-arg]
    drawn = error_map(image, TRUTH, PREDICTION)
    assert (drawn.shape, drawn.dtype) == ((1, 3, 3), np.uint8)
    right, wrong, ignored = drawn[0].astype(int)
    assert len(set(right)) == 1
    assert wrong[0] > 2 * wrong[1]
    assert ignored[2] > ignored[0]


def test_sizes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="all must have one size"):
        error_map(np.zeros((2, 3, 3), np.uint8), TRUTH, PREDICTION)

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.kernels.boundary import boundary_matches


def slow_boundary(labels: NDArray[Any], truth: NDArray[Any], num_classes: int) -> list[tuple[int, int, int]]:
    """(row, column, class) of every boundary pixel."""
    height, width = labels.shape
    found = []
    for y in range(height):
        for x in range(width):
            around = [(y - 1, x), (y + 1, x), (y, x - 1), (y, x + 1)]
            judged = [(j, i) for j, i in around if 0 <= j < height and 0 <= i < width and truth[j, i] < num_classes]
            if truth[y, x] < num_classes and any(labels[j, i] != labels[y, x] for j, i in judged):
                found.append((y, x, int(labels[y, x])))
    return found


def slow(truth: NDArray[Any], prediction: NDArray[Any], num_classes: int, tolerance: float) -> NDArray[np.int64]:
    counts = np.zeros((num_classes, 4), np.int64)
    pair = slow_boundary(truth, truth, num_classes), slow_boundary(prediction, truth, num_classes)
    for column, (these, others) in enumerate([pair, pair[::-1]]):
        for y, x, label in these:
            counts[label, 2 * column] += 1
            counts[label, 2 * column + 1] += any(
                c == label and (y - j) ** 2 + (x - i) ** 2 <= tolerance**2 for j, i, c in others
            )
    return counts


def test_an_edge_moved_by_three_pixels_matches_from_three_pixels_on() -> None:
    truth, prediction = np.zeros((4, 12), np.uint8), np.zeros((4, 12), np.uint8)
    truth[:, 5:] = 1
    prediction[:, 8:] = 1
    assert boundary_matches(truth, prediction, 2, tolerance=2.9).tolist() == [[4, 0, 4, 0], [4, 0, 4, 0]]
    assert boundary_matches(truth, prediction, 2, tolerance=3.0).tolist() == [[4, 4, 4, 4], [4, 4, 4, 4]]


def test_distance_is_euclidean() -> None:
    truth, prediction = np.zeros((20, 20), np.uint8), np.zeros((20, 20), np.uint8)
    truth[5, 5] = prediction[8, 9] = 1
    assert boundary_matches(truth, prediction, 2, tolerance=4.9)[1].tolist() == [1, 0, 1, 0]
    assert boundary_matches(truth, prediction, 2, tolerance=5.0)[1].tolist() == [1, 1, 1, 1]


def test_edge_of_the_picture_is_no_boundary() -> None:
    labels = np.ones((5, 5), np.uint8)
    assert boundary_matches(labels, labels, 3, tolerance=1).sum() == 0


def test_edge_of_the_ignored_region_is_no_boundary() -> None:
    truth = np.zeros((6, 6), np.uint8)
    truth[2:4] = 255
    truth[4:] = 1
    prediction = np.where(truth == 1, 1, 0).astype(np.uint8)
    assert boundary_matches(truth, prediction, 2, tolerance=1).sum() == 0


@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(1, 14),
    width=st.integers(1, 14),
    num_classes=st.integers(1, 4),
    tolerance=st.sampled_from([0.0, 1.0, 1.5, 2.9, 4.5, 30.0]),
    dtype=st.sampled_from([np.uint8, np.uint16]),
)
@settings(deadline=None, max_examples=80)
def test_counts_equal_brute_force(
    seed: int, height: int, width: int, num_classes: int, tolerance: float, dtype: Any
) -> None:
    generator = np.random.default_rng(seed)
    coarse = generator.integers(0, num_classes, (2, height, width)).repeat(2, 1).repeat(2, 2)[:, :height, :width]
    truth, prediction = coarse.astype(dtype)
    truth[generator.random(truth.shape) < 0.1] = np.iinfo(dtype).max
    assert np.array_equal(
        boundary_matches(truth, prediction, num_classes, tolerance=tolerance),
        slow(truth, prediction, num_classes, tolerance),
    )


def test_maps_and_tolerances_that_do_not_fit_are_refused() -> None:
    labels = np.zeros((2, 3), np.uint8)
    with pytest.raises(ValueError, match="both must be the same"):
        boundary_matches(labels, labels.T, 2, tolerance=1)
    with pytest.raises(ValueError, match="must be 0 or more"):
        boundary_matches(labels, labels, 2, tolerance=float("nan"))

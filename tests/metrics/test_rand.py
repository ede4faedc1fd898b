"""Rand error: by hand, by all pairs, and against scikit-image 0.26."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from perpixel.metrics import RandCounts, rand_error

IDS = arrays.arrays(np.int32, (4, 5), elements=st.integers(0, 3))
ROW, COLUMN = np.mgrid[:30, :40]
CELLS = np.where((ROW % 10 == 9) | (COLUMN % 10 == 9), 0, (ROW // 10) * 4 + COLUMN // 10 + 1)
SHIFTED = (ROW // 8) * 5 + COLUMN // 9 + 1
GAPS = np.where((ROW + 2 * COLUMN) % 7 == 0, 0, SHIFTED)


def test_two_cells_merged_into_one_by_hand() -> None:
    # 3 and 2 pixels: 3 + 1 pairs are together. Merged: 10 pairs, 4 of them right; F = 2 * 4 / (4 + 10).
    truth = np.array([[1, 1, 1, 0, 2, 2]])
    counts = RandCounts.of(truth=truth, prediction=np.full((1, 6), 9))
    assert counts == RandCounts(together=4, true=4, predicted=10, pixels=5)
    assert (counts.precision, counts.recall) == (0.4, 1.0)
    assert counts.error == pytest.approx(1 - 8 / 14)


def test_a_cell_split_in_two_by_hand() -> None:
    # 4 pixels are 6 pairs; two halves are 2, both right: F = 2 * 2 / (6 + 2).
    counts = RandCounts.of(truth=np.ones((1, 4), np.uint8), prediction=np.array([[1, 1, 2, 2]]))
    assert (counts.precision, counts.recall, counts.error) == (1.0, pytest.approx(1 / 3), 0.5)


def test_pixels_outside_the_truths_cells_do_not_count_and_those_outside_the_predictions_are_alone() -> None:
    truth = np.array([[1, 1, 1, 0, 0]])
    assert rand_error(truth=truth, prediction=np.array([[5, 5, 5, 5, 1]])) == 0
    # One of three pixels is lost: 1 of 3 pairs is left, F = 2 * 1 / (3 + 1).
    assert rand_error(truth=truth, prediction=np.array([[5, 5, 0, 0, 0]])) == 0.5
    assert rand_error(truth=truth, prediction=np.zeros((1, 5), np.uint8)) == 1


def test_names_of_cells_do_not_matter() -> None:
    assert rand_error(truth=CELLS, prediction=np.where(CELLS > 0, 77 - CELLS, 0)) == 0
    assert rand_error(truth=CELLS.astype(np.uint64), prediction=CELLS.astype(np.uint8)) == 0


def test_where_there_is_nothing_to_tell_apart() -> None:
    assert np.isnan(rand_error(truth=np.zeros((2, 2), np.uint8), prediction=np.ones((2, 2), np.uint8)))
    assert rand_error(truth=np.array([[1, 2]]), prediction=np.array([[2, 1]])) == 0  # two cells of one pixel
    assert rand_error(truth=np.array([[1, 2]]), prediction=np.array([[1, 1]])) == 1


@settings(deadline=None)
@given(IDS, IDS)
def test_counts_are_those_of_looking_at_all_pairs(truth: NDArray[np.int32], prediction: NDArray[np.int32]) -> None:
    pixels = [(t, p) for t, p in zip(truth.flat, prediction.flat, strict=True) if t > 0]
    pairs = [(a[0] == b[0], a[1] == b[1] and a[1] > 0) for a, b in combinations(pixels, 2)]
    assert RandCounts.of(truth=truth, prediction=prediction) == RandCounts(
        together=sum(true and found for true, found in pairs),
        true=sum(true for true, _ in pairs),
        predicted=sum(found for _, found in pairs),
        pixels=len(pixels),
    )


@pytest.mark.parametrize(
    ("prediction", "expected"),
    [
        (SHIFTED, 0.446086379147944),
        (GAPS, 0.5470286743316248),
        (1 + (COLUMN >= 20), 0.7168141592920354),
        (COLUMN + 1, 0.8490566037735849),
    ],
)
def test_errors_are_scikit_images(prediction: NDArray[np.int64], expected: float) -> None:
    # There, pixels outside all cells of the prediction were given names of their own.
    assert rand_error(truth=CELLS, prediction=prediction) == pytest.approx(expected, abs=1e-12)


def test_maps_that_cannot_be_compared_are_refused() -> None:
    with pytest.raises(ValueError, match="both must be of one size"):
        rand_error(truth=np.ones((2, 3), np.uint8), prediction=np.ones((3, 2), np.uint8))
    with pytest.raises(ValueError, match="integers from 0 on"):
        rand_error(truth=np.ones((2, 2), np.uint8), prediction=np.full((2, 2), -1))

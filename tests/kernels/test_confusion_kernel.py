from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.kernels.confusion import confusion


def slow(truth: NDArray[Any], prediction: NDArray[Any], num_classes: int) -> NDArray[np.int64]:
    counts = np.zeros((num_classes, num_classes), np.int64)
    for true, predicted in zip(truth.ravel().tolist(), prediction.ravel().tolist(), strict=True):
        if true < num_classes:
            counts[true, predicted] += 1
    return counts


def test_rows_are_truth_and_columns_are_prediction() -> None:
    truth = np.array([[0, 0, 1, 1, 2, 2]], np.uint8)
    prediction = np.array([[0, 1, 1, 1, 2, 0]], np.uint8)
    assert confusion(truth, prediction, 3).tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 1]]


@given(
    seed=st.integers(0, 2**32 - 1),
    height=st.integers(0, 9),
    width=st.integers(0, 40),
    num_classes=st.sampled_from([1, 2, 11, 19, 254, 255]),
    dtype=st.sampled_from([np.uint8, np.uint16]),
)
@settings(deadline=None, max_examples=60)
def test_counts_equal_the_slow_reference(seed: int, height: int, width: int, num_classes: int, dtype: Any) -> None:
    generator = np.random.default_rng(seed)
    truth = generator.integers(0, num_classes, (height, width)).astype(dtype)
    truth[generator.random(truth.shape) < 0.2] = np.iinfo(dtype).max
    prediction = generator.integers(0, num_classes, (height, width)).astype(dtype)
    assert np.array_equal(confusion(truth, prediction, num_classes), slow(truth, prediction, num_classes))


def test_windows_that_are_neither_contiguous_nor_aligned_count_right() -> None:
    generator = np.random.default_rng(0)
    whole = generator.integers(0, 5, (41, 53)).astype(np.uint8)
    for truth, prediction in [
        (whole[1:20, 3:30], whole[2:21, 5:32]),
        (whole[:, ::-1], whole),
        (whole.T, whole.T[::-1]),
        (whole.ravel()[1:1601].reshape(40, 40), whole.ravel()[3:1603].reshape(40, 40)),
    ]:
        assert np.array_equal(confusion(truth, prediction, 5), slow(truth, prediction, 5))


def test_many_uint16_classes_count_right() -> None:
    generator = np.random.default_rng(0)
    truth, prediction = generator.integers(0, 700, (2, 50, 60)).astype(np.uint16)
    assert np.array_equal(confusion(truth, prediction, 700), slow(truth, prediction, 700))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_prediction_that_is_no_class_is_named_with_its_place(dtype: Any) -> None:
    truth, prediction = np.zeros((9, 11), dtype), np.zeros((9, 11), dtype)
    prediction[4, 7] = 3
    with pytest.raises(ValueError, match=r"prediction 3 at row 4, column 7, .* is not one of the 3 classes 0 to 2"):
        confusion(truth, prediction, 3)


def test_prediction_that_is_no_class_does_not_matter_where_the_truth_is_ignored() -> None:
    truth = np.array([[255, 200, 0]], np.uint8)
    prediction = np.array([[255, 7, 0]], np.uint8)
    assert confusion(truth, prediction, 2).tolist() == [[1, 0], [0, 0]]


@pytest.mark.parametrize(
    ("truth", "prediction", "num_classes"),
    [
        (np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8), 2),
        (np.zeros((2, 3), np.uint8), np.zeros((2, 3), np.uint16), 2),
        (np.zeros((2, 3), np.int64), np.zeros((2, 3), np.int64), 2),
        (np.zeros((2, 3), np.uint8), np.zeros((2, 3), np.uint8), 0),
        (np.zeros((2, 3), np.uint8), np.zeros((2, 3), np.uint8), 256),
        (np.zeros(6, np.uint8), np.zeros(6, np.uint8), 2),
    ],
)
def test_maps_that_do_not_fit_are_refused(truth: NDArray[Any], prediction: NDArray[Any], num_classes: int) -> None:
    with pytest.raises(ValueError, match=r"must be|holds"):
        confusion(truth, prediction, num_classes)

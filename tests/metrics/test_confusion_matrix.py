from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perpixel.classes import CAMVID, CITYSCAPES, ClassTable
from perpixel.metrics import ConfusionMatrix
from perpixel.results import LabelMap

ABC = ClassTable.named(["a", "b", "c"])


def labels(*rows: list[int], classes: ClassTable = ABC) -> LabelMap:
    return LabelMap(np.array(rows, classes.dtype), classes)


def matrix_of(truth: LabelMap, prediction: LabelMap) -> ConfusionMatrix:
    matrix = ConfusionMatrix(truth.classes)
    matrix.update(truth=truth, prediction=prediction)
    return matrix


def test_six_pixels_worked_by_hand() -> None:
    matrix = matrix_of(labels([0, 0, 1, 1, 2, 2]), labels([0, 1, 1, 1, 2, 0]))
    assert matrix.counts.tolist() == [[1, 1, 0], [0, 2, 0], [1, 0, 1]]
    assert matrix.iou == pytest.approx([1 / 3, 2 / 3, 1 / 2])
    assert matrix.dice == pytest.approx([1 / 2, 4 / 5, 2 / 3])
    assert matrix.accuracy == pytest.approx([1 / 2, 1, 1 / 2])
    assert matrix.pixel_accuracy == pytest.approx(2 / 3)
    assert matrix.mean_accuracy == pytest.approx(2 / 3)
    assert matrix.mean_iou == pytest.approx(0.5)
    assert matrix.frequency_weighted_iou == pytest.approx(0.5)


def test_ignored_pixels_count_nowhere() -> None:
    truth, prediction = labels([0, 255, 1, 255]), labels([0, 1, 1, 0])
    assert matrix_of(truth, prediction).counts.tolist() == [[1, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_absent_class_is_nan_and_left_out_of_means() -> None:
    matrix = matrix_of(labels([0, 0, 1, 1]), labels([0, 0, 1, 0]))
    assert np.isnan([matrix.iou[2], matrix.dice[2], matrix.accuracy[2]]).all()
    assert matrix.mean_iou == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert matrix.mean_dice == pytest.approx((4 / 5 + 2 / 3) / 2)
    assert matrix.mean_accuracy == pytest.approx(3 / 4)
    assert matrix.frequency_weighted_iou == pytest.approx((2 / 3 + 1 / 2) / 2)


def test_class_that_is_only_predicted_has_iou_zero_and_no_accuracy() -> None:
    matrix = matrix_of(labels([0, 0, 1, 1]), labels([0, 2, 1, 1]))
    assert matrix.iou.tolist() == [0.5, 1, 0]
    assert matrix.mean_iou == pytest.approx(0.5)
    assert math.isnan(matrix.accuracy[2])
    assert matrix.mean_accuracy == pytest.approx(0.75)
    assert matrix.frequency_weighted_iou == pytest.approx(0.75)


def test_nothing_judged_has_no_scores() -> None:
    matrix = matrix_of(labels([255, 255]), labels([0, 1]))
    assert np.isnan([matrix.mean_iou, matrix.pixel_accuracy, matrix.mean_dice, matrix.frequency_weighted_iou]).all()


def test_scores_are_of_the_data_set_not_the_mean_of_pictures() -> None:
    matrix = matrix_of(labels([0] * 8), labels([0] * 8))
    matrix.update(truth=labels([0, 1]), prediction=labels([1, 1]))
    assert matrix.iou[:2] == pytest.approx([8 / 9, 1 / 2])


@given(seed=st.integers(0, 2**32 - 1))
@settings(deadline=None, max_examples=20)
def test_merging_parts_equals_counting_the_whole(seed: int) -> None:
    generator = np.random.default_rng(seed)
    pairs = [[LabelMap(generator.integers(0, 11, (5, 7)).astype(np.uint8), CAMVID) for _ in range(2)] for _ in range(4)]
    whole, parts = ConfusionMatrix(CAMVID), [ConfusionMatrix(CAMVID), ConfusionMatrix(CAMVID)]
    for number, (truth, prediction) in enumerate(pairs):
        whole.update(truth=truth, prediction=prediction)
        parts[number % 2].update(truth=truth, prediction=prediction)
    parts[0].merge(parts[1])
    assert np.array_equal(whole.counts, parts[0].counts)
    dice = 2 * whole.iou / (1 + whole.iou)
    assert np.allclose(whole.dice, dice, equal_nan=True)
    assert whole.mean_iou <= whole.mean_dice


def test_what_does_not_fit_is_refused() -> None:
    matrix = ConfusionMatrix(ABC)
    with pytest.raises(ValueError, match=r"prediction is 1 x 3 \(height x width\), the truth is 1 x 2"):
        matrix.update(truth=labels([0, 1]), prediction=labels([0, 1, 1]))
    with pytest.raises(ValueError, match="classes of the prediction are"):
        matrix.update(truth=labels([0]), prediction=labels([0], classes=CAMVID))
    with pytest.raises(ValueError, match="prediction 255 at row 0, column 1, where the truth is judged"):
        matrix.update(truth=labels([0, 1]), prediction=labels([0, 255]))
    with pytest.raises(ValueError, match="different classes"):
        matrix.merge(ConfusionMatrix(CITYSCAPES))
    assert matrix.counts.sum() == 0

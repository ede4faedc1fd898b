from __future__ import annotations

import numpy as np
import pytest

from perpixel.classes import ClassTable
from perpixel.metrics import BoundaryCounts, boundary_f1
from perpixel.metrics.boundary import TOLERANCE
from perpixel.results import LabelMap

TWO = ClassTable.named(["ground", "thing", "nowhere"])


def halves(column: int, *, size: tuple[int, int] = (360, 480)) -> LabelMap:
    labels = np.zeros(size, np.uint8)
    labels[:, column:] = 1
    return LabelMap(labels, TWO)


def test_tolerance_is_four_and_a_half_pixels_at_480_x_360() -> None:
    assert float(np.hypot(360, 480)) * TOLERANCE == pytest.approx(4.5)
    assert boundary_f1(truth=halves(200), prediction=halves(204))[:2].tolist() == [1, 1]
    assert boundary_f1(truth=halves(200), prediction=halves(205))[:2].tolist() == [0, 0]


def test_class_without_a_boundary_in_the_truth_has_no_score() -> None:
    scores = boundary_f1(truth=halves(200), prediction=halves(200))
    assert np.isnan(scores).tolist() == [False, False, True]
    whole = LabelMap(np.zeros((30, 40), np.uint8), TWO)
    assert np.isnan(boundary_f1(truth=whole, prediction=halves(20, size=(30, 40)))).all()


def test_boundary_that_is_not_predicted_scores_zero() -> None:
    whole = LabelMap(np.zeros((360, 480), np.uint8), TWO)
    assert boundary_f1(truth=halves(200), prediction=whole)[:2].tolist() == [0, 0]


def test_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    truth, prediction = np.zeros((10, 40), np.uint8), np.zeros((10, 40), np.uint8)
    truth[:, 10] = 1  # a line of ten pixels
    prediction[:, 10] = 1  # found, and thirty pixels too many
    prediction[:, [20, 25, 30]] = 1
    counts = BoundaryCounts.of(truth=LabelMap(truth, TWO), prediction=LabelMap(prediction, TWO))
    assert [int(part[1]) for part in (counts.true, counts.found, counts.predicted, counts.right)] == [10, 10, 40, 10]
    assert counts.f1[1] == pytest.approx(2 * 1 * 0.25 / 1.25)


def test_prediction_inside_the_ignored_region_does_not_count() -> None:
    truth = halves(200)
    truth.labels[:, 300:] = 255
    prediction = halves(200)
    prediction.labels[:, 320:400] = 0
    assert boundary_f1(truth=truth, prediction=prediction)[:2].tolist() == [1, 1]

from __future__ import annotations

import doctest
from types import ModuleType

import cv2
import numpy as np
import pytest
from scipy.interpolate import CubicSpline
from scipy.optimize import linear_sum_assignment

from perpixel.metrics import assignment, lanes_culane, lanes_tusimple
from perpixel.metrics.assignment import best_pairs
from perpixel.metrics.lane_spline import spline_points
from perpixel.metrics.lanes_culane import CULaneScore, stroke_iou

UPRIGHT = np.array([[800.0, 590], [800, 300]])


def aside(pixels: float) -> np.ndarray:
    """The upright lane, so far to the right."""
    return np.add(UPRIGHT, (pixels, 0))


@pytest.mark.parametrize(
    ("shift", "iou"), [(0, 1), (5, 0.72), (9, 0.546), (10, 0.508), (11, 0.472), (15, 0.344), (20, 0.212)]
)
def test_the_known_overlaps_of_an_upright_lane(shift: int, iou: float) -> None:
    assert stroke_iou([UPRIGHT], [aside(shift)]).item() == pytest.approx(iou, abs=5e-4)


def test_the_curve_is_a_natural_spline_over_the_distance_of_the_points() -> None:
    points = np.cumsum(np.random.default_rng(0).normal(0, 40, (7, 2)), axis=0)
    way = np.append(0, np.cumsum(np.hypot(*np.diff(points, axis=0).T)))
    places = np.append(np.linspace(way[:-1], way[1:], 50, endpoint=False).T.ravel(), way[-1])
    expected = CubicSpline(way, points, bc_type="natural")(places)
    np.testing.assert_allclose(spline_points(points), expected, atol=1e-9)


def test_two_points_stay_two_and_repeated_ones_are_dropped() -> None:
    np.testing.assert_array_equal(spline_points(UPRIGHT), UPRIGHT)
    np.testing.assert_array_equal(spline_points(np.repeat(UPRIGHT, 3, axis=0)), UPRIGHT)
    assert len(spline_points(np.array([[0.0, 0], [1, 1], [1, 1], [3, 1]]))) == 101


def test_a_stroke_is_what_single_lines_of_the_curve_draw() -> None:
    """As the tool does it: a line 30 wide from each point to the next, both rounded."""
    points = np.array([[200.0, 590.4], [420.5, 470], [500, 380.2], [530, 300]])
    drawn = np.zeros((590, 1640), np.uint8)
    curve = np.rint(spline_points(points).astype(np.float32)).astype(int)
    for (x0, y0), (x1, y1) in zip(curve[:-1].tolist(), curve[1:].tolist(), strict=True):
        cv2.line(drawn, (x0, y0), (x1, y1), 1, 30)
    other = np.zeros_like(drawn)
    cv2.line(other, (400, 590), (400, 300), 1, 30)
    expected = (drawn & other).sum() / (drawn | other).sum()
    assert 0 < expected < 1
    assert stroke_iou([points], [np.array([[400.0, 590], [400, 300]])]).item() == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_pairs_have_the_greatest_sum(seed: int) -> None:
    generator = np.random.default_rng(seed)
    for _ in range(40):
        worth = generator.random(generator.integers(0, 7, 2)).round(int(generator.integers(1, 4)))
        rows, columns = best_pairs(worth)
        assert len({*columns.tolist()}) == len(rows) == min(worth.shape)
        assert worth[rows, columns].sum() == pytest.approx(worth[linear_sum_assignment(worth, maximize=True)].sum())


def test_lanes_pair_for_the_greatest_sum_not_each_with_its_nearest() -> None:
    truth = [UPRIGHT, aside(12)]
    prediction = [aside(9), aside(-9)]  # the first is nearest to both
    score = CULaneScore()
    score.update(truth=truth, prediction=prediction, name="a")
    assert (score.compute()["tp"], score.compute()["fn"]) == (2, 0)


def test_what_has_no_lanes_on_one_side_counts_on_the_other() -> None:
    score = CULaneScore()
    score.update(truth=[], prediction=[UPRIGHT], name="cross: all are wrong")
    score.update(truth=[UPRIGHT, aside(99)], prediction=[], name="none found")
    score.update(truth=[UPRIGHT], prediction=[UPRIGHT[:1]], name="a point is no lane, and counts")
    score.update(truth=[], prediction=[], name="nothing")
    scores = score.compute()
    assert (scores["tp"], scores["fp"], scores["fn"], scores["f1"]) == (0, 2, 3, 0)
    assert [row["f1"] for row in score.rows()] == [0, 0, 0, None]
    assert CULaneScore().compute()["f1"] is None


def test_f1_is_of_the_sums_and_loose_is_over_three_tenths() -> None:
    one, other = CULaneScore(), CULaneScore()
    one.update(truth=[UPRIGHT], prediction=[UPRIGHT], name="a")
    other.update(truth=[UPRIGHT, aside(200)], prediction=[aside(15)], name="b")
    one.merge(other)
    scores = one.compute()
    assert (scores["task"], scores["images"], scores["f1"], scores["loose"]["f1"]) == ("lanes", 2, 2 / 5, 4 / 5)
    assert (scores["precision"], scores["recall"]) == (1 / 2, 1 / 3)
    with pytest.raises(ValueError, match="already counted"):
        one.merge(other)
    with pytest.raises(ValueError, match="cannot be added"):
        one.merge(CULaneScore((720, 1280)))


@pytest.mark.parametrize("module", [assignment, lanes_culane, lanes_tusimple])
def test_examples_in_docstrings_run(module: ModuleType) -> None:
    found = doctest.testmod(module)
    assert (found.attempted > 0, found.failed) == (True, 0)

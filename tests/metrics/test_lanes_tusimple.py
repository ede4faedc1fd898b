from __future__ import annotations

import numpy as np
import pytest

from perpixel.errors import DataError
from perpixel.metrics.lanes_tusimple import FAILED, LATER, LaneNumbers, TuSimpleScore, judge
from perpixel.results.lane_rows import LaneRows, fixed_rows

ROWS = np.arange(240.0, 720, 10)


def upright(x: float, *, right: int = 48) -> np.ndarray:
    """A lane at x in `right` of the 48 rows, and far away in the others."""
    return np.where(np.arange(48) < right, x, x + 300)


def lanes(*each: np.ndarray, milliseconds: float = 0) -> LaneRows:
    return LaneRows(ROWS, tuple(each), milliseconds)


TWO = lanes(upright(400), upright(800))
FIVE = lanes(*(upright(x) for x in (200, 400, 600, 800, 1000)))


@pytest.mark.parametrize(
    ("truth", "prediction", "expected"),
    [
        (TWO, TWO, (1, 0, 0)),
        (TWO, lanes(upright(419), upright(800)), (1, 0, 0)),
        (TWO, lanes(upright(420), upright(800)), (0.5, 0.5, 0.5)),
        (TWO, lanes(upright(400)), (0.5, 0, 0.5)),
        (TWO, lanes(upright(400), upright(800), upright(600)), (1, 1 / 3, 0)),
        (TWO, lanes(upright(400), upright(800, right=40)), ((1 + 40 / 48) / 2, 0.5, 0.5)),
        (TWO, lanes(upright(400), upright(800, right=41)), ((1 + 41 / 48) / 2, 0, 0)),
        (FIVE, lanes(*FIVE.lanes[:4]), (1, 0, 0)),
        (FIVE, lanes(*FIVE.lanes[:3]), (0.75, 0, 0.2)),
        (lanes(upright(400)), lanes(upright(400), upright(400)), (1, 0.5, 0)),
    ],
    ids=["exact", "off-19", "off-20", "missing", "extra", "40-rows", "41-rows", "5-and-4", "5-and-3", "twice"],
)
def test_the_known_answers(truth: LaneRows, prediction: LaneRows, expected: tuple[float, ...]) -> None:
    found = judge(truth, prediction)
    assert (found.accuracy, found.fp, found.fn) == pytest.approx(expected)


def test_of_a_lane_at_45_degrees_28_pixels_are_near_and_29_are_not() -> None:
    slanted = ROWS + 100
    assert judge(lanes(slanted), lanes(slanted + 28)).accuracy == 1
    assert judge(lanes(slanted), lanes(slanted + 29)).accuracy == 0


def test_where_both_are_nowhere_the_row_is_right() -> None:
    half = np.where(ROWS < 480, -2, 500.0)
    assert judge(lanes(half), lanes(np.where(ROWS < 480, -7, 500.0))).accuracy == 1
    assert judge(lanes(half), lanes(upright(500))).accuracy == 0.5


def test_a_prediction_may_find_two_lanes() -> None:
    near = lanes(upright(400), upright(430))
    assert judge(near, lanes(upright(415))) == LaneNumbers(1.0, -1.0, 0.0)


def test_slow_and_misshapen_predictions_fail_as_a_whole() -> None:
    assert judge(TWO, lanes(*TWO.lanes, milliseconds=200)).accuracy == 1
    assert judge(TWO, lanes(*TWO.lanes, milliseconds=201)) == FAILED
    assert judge(TWO, lanes(*TWO.lanes, ROWS[:47])) == FAILED


def test_the_later_rules_divide_by_four_and_fail_three_lanes_too_many() -> None:
    assert judge(FIVE, lanes(*FIVE.lanes[:3]), LATER).fn == 0.25
    assert judge(TWO, FIVE, LATER) == FAILED
    assert judge(TWO, lanes(*FIVE.lanes[:4]), LATER).fp == 0.5
    assert judge(TWO, FIVE).fp == 0.6


def test_a_road_without_lanes_has_no_accuracy_to_win() -> None:
    empty = lanes()
    assert vars(judge(empty, empty)) == {"accuracy": 0, "fp": 0, "fn": 0}
    assert vars(judge(empty, TWO)) == {"accuracy": 0, "fp": 1, "fn": 0}
    assert vars(judge(TWO, empty)) == {"accuracy": 0, "fp": 0, "fn": 1}


def test_scores_are_means_over_pictures_in_any_order() -> None:
    one, other = TuSimpleScore(), TuSimpleScore()
    assert one.compute()["accuracy"] is None
    one.update(truth=TWO, prediction=TWO, name="a")
    other.update(truth=TWO, prediction=lanes(upright(400)), name="b")
    one.merge(other)
    scores = one.compute()
    assert list(scores)[:2] == ["task", "images"]
    assert (scores["images"], scores["accuracy"], scores["fp"], scores["fn"]) == (2, 0.75, 0, 0.25)
    assert scores["later_rules"] == {"accuracy": 0.75, "fp": 0, "fn": 0.25}
    assert [row["predictions"] for row in one.rows()] == [2, 1]
    with pytest.raises(ValueError, match="already counted"):
        one.merge(other)


def test_a_true_lane_of_another_length_is_refused() -> None:
    with pytest.raises(DataError, match="47 places, and there are 48 rows"):
        TuSimpleScore().update(truth=lanes(ROWS[1:]), prediction=TWO, name="a")


def test_lines_are_taken_at_rows_where_they_are_in_the_picture() -> None:
    line = np.array([[-50.0, 700], [150, 500], [150, 300]])
    aside = np.array([[10.0, 700], [10, 695]])
    found = LaneRows.of_lines([line, aside], np.array([200.0, 300, 450, 600, 660, 700]), (720, 1280))
    assert [lane.tolist() for lane in found.lanes] == [[-2, 150, 150, 50, -2, -2], [-2, -2, -2, -2, -2, 10]]
    assert found.lines()[0].tolist() == [[50, 600], [150, 450], [150, 300]]


def test_the_fixed_rows_are_tusimples_48() -> None:
    np.testing.assert_array_equal(fixed_rows(720), ROWS)
    assert (len(fixed_rows(360)), fixed_rows(360)[0], fixed_rows(360)[-1]) == (48, 120, 355)

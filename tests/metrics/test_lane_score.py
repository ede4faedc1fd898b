"""Lanes of data sets judged: by TuSimple's rules where there are lines, by rows where there is a map."""

import numpy as np
import pytest

from perpixel.metrics.lanes import LaneScore, count_rows
from perpixel.results.lanes import ALIKE, Lanes

SIZE = (720, 1280)


def upright(*columns: float, size: tuple[int, int] = SIZE) -> Lanes:
    rows = np.arange(0.0, size[0])
    return Lanes.of_lines([np.stack([np.full(len(rows), x), rows], axis=1) for x in columns], size)


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        ((400, 800), (1, 0, 0)),
        ((419, 800), (1, 0, 0)),
        ((420, 800), (0.5, 0.5, 0.5)),
        ((400,), (0.5, 0, 0.5)),
        ((400, 800, 100), (1, 1 / 3, 0)),
        ((), (0, 0, 1)),
    ],
)
def test_lines_are_judged_by_tusimples_rules(columns: tuple[float, ...], expected: tuple[float, ...]) -> None:
    """The known answers of its 48 rows with true lanes at 400 and 800."""
    score = LaneScore()
    score.update(truth=upright(400, 800), prediction=upright(*columns), name="a")
    scores = score.compute()
    assert (scores["accuracy"], scores["fp"], scores["fn"]) == pytest.approx(expected)
    assert scores["painted_rows"]["images"] == 0


def test_twenty_pixels_are_of_pictures_1280_wide() -> None:
    half = (360, 640)
    for away, found in ((9, 1.0), (10, 0.0)):
        score = LaneScore()
        score.update(truth=upright(200, size=half), prediction=upright(200 + away, size=half), name="a")
        assert score.compute()["accuracy"] == found


def test_rows_of_a_map_by_hand() -> None:
    """Two stripes in every other block of 40 rows; one is found, and a line beside is wrong where paint is."""
    ids = np.zeros(SIZE, np.uint8)
    for start in range(0, 720, 80):
        ids[start : start + 40, 396:405] = ALIKE
        ids[start : start + 40, 796:805] = ALIKE
    counts = count_rows(ids, upright(405, 600))
    painted = 720 // 4 // 2
    assert (counts.right, counts.found, counts.hit, counts.there) == (painted, 2 * painted, painted, 2 * painted)
    assert counts.quality == 0.5


def test_maps_and_lines_stand_beside_each_other_and_merge() -> None:
    ids = np.zeros(SIZE, np.uint8)
    ids[:, 400:405] = ALIKE
    of_map = Lanes(ids, (), np.zeros(0, np.float32), told=False)
    first, second = LaneScore(), LaneScore()
    first.update(truth=upright(400), prediction=upright(400), name="lines")
    second.update(truth=of_map, prediction=upright(402), name="map")
    first.merge(second)
    scores = first.compute()
    assert (scores["images"], scores["accuracy"], scores["painted_rows"]["f1"]) == (2, 1.0, 1.0)
    assert [row["name"] for row in first.rows()] == ["lines", "map"]
    with pytest.raises(ValueError, match="already counted"):
        first.merge(second)
    with pytest.raises(ValueError, match="the prediction"):
        first.update(truth=of_map, prediction=upright(10, size=(9, 9)), name="other")


def test_an_empty_picture_has_no_f1_of_rows() -> None:
    nothing = Lanes(np.zeros((20, 20), np.uint8), (), np.zeros(0, np.float32), told=False)
    score = LaneScore()
    score.update(truth=nothing, prediction=upright(size=(20, 20)), name="a")
    assert np.isnan(score.pictures["a"].quality)
    assert score.compute()["painted_rows"]["f1"] is None

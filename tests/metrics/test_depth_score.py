"""The measures of depth, by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest

from perpixel.errors import DataError
from perpixel.metrics import DepthScore, depth_measures
from perpixel.results import Depth

TRUE, FOUND = (1, 2, 4, 8), (1.1, 1.8, 4, 10)


def depth(*metres: float, missing: tuple[int, ...] = ()) -> Depth:
    valid = np.ones((1, len(metres)), np.bool_)
    valid[0, list(missing)] = False
    return Depth(np.array([metres], np.float32), valid)


def test_the_measures_are_those_worked_out_by_hand() -> None:
    found = depth_measures(np.array(TRUE), np.array(FOUND))
    expected = {
        "abs_rel": 0.1125,
        "sq_rel": 0.1325,
        "rmse": 1.00623,
        "rmse_log": 0.132267,
        "silog": 12.1064,
        "log10": 0.046015,
        "a1": 0.75,  # 10 / 8 is 1.25, which is not below it
        "a2": 1.0,
        "a3": 1.0,
    }
    assert found == pytest.approx(expected, rel=1e-5)


def test_scores_are_of_all_judged_pixels_together() -> None:
    score, halves = DepthScore(), DepthScore()
    score.update(truth=depth(*TRUE), prediction=depth(*FOUND), name="all")
    halves.update(truth=depth(1, 2, 7, missing=(2,)), prediction=depth(1.1, 1.8, 1), name="one")
    other = DepthScore()
    other.update(truth=depth(4, 8), prediction=depth(4, 10), name="two")
    halves.merge(other)
    whole, parts = score.compute(), halves.compute()
    assert whole["pixels"] == parts["pixels"] == 4
    for name in ("abs_rel", "rmse", "silog", "a1"):
        assert parts[name] == pytest.approx(whole[name], rel=1e-5)
    assert parts["image_mean_a1"] == pytest.approx((1 + 0.5) / 2)
    assert [row["name"] for row in halves.rows()] == ["one", "two"]
    json.dumps(parts, allow_nan=False)


def test_the_constant_is_the_median_of_what_is_judged() -> None:
    score = DepthScore()
    score.update(truth=depth(1, 2, 2, 4, 90, missing=(4,)), prediction=depth(1, 2, 2, 4, 1), name="all")
    constant = score.compute()["constant"]
    assert constant["metres"] == 2
    assert constant["abs_rel"] == pytest.approx((1 + 0 + 0 + 0.5) / 4)
    assert constant["a1"] == 0.5
    assert constant["rmse"] == pytest.approx(np.sqrt((1 + 4) / 4))


def test_nothing_to_judge_has_no_score_and_holes_in_an_answer_are_an_error() -> None:
    score = DepthScore()
    assert score.compute()["abs_rel"] is None
    assert score.compute()["constant"]["a1"] is None
    with pytest.raises(DataError, match="every pixel needs one"):
        score.update(truth=depth(1, 2), prediction=depth(1, 2, missing=(1,)), name="hole")
    with pytest.raises(DataError, match=r"the prediction \(1, 3\)"):
        score.update(truth=depth(1, 2), prediction=depth(1, 2, 3), name="size")

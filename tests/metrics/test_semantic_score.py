from __future__ import annotations

import json
import pickle

import numpy as np
import pytest

from perpixel.classes import CAMVID, ClassTable
from perpixel.errors import DataError
from perpixel.metrics import Score, SemanticScore
from perpixel.results import LabelMap

ABC = ClassTable.named(["a", "b", "c"])


def labels(rows: list[list[int]], classes: ClassTable = ABC) -> LabelMap:
    return LabelMap(np.array(rows, classes.dtype), classes)


def two_pictures(*, boundary: bool = True) -> SemanticScore:
    score = SemanticScore(ABC, boundary=boundary)
    score.update(truth=labels([[0, 0, 1, 1, 2, 2]]), prediction=labels([[0, 1, 1, 1, 2, 0]]), name="street/one")
    score.update(truth=labels([[0, 0], [255, 255]]), prediction=labels([[0, 0], [1, 2]]), name="street/two")
    return score


def test_semantic_score_is_a_score() -> None:
    score: Score[LabelMap] = SemanticScore(ABC)
    assert score.compute()["images"] == 0


def test_computed_scores_worked_by_hand() -> None:
    found = two_pictures().compute()
    assert list(found)[:2] == ["task", "images"]
    assert (found["task"], found["images"]) == ("semantic", 2)
    assert found["mean_iou"] == pytest.approx((3 / 5 + 2 / 3 + 1 / 2) / 3)
    assert found["pixel_accuracy"] == pytest.approx(6 / 8)
    assert found["image_mean_iou"] == pytest.approx((1 / 2 + 1) / 2)
    assert found["per_class"]["a"]["iou"] == pytest.approx(3 / 5)
    assert found["per_class"]["a"]["pixels"] == 4


def test_boundary_f1_is_the_mean_over_pictures_that_have_a_boundary() -> None:
    score = two_pictures()  # tolerance far below a pixel: a boundary pixel is right where both maps have it
    counts = score.pictures["street/one"].boundary
    assert counts is not None
    assert counts.true.tolist() == [1, 2, 1]
    assert counts.predicted.tolist() == [2, 2, 1]
    assert counts.right.tolist() == [0, 1, 1]
    found = score.compute()
    assert found["per_class"]["b"]["boundary_f1"] == pytest.approx(1 / 2)
    assert found["boundary_f1"] == pytest.approx((0 + 1 / 2 + 1) / 3)


def test_without_boundaries_their_score_is_none() -> None:
    found = two_pictures(boundary=False).compute()
    assert found["boundary_f1"] is None
    assert found["per_class"]["a"]["boundary_f1"] is None


def test_scores_are_strict_json_even_where_nothing_is_known() -> None:
    score = SemanticScore(ABC)
    assert json.loads(json.dumps(score.compute(), allow_nan=False))["mean_iou"] is None
    score.update(truth=labels([[255]]), prediction=labels([[1]]), name="nothing judged")
    assert json.loads(json.dumps(score.compute(), allow_nan=False))["per_class"]["a"]["iou"] is None
    assert json.loads(json.dumps(score.rows(), allow_nan=False))[0]["mean_iou"] is None


def test_rows_keep_the_counts_from_which_the_scores_follow() -> None:
    score = two_pictures()
    rows = score.rows()
    assert [row["name"] for row in rows] == ["street/one", "street/two"]
    assert (rows[0]["pixels"], rows[0]["wrong"]) == (6, 2)
    for number, name in enumerate(ABC.names):
        hits, true, predicted = (sum(row[f"{name} {kind}"] for row in rows) for kind in ("hits", "true", "predicted"))
        assert hits / (true + predicted - hits) == pytest.approx(score.matrix.iou[number])


def test_merged_scores_equal_one_score_over_all() -> None:
    generator = np.random.default_rng(0)
    pictures = [[generator.integers(0, 11, (30, 40)).tolist() for _ in range(2)] for _ in range(6)]
    whole, parts = SemanticScore(CAMVID), [SemanticScore(CAMVID), SemanticScore(CAMVID)]
    for number, (truth, prediction) in enumerate(pictures):
        for score in (whole, parts[number // 3]):
            score.update(truth=labels(truth, CAMVID), prediction=labels(prediction, CAMVID), name=str(number))
    sent = pickle.loads(pickle.dumps(parts[1]))  # as it comes from another process
    parts[0].merge(sent)
    assert parts[0].compute() == whole.compute()
    assert parts[0].rows() == whole.rows()


def test_picture_counted_twice_is_refused() -> None:
    score = two_pictures()
    with pytest.raises(ValueError, match="street/one: a picture of this name was already counted"):
        score.update(truth=labels([[0]]), prediction=labels([[0]]), name="street/one")
    with pytest.raises(ValueError, match="street/one: counted in both scores"):
        score.merge(two_pictures())
    with pytest.raises(ValueError, match="one score has boundary F1"):
        score.merge(SemanticScore(ABC, boundary=False))


def test_picture_that_does_not_fit_is_named_and_leaves_no_trace() -> None:
    score = SemanticScore(ABC)
    with pytest.raises(DataError, match=r"street/one: the prediction is 1 x 1 .* the truth is 1 x 2"):
        score.update(truth=labels([[0, 1]]), prediction=labels([[0]]), name="street/one")
    with pytest.raises(DataError, match="street/one: prediction 7 at row 0, column 1"):
        score.update(truth=labels([[0, 1]]), prediction=labels([[0, 7]]), name="street/one")
    assert score.compute()["images"] == 0

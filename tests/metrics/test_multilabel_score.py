"""Scores of overlapping classes, by hand."""

from __future__ import annotations

import json

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.errors import DataError
from perpixel.metrics import MultilabelScore
from perpixel.results import Layers

CLASSES = ClassTable.named(("a", "b"))


def layers(a: list[int], b: list[int], judged: NDArray[np.bool_] | None = None) -> Layers:
    return Layers(np.array([[a], [b]], np.bool_), CLASSES, judged)


def scored(*pairs: tuple[Layers, Layers]) -> MultilabelScore:
    score = MultilabelScore(CLASSES)
    for number, (truth, prediction) in enumerate(pairs):
        score.update(truth=truth, prediction=prediction, name=str(number))
    return score


def test_every_class_is_counted_by_itself_over_the_data_set() -> None:
    score = scored(
        (layers([1, 1, 0, 0], [0, 1, 1, 0]), layers([1, 0, 0, 0], [0, 1, 1, 1])),
        (layers([1, 0, 0, 0], [0, 0, 0, 0]), layers([1, 1, 0, 0], [0, 0, 0, 0])),
    )
    found = score.compute()
    assert found["per_class"]["a"]["iou"] == pytest.approx(2 / 4)  # hits 1 + 1 of a union of 2 + 2
    assert found["per_class"]["b"]["iou"] == pytest.approx(2 / 3)
    assert found["mean_iou"] == pytest.approx((1 / 2 + 2 / 3) / 2)
    assert found["pixel_accuracy"] == pytest.approx(1 - 3 / 16)
    assert found["per_class"]["a"]["accuracy"] == pytest.approx(2 / 3)
    # Dice of each picture and class: 2/3, 4/5; 2/3 and 1, since b is empty in both
    assert found["image_mean_dice"] == pytest.approx((2 / 3 + 4 / 5 + 2 / 3 + 1) / 4)
    assert found["filled_mean_dice"] == pytest.approx((2 / 3 + 4 / 5 + 2 / 3) / 3)
    json.dumps(found, allow_nan=False)


def test_one_false_pixel_on_an_empty_mask_scores_zero() -> None:
    found = scored((layers([0, 0], [0, 0]), layers([0, 1], [0, 0]))).compute()
    assert found["image_mean_dice"] == pytest.approx((0 + 1) / 2)
    assert found["per_class"]["b"]["iou"] is None


def test_what_is_not_judged_counts_nowhere() -> None:
    judged = np.array([[True, False, True]])
    found = scored((layers([1, 1, 0], [0, 0, 0], judged), layers([1, 0, 0], [0, 1, 0]))).compute()
    assert found["per_class"]["a"]["iou"] == 1
    assert found["per_class"]["b"]["iou"] is None
    assert found["pixel_accuracy"] == 1


def test_merging_is_as_if_one_had_counted_all() -> None:
    rng = np.random.default_rng(0)
    pairs = [tuple(Layers(rng.random((2, 5, 6)) < 0.4, CLASSES) for _ in range(2)) for _ in range(4)]
    whole, first, second = scored(*pairs), MultilabelScore(CLASSES), MultilabelScore(CLASSES)  # type: ignore[arg-type]
    for number, (truth, prediction) in enumerate(pairs):
        (first if number < 2 else second).update(truth=truth, prediction=prediction, name=str(number))
    first.merge(second)
    assert first.compute() == whole.compute()
    assert first.rows() == whole.rows()
    with pytest.raises(ValueError, match="counted in both"):
        first.merge(second)


def test_what_does_not_fit_is_named() -> None:
    score = MultilabelScore(CLASSES)
    with pytest.raises(DataError, match=r"x: the truth is \(1, 2\), the prediction \(1, 3\)"):
        score.update(truth=layers([0, 1], [0, 1]), prediction=layers([0, 1, 0], [0, 1, 0]), name="x")
    other = Layers(np.zeros((1, 1, 2), np.bool_), ClassTable.named(("c",)))
    with pytest.raises(DataError, match="the prediction has classes"):
        score.update(truth=layers([0, 1], [0, 1]), prediction=other, name="x")

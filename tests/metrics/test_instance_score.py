"""The score of things told apart: what it counts, what it leaves out, and the same from maps and from run lengths."""

from __future__ import annotations

import doctest
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.errors import DataError
from perpixel.masks.runs import encode_mask, labels_to_runs
from perpixel.metrics import instances
from perpixel.metrics.instances import InstanceScore
from perpixel.metrics.thing_matching import Listed
from perpixel.results import Instances

CLASSES = ClassTable.named(("cow", "hen"))


def things(
    ids: list[int] | NDArray[np.int32],
    labels: list[int],
    scores: list[float] | None = None,
    crowd: list[bool] | None = None,
) -> Instances:
    return Instances(
        np.atleast_2d(np.array(ids, np.int32)),
        np.array(labels, np.intp),
        CLASSES,
        np.ones(len(labels), np.float32) if scores is None else np.array(scores, np.float32),
        None if crowd is None else np.array(crowd, np.bool_),
    )


def scored(*pairs: tuple[Instances, Instances], **options: float) -> InstanceScore:
    score = InstanceScore(CLASSES, **options)  # type: ignore[arg-type]
    for number, (truth, prediction) in enumerate(pairs):
        score.update(truth=truth, prediction=prediction, name=str(number))
    return score


def listed(answer: Instances) -> Listed:
    masks = [encode_mask(answer.mask(number)) for number in range(len(answer))]
    return Listed.of(answer.labels, masks=masks, scores=answer.scores, crowd=answer.crowd)


def random_things(rng: np.random.Generator, *, truth: Instances | None = None) -> Instances:
    """Rectangles over rectangles; with a truth, that one moved a little."""
    ids = np.zeros((60, 70), np.int32)
    if truth is not None:
        ids = np.roll(truth.ids, rng.integers(-2, 3, 2), (0, 1))
        keep = rng.random(len(truth)) < 0.8
        labels = np.where(rng.random(len(truth)) < 0.9, truth.labels, rng.integers(0, 2, len(truth)))
        scores = rng.integers(0, 9, len(truth)) / 8
        return Instances(ids, labels.astype(np.intp), CLASSES, scores.astype(np.float32))[keep]
    for number in range(1, 8):
        (y, x), (b, a) = rng.integers(0, 50, 2), rng.integers(2, 25, 2)
        ids[y : y + b, x : x + a] = number
    return things(ids, rng.integers(0, 2, 7).tolist(), crowd=(rng.random(7) < 0.2).tolist())


def test_the_example_in_the_docstring_runs() -> None:
    found = doctest.testmod(instances)
    assert found.attempted > found.failed == 0


def test_scores_by_hand() -> None:
    truth = things([1, 1, 1, 1, 0, 2, 2, 2], [0, 1])
    prediction = things([1, 1, 1, 0, 0, 2, 2, 2], [0, 0], [0.9, 0.8])  # the hen is taken for a cow
    score = scored((truth, prediction))
    found = score.compute()
    assert (found["task"], found["images"], found["max_detections"]) == ("instance", 1, 100)
    assert found["per_class"]["cow"]["mask_ap"] == pytest.approx(6 / 10)  # IoU 3/4: at .5, .55, ... .75
    assert found["per_class"]["hen"]["mask_ap"] == 0
    assert found["mask_ap"] == found["mask_ap_small"] == pytest.approx(3 / 10)
    assert (found["mask_ap50"], found["mask_ap75"]) == pytest.approx((0.5, 0.5))
    assert found["mask_ap_large"] is None
    assert found["bowl"] == pytest.approx(5 / 10 * 1 / 3)  # one hit below .75, one false, one missed
    assert found["aji"] == pytest.approx(6 / 7)
    assert found["dice"] == pytest.approx(2 * 6 / 13)
    assert score.rows() == [
        {
            **{"name": "0", "truths": 2, "predictions": 2, "hits": 1},
            **{"quality": found["bowl"], "aji": found["aji"], "dice": found["dice"]},
            **{"cow truths": 1, "cow predictions": 2, "cow hits": 1},
            **{"hen truths": 1, "hen predictions": 0, "hen hits": 0},
        }
    ]
    assert score.pictures["0"].quality == found["bowl"]


def test_a_perfect_answer_scores_one_everywhere() -> None:
    truth = things(np.kron(np.arange(9).reshape(3, 3), np.ones((4, 4))).astype(np.int32), [0, 1] * 4)
    found = scored((truth, truth)).compute()
    for name in ("mask_ap", "mask_ap50", "mask_ap75", "mask_ar", "box_ap", "bowl", "aji", "dice"):
        assert found[name] == pytest.approx(1), name


def test_boxes_are_judged_by_themselves() -> None:
    corner = things(np.array([[1, 1, 1], [1, 0, 0], [1, 0, 0]], np.int32), [0])
    found = scored((corner, things(np.ones((3, 3), np.int32), [0]))).compute()
    assert found["box_ap"] == pytest.approx(1)
    assert found["mask_ap"] == pytest.approx(2 / 10)  # 5/9


def test_pictures_without_things() -> None:
    nothing, one = things([0, 0, 0], []), things([0, 1, 1], [0])
    assert scored((nothing, nothing)).compute()["mask_ap"] is None
    assert scored((nothing, nothing)).compute()["bowl"] == 1
    found = scored((nothing, nothing), (nothing, one), (one, nothing), (one, one)).compute()
    assert found["bowl"] == pytest.approx((1 + 0 + 0 + 1) / 4)
    assert found["aji"] == found["dice"] == pytest.approx(1 / 3)
    # the false one comes before the hit, since their scores are equal: precision 1/2 up to the recall 1/2
    assert found["mask_ap"] == pytest.approx(51 / 101 / 2)
    json.dumps(found, allow_nan=False)


def test_nothing_counted_yet_is_no_score() -> None:
    found = InstanceScore(CLASSES).compute()
    assert found["images"] == 0
    assert all(found[name] is None for name in ("mask_ap", "box_ap", "bowl", "aji", "dice"))
    json.dumps(found, allow_nan=False)


def test_ids_without_a_pixel_are_no_things() -> None:
    truth, prediction = things([0, 2, 2, 4], [1, 0, 1, 1]), things([0, 3, 3, 0], [1, 1, 0])
    score = scored((truth, prediction))
    assert score.compute() == scored((truth[[1, 3]], prediction[[2]])).compute()
    assert score.rows()[0]["truths"] == 2
    assert score.rows()[0]["predictions"] == 1


def test_crowds_and_what_lies_in_them_count_nowhere() -> None:
    truth = things([1, 1, 0, 2, 2, 2], [0, 0], crowd=[False, True])
    score = scored((truth, things([1, 1, 0, 0, 2, 3], [0, 0, 0])))
    found = score.compute()
    assert [found[name] for name in ("mask_ap", "box_ap", "bowl", "aji", "dice")] == pytest.approx([1] * 5)
    assert (score.rows()[0]["truths"], score.rows()[0]["predictions"]) == (1, 1)
    # of another class it is false
    assert scored((truth, things([1, 1, 0, 0, 2, 3], [0, 0, 1]))).compute()["bowl"] == pytest.approx(1 / 2)


def test_what_hits_a_thing_below_a_crowd_is_a_hit() -> None:
    masks = [encode_mask(np.array([row], np.bool_)) for row in ([1, 1, 1, 1, 1], [0, 1, 1, 0, 0])]
    score = InstanceScore(CLASSES)
    truth = Listed.of([0, 0], masks=masks, crowd=[True, False])
    score.update_listed(truth=truth, prediction=Listed.of([0], masks=masks[1:]), name="a")
    assert score.rows()[0]["hits"] == 1
    assert score.compute()["bowl"] == 1


def test_unsure_predictions_count_only_for_ap() -> None:
    truth = things([1, 1, 0, 2, 2], [0, 0])
    prediction = things([1, 1, 3, 2, 2], [0, 0, 0], [0.9, 0.4, 0.3])
    found = scored((truth, prediction), least_score=0.4).compute()
    assert found["mask_ap"] == found["bowl"] == found["dice"] == pytest.approx(1)
    found = scored((truth, prediction), least_score=0.5).compute()
    assert found["mask_ap"] == pytest.approx(1)
    assert found["bowl"] == pytest.approx(1 / 2)
    assert found["dice"] == pytest.approx(2 * 2 / 6)


def test_more_than_max_detections_are_not_seen_by_ap() -> None:
    ids = np.arange(1, 151, dtype=np.int32).reshape(10, 15)
    truth = things(ids, [0] * 150)
    assert scored((truth, truth)).compute()["mask_ar"] == pytest.approx(100 / 150)
    assert scored((truth, truth), max_detections=1000).compute()["mask_ap"] == pytest.approx(1)
    assert scored((truth, truth)).compute()["bowl"] == 1


@pytest.mark.parametrize("seed", range(5))
def test_id_maps_score_as_their_run_lengths(seed: int) -> None:
    rng = np.random.default_rng(seed)
    maps, runs = InstanceScore(CLASSES, boundary=True), InstanceScore(CLASSES, boundary=True)
    for number in range(6):
        truth = random_things(rng)
        truth = truth[truth.areas > 0]
        prediction = random_things(rng, truth=truth)
        maps.update(truth=truth, prediction=prediction, name=str(number))
        runs.update_listed(truth=listed(truth), prediction=listed(prediction), name=str(number))
    assert maps.compute() == runs.compute()
    assert maps.rows() == runs.rows()
    assert 0 < maps.compute()["mask_ap"] < 1


def test_boxes_alone_give_ap_of_boxes_alone() -> None:
    score = InstanceScore(CLASSES)
    truth = Listed.of([0, 1, 0], boxes=[[0, 0, 4, 4], [5, 5, 2, 2], [0, 0, 50, 50]], crowd=[False, False, True])
    prediction = Listed.of([0, 1, 0], boxes=[[0, 0, 4, 3], [5, 5, 2, 2], [20, 20, 5, 5]], scores=[0.5, 0.6, 0.7])
    score.update_listed(truth=truth, prediction=prediction, name="a")
    found = score.compute()
    assert found["box_ap"] == pytest.approx((6 / 10 + 1) / 2)
    assert [found[name] for name in ("mask_ap", "mask_ar", "bowl", "aji", "dice")] == [None] * 5
    assert found["per_class"]["cow"]["mask_ap"] is None
    assert (score.rows()[0]["hits"], score.rows()[0]["predictions"]) == (2, 2)
    assert score.pictures["a"].quality == pytest.approx((5 * 1 + 5 * 1 / 3) / 10)  # 3/4 is not above .75


@given(
    truth=hnp.arrays(np.int32, (6, 7), elements=st.integers(0, 5)),
    prediction=hnp.arrays(np.int32, (6, 7), elements=st.integers(0, 5)),
    labels=st.lists(st.integers(0, 1), min_size=10, max_size=10),
)
@settings(max_examples=50, deadline=None)
def test_scores_are_shares_and_a_truth_is_its_own_best_answer(
    truth: NDArray[np.int32], prediction: NDArray[np.int32], labels: list[int]
) -> None:
    there, found = things(truth, labels[:5]), things(prediction, labels[5:])
    numbers = scored((there, found)).compute()
    assert all(0 <= value <= 1 for name, value in numbers.items() if isinstance(value, float)), numbers
    if truth.any():
        best = scored((there, there)).compute()
        assert all(best[name] == pytest.approx(1) for name in ("mask_ap", "box_ap50", "bowl", "aji", "dice"))


def test_merging_is_as_if_one_had_counted_all() -> None:
    rng = np.random.default_rng(0)
    truths = [random_things(rng) for _ in range(6)]
    pairs = [(truth, random_things(rng, truth=truth)) for truth in truths]
    whole, first, second = scored(*pairs), scored(*pairs[:2]), InstanceScore(CLASSES)
    for number, (truth, prediction) in enumerate(pairs[2:], start=2):
        second.update(truth=truth, prediction=prediction, name=str(number))
    first.merge(second)
    assert first.compute() == whole.compute()
    assert first.rows() == whole.rows()
    with pytest.raises(ValueError, match="counted in both"):
        first.merge(second)
    with pytest.raises(ValueError, match="max_detections is 100 in one score, 7 in the other"):
        first.merge(InstanceScore(CLASSES, max_detections=7))
    with pytest.raises(ValueError, match="one score is of"):
        first.merge(InstanceScore(ClassTable.named(("pig",))))


def test_what_does_not_fit_is_named() -> None:
    score = InstanceScore(CLASSES)
    one = things([0, 1], [0])
    with pytest.raises(DataError, match=r"x: the truth is \(1, 2\), the prediction \(1, 3\)"):
        score.update(truth=one, prediction=things([0, 1, 0], [0]), name="x")
    other = Instances(one.ids, one.labels, ClassTable.named(("pig",)), one.scores)
    with pytest.raises(DataError, match="x: the prediction has classes"):
        score.update(truth=one, prediction=other, name="x")
    with pytest.raises(DataError, match=r"x: labels of the truth are from 0 to 2; the 2 classes are 0 to 1"):
        score.update_listed(truth=Listed.of([0, 2], boxes=np.ones((2, 4))), prediction=listed(one), name="x")
    tall = Listed.of([0], masks=list(labels_to_runs(np.ones((3, 1), np.int32)).values()))
    with pytest.raises(DataError, match=r"x: masks are of the sizes \(1, 2\) and \(3, 1\)"):
        score.update_listed(truth=tall, prediction=listed(one), name="x")
    with pytest.raises(ValueError, match="max_detections is 0"):
        InstanceScore(CLASSES, max_detections=0)
    score.update(truth=one, prediction=one, name="x")
    with pytest.raises(ValueError, match="x: a picture of this name was already counted"):
        score.update(truth=one, prediction=one, name="x")

"""Panoptic quality by hand, by the paper's formula, and by the panoptic API's rules written out slowly."""

from __future__ import annotations

import doctest
import json
import math
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass
from perpixel.errors import DataError
from perpixel.metrics import panoptic as module
from perpixel.metrics.panoptic import PanopticScore
from perpixel.results import Panoptic

CLASSES = ClassTable(
    (
        SegmentClass("grass", (0, 128, 0)),
        SegmentClass("cow", (90, 60, 30), thing=True),
        SegmentClass("sky", (0, 0, 200)),
        SegmentClass("dog", (200, 60, 30), thing=True),
    )
)
GRASS, COW, SKY, DOG = range(4)


def answer(ids: Any, labels: list[int], crowd: list[int] | None = None) -> Panoptic:
    return Panoptic(
        np.atleast_2d(np.array(ids, np.int32)),
        np.array(labels, np.intp),
        CLASSES,
        np.ones(len(labels), np.float32),
        None if crowd is None else np.isin(np.arange(len(labels)), crowd),
    )


def scored(*pairs: tuple[Panoptic, Panoptic]) -> dict[str, Any]:
    score = PanopticScore(CLASSES)
    for number, (truth, prediction) in enumerate(pairs):
        score.update(truth=truth, prediction=prediction, name=str(number))
    return score.compute()


def counts(found: dict[str, Any], name: str) -> tuple[int, int, int]:
    return tuple(found["per_class"][name][part] for part in ("tp", "fp", "fn"))  # type: ignore[return-value]


def test_ious_of_9_and_6_tenths_one_wrong_and_one_missed_give_a_half() -> None:
    truth = answer([1] * 10 + [2] * 10 + [3] * 4 + [0] * 4 + [4] * 4, [COW, COW, COW, SKY])
    found = answer([1] * 9 + [0] * 1 + [2] * 6 + [0] * 4 + [0] * 4 + [0] * 4 + [3] * 4, [COW, COW, COW])
    cows = scored((truth, found))["per_class"]["cow"]
    assert (cows["tp"], cows["fp"], cows["fn"]) == (2, 1, 1)
    assert cows["iou"] == pytest.approx(1.5)
    assert (cows["pq"], cows["sq"], cows["rq"]) == pytest.approx((0.5, 0.75, 2 / 3))


def test_things_and_stuff_are_means_over_the_classes_that_are_there() -> None:
    truth = answer([1, 1, 1, 2, 2, 2, 3, 3], [GRASS, COW, SKY])
    found = answer([1, 1, 1, 2, 2, 2, 2, 2], [GRASS, COW])
    scores = scored((truth, found))
    assert scores["things"] == {"pq": pytest.approx(0.6), "sq": pytest.approx(0.6), "rq": 1, "classes": 1}
    assert scores["stuff"] == {"pq": 0.5, "sq": 0.5, "rq": 0.5, "classes": 2}
    assert scores["all"]["pq"] == pytest.approx((1 + 0.6 + 0) / 3)
    assert scores["all"]["classes"] == 3
    assert scores["per_class"]["dog"]["pq"] is None
    assert list(scores) == ["task", "images", "all", "things", "stuff", "per_class"]
    json.dumps(scores, allow_nan=False)


def test_an_iou_of_exactly_a_half_is_no_match() -> None:
    assert counts(scored((answer([1, 1], [COW]), answer([1, 0], [COW]))), "cow") == (0, 1, 1)


def test_another_class_on_the_very_pixels_is_no_match() -> None:
    scores = scored((answer([1, 1], [COW]), answer([1, 1], [DOG])))
    assert (counts(scores, "cow"), counts(scores, "dog")) == ((0, 0, 1), (0, 1, 0))


def test_pixels_on_void_do_not_count_in_the_union() -> None:
    scores = scored((answer([1, 1, 0, 0, 0, 0], [COW]), answer([1, 1, 1, 1, 1, 1], [COW])))
    assert scores["per_class"]["cow"]["pq"] == 1


@pytest.mark.parametrize(("void", "wrong"), [(2, 1), (3, 0)])
def test_what_is_more_than_half_on_void_is_not_wrong(void: int, wrong: int) -> None:
    truth = answer([0] * void + [1] * (4 - void) + [1] * 20, [GRASS])
    found = answer([1] * 4 + [2] * 20, [COW, GRASS])
    assert counts(scored((truth, found)), "cow") == (0, wrong, 0)


def test_crowds_are_neither_missed_nor_wrong_to_find_by_their_class() -> None:
    truth = answer([1, 1, 1, 1, 2, 2], [COW, GRASS], crowd=[0])
    for label, wrong in ((COW, 0), (DOG, 2)):
        scores = scored((truth, answer([1, 1, 2, 2, 3, 3], [label, label, GRASS])))
        assert sum(counts(scores, name)[1] for name in ("cow", "dog")) == wrong
        assert counts(scores, "cow")[2] == 0
        assert counts(scores, "grass") == (1, 0, 0)


def test_void_and_crowd_together_excuse_a_prediction() -> None:
    truth = answer([0, 1, 2, 2] + [2] * 8, [COW, GRASS], crowd=[0])
    assert counts(scored((truth, answer([1, 1, 1, 2] + [2] * 8, [COW, GRASS]))), "cow") == (0, 0, 0)


def test_a_predicted_segment_without_a_pixel_counts_nowhere_and_a_true_one_is_missed() -> None:
    truth, found = answer([1, 1], [GRASS, COW]), answer([1, 1], [GRASS, DOG])
    scores = scored((truth, found))
    assert (counts(scores, "cow"), counts(scores, "dog")) == ((0, 0, 1), (0, 0, 0))


def test_nothing_on_either_side_has_no_score() -> None:
    scores = scored((answer([0, 0], []), answer([0, 0], [])))
    assert scores["all"] == {"pq": None, "sq": None, "rq": None, "classes": 0}
    assert scored()["images"] == 0


def slow(truth: Panoptic, found: Panoptic) -> dict[int, list[float]]:
    """tp, fp, fn and IoUs by class, pixel by pixel, in the order of the rules."""
    pairs = Counter(zip(truth.ids.ravel().tolist(), found.ids.ravel().tolist(), strict=True))
    area = [Counter(ids.ravel().tolist()) for ids in (truth.ids, found.ids)]
    crowd = [] if truth.crowd is None else [number + 1 for number in np.flatnonzero(truth.crowd)]
    by_class: dict[int, list[float]] = {label: [0, 0, 0, 0.0] for label in range(len(CLASSES))}
    matched: set[tuple[str, int]] = set()
    for (true, own), common in pairs.items():
        if true == 0 or own == 0 or true in crowd or truth.labels[true - 1] != found.labels[own - 1]:
            continue
        iou = common / (area[0][true] + area[1][own] - common - pairs[0, own])
        if iou > 0.5:
            by_class[int(found.labels[own - 1])][0] += 1
            by_class[int(found.labels[own - 1])][3] += iou
            matched |= {("true", true), ("own", own)}
    for number, label in enumerate(truth.labels.tolist(), start=1):
        if ("true", number) not in matched and number not in crowd:
            by_class[label][2] += 1
    for number, label in enumerate(found.labels.tolist(), start=1):
        if ("own", number) in matched or not area[1][number]:
            continue
        excused = pairs[0, number]
        of_class = [each for each in crowd if truth.labels[each - 1] == label]
        if of_class:
            excused += pairs[of_class[-1], number]
        if excused / area[1][number] <= 0.5:
            by_class[label][1] += 1
    return by_class


def drawn(generator: np.random.Generator, crowds: bool, base: NDArray[np.int32] | None = None) -> Panoptic:
    """Rectangles over each other; from another's ids with a few changed, so that many segments match."""
    ids = np.zeros((13, 17), np.int32) if base is None else base.copy()
    count = int(generator.integers(0, 12)) if base is None else int(base.max()) + 2
    for _ in range(count if base is None else 4):
        (top, left), (high, wide) = generator.integers(0, (13, 17)), generator.integers(1, 9, 2)
        ids[top : top + high, left : left + wide] = generator.integers(0, count + 1)
    labels = generator.integers(0, len(CLASSES), count)
    return Panoptic(ids, labels, CLASSES, np.ones(count, np.float32), generator.random(count) < 0.3 if crowds else None)


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), crowds=st.booleans())
def test_counts_are_those_of_the_panoptic_api(seed: int, crowds: bool) -> None:
    generator = np.random.default_rng(seed)
    pairs = []
    for _ in range(2):
        truth = drawn(generator, crowds)
        found = drawn(generator, crowds=False, base=truth.ids)
        kept = min(len(truth), len(found))
        found.labels[:kept] = np.where(generator.random(kept) < 0.8, truth.labels[:kept], found.labels[:kept])
        pairs.append((truth, found))
    by_class = np.sum([list(slow(*pair).values()) for pair in pairs], axis=0)
    scores = scored(*pairs)
    quality = []
    for name, (tp, fp, fn, iou) in zip(CLASSES.names, by_class.tolist(), strict=True):
        own = scores["per_class"][name]
        assert (own["tp"], own["fp"], own["fn"]) == (tp, fp, fn)
        assert own["iou"] == pytest.approx(iou, abs=1e-9)
        if tp + fp + fn:
            quality.append((iou / (tp + fp / 2 + fn / 2), iou / tp if tp else 0, tp / (tp + fp / 2 + fn / 2)))
    if quality:
        means = [sum(column) / len(quality) for column in zip(*quality, strict=True)]
        assert [scores["all"][part] for part in ("pq", "sq", "rq")] == pytest.approx(means, abs=1e-9)


def test_pictures_gathered_apart_score_like_those_gathered_together() -> None:
    generator = np.random.default_rng(3)
    pairs = [(drawn(generator, crowds=True), drawn(generator, crowds=False)) for _ in range(3)]
    parts = [PanopticScore(CLASSES) for _ in range(3)]
    for number, (truth, found) in enumerate(pairs):
        parts[number].update(truth=truth, prediction=found, name=str(number))
    parts[0].merge(parts[1])
    parts[0].merge(parts[2])
    assert parts[0].compute() == scored(*pairs)
    with pytest.raises(ValueError, match="1: counted in both scores"):
        parts[0].merge(parts[1])


def test_a_row_has_the_counts_of_its_picture() -> None:
    score = PanopticScore(CLASSES)
    score.update(truth=answer([1, 1, 2], [COW, COW]), prediction=answer([1, 1, 0], [COW]), name="a")
    (row,) = score.rows()
    assert {key: row[key] for key in ("name", "pq", "tp", "fp", "fn", "cow tp", "cow fn", "cow iou", "dog tp")} == {
        "name": "a", "pq": pytest.approx(2 / 3), "tp": 1, "fp": 0, "fn": 1, "cow tp": 1, "cow fn": 1, "cow iou": 1.0,
        "dog tp": 0,
    }  # fmt: skip
    assert score.pictures["a"].quality == pytest.approx(2 / 3)
    score.update(truth=answer([0], []), prediction=answer([0], []), name="void")
    assert math.isnan(score.pictures["void"].quality)


def test_what_does_not_fit_is_refused_with_the_name_of_the_picture() -> None:
    score = PanopticScore(CLASSES)
    one, wide = answer([1], [COW]), answer([1, 1], [COW])
    with pytest.raises(DataError, match=r"a: the truth is \(1, 1\), the prediction \(1, 2\)"):
        score.update(truth=one, prediction=wide, name="a")
    score.update(truth=one, prediction=one, name="a")
    with pytest.raises(ValueError, match="a: a picture of this name was already counted"):
        score.update(truth=one, prediction=one, name="a")
    others = PanopticScore(ClassTable.named(["x"]))
    with pytest.raises(DataError, match="a: the truth has classes"):
        others.update(truth=one, prediction=one, name="a")
    with pytest.raises(ValueError, match="one score is of"):
        others.merge(score)


def test_the_example_of_the_docstring_runs() -> None:
    failed, attempted = doctest.testmod(module)
    assert failed == 0 < attempted

"""Scores of cells, by hand, and by slow rules that are plain to see."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

from perpixel.masks.runs import encode_mask, labels_to_runs
from perpixel.metrics import cells
from perpixel.metrics.cells import CellCounts, Overlaps, best_pairs, foreground

Ids = NDArray[np.int32]


def counts(truth: list[int], prediction: list[int]) -> CellCounts:
    maps = (np.array([row], np.int32) for row in (truth, prediction))
    return CellCounts.of(Overlaps.of(truth=next(maps), prediction=next(maps)))


def test_the_example_in_the_docstring_runs() -> None:
    found = doctest.testmod(cells)
    assert found.attempted > found.failed == 0


def test_scores_by_hand() -> None:
    found = counts([1, 1, 1, 1, 0, 2, 2, 2], [1, 1, 1, 0, 3, 3, 0, 4])
    # IoU 3/4 is above .5 to .7, not above .75; 1/4 and 1/3 hit nothing. Two truths, three predictions.
    assert found.hits.tolist() == [3 / 4]
    assert found.bowl == pytest.approx(5 / 10 * 1 / 4)
    # 1 with 1: 3 of 4. 2 fits 4 best, 1 of 3. Prediction 3 fits nothing best: 2 more pixels
    assert found.aji == pytest.approx((3 + 1) / (4 + 3 + 2))
    assert found.dice == pytest.approx(2 * 5 / (7 + 6))


def test_an_iou_at_a_threshold_is_not_above_it() -> None:
    found = counts([1] * 7 + [0] * 3, [1] * 10)
    assert found.bowl == pytest.approx(4 / 10)  # 7/10 is above .5, .55, .6 and .65


def test_equal_maps_score_one_and_nothing_at_all_is_right() -> None:
    same = counts([1, 1, 0, 2], [2, 2, 0, 1])
    assert (same.bowl, same.aji, same.dice) == (1, 1, 1)
    empty = counts([0, 0], [0, 0])
    assert empty.bowl == 1
    assert np.isnan(empty.aji)
    assert np.isnan(empty.dice)


@pytest.mark.parametrize(("truth", "prediction"), [([0, 0], [0, 1]), ([0, 1], [0, 0])])
def test_one_side_alone_scores_zero(truth: list[int], prediction: list[int]) -> None:
    found = counts(truth, prediction)
    assert (found.bowl, found.aji, found.dice) == (0, 0, 0)


def test_two_cells_joined_into_one_cost_both_and_dice_does_not_see_it() -> None:
    found = counts([1, 1, 2, 2], [1, 1, 1, 1])
    assert found.bowl == 0  # IoU .5 is not above .5
    assert found.aji == pytest.approx((2 + 2) / (4 + 4))  # the one prediction counts with each
    assert found.dice == 1


def test_gaps_in_the_ids_are_no_things() -> None:
    found = counts([5, 5, 0, 9], [0, 3, 3, 0])
    assert (found.truths, found.predictions) == (2, 1)
    assert found.hits.size == 0


def slow_aji(truth: Ids, prediction: Ids) -> float:
    """Kumar et al., algorithm 1, one mask at a time."""
    common = joint = 0
    used = set()
    others = [number for number in np.unique(prediction) if number]
    for number in np.unique(truth[truth > 0]):
        mask = truth == number
        best = (0.0, 0, int(mask.sum()), 0)
        for other in others:
            both, either = int((mask & (prediction == other)).sum()), int((mask | (prediction == other)).sum())
            if both / either > best[0]:
                best = (both / either, both, either, other)
        common, joint = common + best[1], joint + best[2]
        used.add(best[3])
    joint += sum(int((prediction == other).sum()) for other in others if other not in used)
    return common / joint if joint else float("nan")


def slow_bowl(truth: Ids, prediction: Ids) -> float:
    scores = []
    for step in range(10, 20):
        right, found, there = 0, set(prediction[prediction > 0].tolist()), set(truth[truth > 0].tolist())
        for number in there:
            for other in found:
                a, b = truth == number, prediction == other
                right += bool(20 * int((a & b).sum()) > step * int((a | b).sum()))
        every = len(found) + len(there) - right
        scores.append(right / every if every else 1.0)
    return float(np.mean(scores))


ID_MAPS = hnp.arrays(np.int32, (5, 6), elements=st.integers(0, 4))


@given(truth=ID_MAPS, prediction=ID_MAPS, keep=hnp.arrays(np.bool_, (5, 6), elements=st.booleans()))
@settings(max_examples=60, deadline=None)
def test_scores_are_those_of_the_slow_rules(truth: Ids, prediction: Ids, keep: NDArray[np.bool_]) -> None:
    for other in (prediction, np.where(keep, truth, prediction), truth):
        found = CellCounts.of(Overlaps.of(truth=truth, prediction=other))
        assert found.bowl == pytest.approx(slow_bowl(truth, other))
        assert found.aji == pytest.approx(slow_aji(truth, other), nan_ok=True)
        both, sizes = int(((truth > 0) & (other > 0)).sum()), int((truth > 0).sum() + (other > 0).sum())
        assert found.dice == pytest.approx(2 * both / sizes if sizes else np.nan, nan_ok=True)


@given(truth=ID_MAPS, prediction=ID_MAPS)
@settings(max_examples=50, deadline=None)
def test_run_lengths_give_the_table_of_the_maps(truth: Ids, prediction: Ids) -> None:
    runs = [list(labels_to_runs(ids, ignore=0).values()) for ids in (truth, prediction)]
    table = Overlaps.of_runs(truth=runs[0], prediction=runs[1])
    whole = Overlaps.of(truth=truth, prediction=prediction)
    maps = whole.among(whole.true > 0, whole.predicted > 0)
    for name in ("true", "predicted", "pairs", "shared"):
        assert getattr(table, name).tolist() == getattr(maps, name).tolist()
    found = foreground(*runs, ignored=[])
    assert found == (CellCounts.of(whole).shared, CellCounts.of(whole).sizes)


def test_the_foreground_of_overlapping_masks_counts_each_pixel_once() -> None:
    def row(*pixels: int) -> NDArray[np.bool_]:
        return np.array([pixels], np.bool_)

    truth = [encode_mask(mask) for mask in (row(1, 1, 1, 0, 0, 0), row(0, 1, 1, 1, 0, 0))]
    prediction = [encode_mask(row(0, 0, 1, 1, 1, 0))] * 2
    assert foreground(truth, prediction, ignored=[]) == (2, 4 + 3)
    assert foreground(truth, prediction, ignored=[encode_mask(row(0, 0, 0, 1, 1, 1))]) == (1, 3 + 1)
    assert foreground([], prediction, ignored=[]) == (0, 3)


def test_where_masks_overlap_each_thing_is_matched_once_and_the_best_pair_first() -> None:
    pairs = np.array([[0, 0], [0, 1], [1, 1], [2, 2]])
    assert best_pairs(pairs, np.array([0.6, 0.9, 0.7, 0.5])).tolist() == [1]
    assert best_pairs(pairs, np.array([0.6, 0.7, 0.9, 0.8])).tolist() == [2, 3, 0]


def test_maps_of_two_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="must be the same"):
        Overlaps.of(truth=np.zeros((2, 3), np.int32), prediction=np.zeros((3, 2), np.int32))

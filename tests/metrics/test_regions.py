"""Covering, Rand index and variation of information: by hand, by all pairs, and against scikit-image."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from perpixel.metrics.regions import (
    RegionOverlap,
    probabilistic_rand_index,
    segmentation_covering,
    variation_of_information,
)

IDS = arrays.arrays(np.int16, (3, 5), elements=st.integers(-1, 2))


def test_a_half_and_a_third_by_hand() -> None:
    # Of six pixels the truth has 3 and 3, the prediction 2 and 4: they share 2, 1 and 3.
    overlap = RegionOverlap.of(truth=np.array([[5, 5, 5, 9, 9, 9]]), prediction=np.array([[7, 7, 0, 0, 0, 0]]))
    assert (overlap.true.tolist(), overlap.predicted.tolist()) == ([3, 3], [2, 4])
    assert (overlap.pairs.tolist(), overlap.shared.tolist()) == ([[0, 0], [0, 1], [1, 1]], [2, 1, 3])
    assert overlap.best_ious.tolist() == [2 / 3, 3 / 4]
    assert overlap.covering == pytest.approx((3 * 2 / 3 + 3 * 3 / 4) / 6)
    # Of 15 pairs 6 are together in the one, 7 in the other and 4 in both, so (6 - 4) + (7 - 4) disagree.
    assert overlap.rand_index == pytest.approx(10 / 15)
    joint = -(2 / 6 * np.log2(2 / 6) + 1 / 6 * np.log2(1 / 6) + 3 / 6 * np.log2(3 / 6))
    predicted = -(2 / 6 * np.log2(2 / 6) + 4 / 6 * np.log2(4 / 6))
    assert overlap.variation_of_information == pytest.approx(2 * joint - 1 - predicted)


def test_halves_against_the_whole_by_hand() -> None:
    halves, whole = np.array([[1, 1, 2, 2]]), np.zeros((1, 4), np.uint8)
    assert segmentation_covering(truths=[halves], prediction=whole) == 0.5  # each half, of the whole, is a half
    assert segmentation_covering(truths=[whole], prediction=halves) == 0.5
    assert probabilistic_rand_index(truths=[halves], prediction=whole) == pytest.approx(1 / 3)
    assert variation_of_information(truths=[halves], prediction=whole) == pytest.approx(1)  # which half: one bit
    assert variation_of_information(truths=[whole], prediction=halves) == pytest.approx(1)


def test_covering_is_not_symmetric() -> None:
    one, three = np.array([[1, 1, 1, 1]]), np.array([[1, 1, 1, 2]])
    assert segmentation_covering(truths=[one], prediction=three) == 0.75
    assert segmentation_covering(truths=[three], prediction=one) == pytest.approx((3 * 0.75 + 0.25) / 4)


def test_people_are_averaged() -> None:
    halves, whole = np.array([[1, 1, 2, 2]]), np.array([[3, 3, 3, 3]])
    assert segmentation_covering(truths=[halves, whole], prediction=whole) == 0.75
    assert probabilistic_rand_index(truths=[halves, whole], prediction=whole) == pytest.approx(2 / 3)
    assert variation_of_information(truths=[halves, whole], prediction=whole) == pytest.approx(0.5)


@settings(deadline=None, max_examples=25)
@given(IDS, IDS)
def test_scores_are_those_of_all_pairs_and_scikit_images(
    truth: NDArray[np.int16], prediction: NDArray[np.int16]
) -> None:
    from skimage.metrics import variation_of_information as both_ways

    overlap = RegionOverlap.of(truth=truth, prediction=prediction)
    pixels = list(zip(truth.flat, prediction.flat, strict=True))
    agree = [(a[0] == b[0]) == (a[1] == b[1]) for a, b in combinations(pixels, 2)]
    assert overlap.rand_index == pytest.approx(np.mean(agree))
    assert overlap.variation_of_information == pytest.approx(sum(both_ways(truth + 1, prediction + 1)), abs=1e-9)
    covering = 0.0
    for true in (truth == each for each in np.unique(truth)):
        others = [prediction == each for each in np.unique(prediction)]
        covering += true.sum() * max((true & other).sum() / (true | other).sum() for other in others)
    assert overlap.covering == pytest.approx(covering / truth.size)


@settings(deadline=None, max_examples=25)
@given(IDS)
def test_the_same_regions_by_other_names_agree_in_full(truth: NDArray[np.int16]) -> None:
    overlap = RegionOverlap.of(truth=truth, prediction=(700 - 9 * truth).astype(np.int64))
    assert (overlap.covering, overlap.rand_index, overlap.variation_of_information) == pytest.approx((1, 1, 0))


def test_pixels_that_are_all_regions_of_their_own_need_no_table_of_all_pairs() -> None:
    alone = np.arange(100 * 120).reshape(100, 120)
    overlap = RegionOverlap.of(truth=alone, prediction=alone[::-1])
    assert overlap.shared.tolist() == [1] * 12000
    assert (overlap.covering, overlap.rand_index) == (1, 1)
    rows = np.broadcast_to(np.arange(100)[:, None] * 7_000_000, (100, 120))
    assert RegionOverlap.of(truth=rows, prediction=alone).covering == pytest.approx(1 / 120)


def test_single_pixels_and_masks() -> None:
    one = np.ones((1, 1), np.bool_)
    overlap = RegionOverlap.of(truth=one, prediction=one)
    assert (overlap.covering, overlap.rand_index, overlap.variation_of_information) == (1, 1, 0)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="of one size"):
        RegionOverlap.of(truth=np.ones((2, 3), np.uint8), prediction=np.ones((3, 2), np.uint8))
    with pytest.raises(ValueError, match="with a pixel at least"):
        RegionOverlap.of(truth=np.ones((0, 3), np.uint8), prediction=np.ones((0, 3), np.uint8))
    with pytest.raises(ValueError, match="ids of regions are integers"):
        RegionOverlap.of(truth=np.ones((2, 3)), prediction=np.ones((2, 3), np.uint8))
    with pytest.raises(ValueError, match="no truth to compare with"):
        segmentation_covering(truths=[], prediction=np.ones((2, 3), np.uint8))

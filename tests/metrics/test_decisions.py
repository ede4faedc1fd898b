"""The search of thresholds and least areas, beside trying all of them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from perpixel.metrics.decisions import LEAST_AREAS, THRESHOLDS, DecisionSearch, _dice_by_area


def plain_dice(mask: NDArray[np.bool_], truth: NDArray[np.bool_], least: int) -> float:
    labels, count = ndimage.label(mask, np.ones((3, 3)))
    kept = np.zeros_like(mask)
    for number in range(1, count + 1):
        part = labels == number
        if part.sum() >= least:
            kept |= part
    size = int(kept.sum() + truth.sum())
    return 1.0 if size == 0 else 2 * int((kept & truth).sum()) / size


@pytest.mark.parametrize("seed", range(6))
def test_every_least_area_gives_the_dice_of_the_mask_without_small_parts(seed: int) -> None:
    generator = np.random.default_rng(seed)
    mask = ndimage.gaussian_filter(generator.normal(size=(40, 50)), 2) > 0.15
    truth = ndimage.gaussian_filter(generator.normal(size=(40, 50)), 3) > (0.1 if seed % 3 else 9)
    expected = [plain_dice(mask, truth, least) for least in LEAST_AREAS]
    np.testing.assert_allclose(_dice_by_area(mask, truth), expected)


def test_an_empty_answer_is_right_where_nothing_is() -> None:
    nothing, one = np.zeros((3, 3), np.bool_), np.eye(3, dtype=np.bool_)
    assert set(_dice_by_area(nothing, nothing)) == {1.0}
    assert set(_dice_by_area(nothing, one)) == {0.0}
    assert _dice_by_area(one, nothing)[0] == 0
    assert _dice_by_area(one, nothing)[-1] == 1  # its three pixels are dropped


def test_faint_specks_on_empty_pictures_raise_the_threshold_or_the_least_area() -> None:
    search = DecisionSearch(2)
    for number in range(10):
        probabilities, truth = np.full((2, 40, 40), 0.01, np.float32), np.zeros((2, 40, 40), np.bool_)
        if number < 3:
            probabilities[:, 5:20, 5:20] = 0.95
            truth[:, 5:20, 5:20] = True
        else:
            probabilities[0, 3, 3] = 0.6  # of the first class: faint
            probabilities[1, 3, 3:5] = 0.97  # of the second: sure, but small
        search.look(probabilities=probabilities, truth=truth)
    found = search.best()
    assert found.even_dice.tolist() == pytest.approx([0.3, 0.3])
    assert found.mean_dice.tolist() == pytest.approx([1, 1])
    assert found.thresholds[0] >= 0.6 or found.least_areas[0] > 1
    assert found.least_areas[1] > 2


def test_where_all_are_equally_good_nothing_is_changed() -> None:
    search = DecisionSearch(1)
    probabilities = np.zeros((1, 8, 8), np.float32)
    probabilities[0, :4] = 1
    search.look(probabilities=probabilities, truth=probabilities > 0.5)
    found = search.best()
    assert found.thresholds == (0.5,)
    assert found.least_areas == (0,)
    assert 0.5 in THRESHOLDS


def test_shapes_must_agree_and_something_must_be_looked_at() -> None:
    search = DecisionSearch(2)
    with pytest.raises(ValueError, match="no picture"):
        search.best()
    with pytest.raises(ValueError, match=r"expected both \(2, H, W\)"):
        search.look(probabilities=np.zeros((1, 2, 2), np.float32), truth=np.zeros((1, 2, 2), np.bool_))

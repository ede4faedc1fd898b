from __future__ import annotations

import numpy as np
import pytest

from perpixel.kernels.thinning import thinned
from perpixel.metrics.region_boundaries import TOLERANCE, BoundaryPairs, region_boundaries


def columns(*places: int, size: tuple[int, int] = (10, 40)) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    mask = np.zeros(size, np.bool_)
    mask[:, list(places)] = True
    return mask


def test_a_boundary_is_marked_left_of_and_above_the_edge() -> None:
    halves = np.zeros((6, 8), np.int32)
    halves[:, 5:] = 3
    assert np.nonzero(region_boundaries(halves).all(0))[0].tolist() == [4]
    assert np.nonzero(region_boundaries(halves.T).all(1))[0].tolist() == [4]
    assert region_boundaries(halves).sum() == 6
    assert not region_boundaries(np.full((4, 4), 9)).any()
    assert region_boundaries(np.zeros((1, 1), np.uint8)).tolist() == [[False]]


def test_boundaries_are_one_pixel_wide_and_closed() -> None:
    y, x = np.mgrid[:60, :80]
    lines = region_boundaries((np.hypot(y - 30, x - 40) < 20).astype(np.uint8) + 2 * (x > y))
    assert (thinned(lines) == lines).all()
    blocks = lines[1:, 1:].astype(int) + lines[:-1, 1:] + lines[1:, :-1] + lines[:-1, :-1]
    assert blocks.max() == 3  # at crossings only
    assert (blocks == 3).sum() < 0.1 * lines.sum()


def test_the_tolerance_is_four_pixels_at_481_x_321() -> None:
    size = (481, 321)
    assert float(np.hypot(*size)) * TOLERANCE == pytest.approx(4.337, abs=1e-3)
    near = BoundaryPairs.of(truths=[columns(100, size=size)], prediction=columns(104, size=size))
    far = BoundaryPairs.of(truths=[columns(100, size=size)], prediction=columns(105, size=size))
    assert (near.f1, far.f1) == (1, 0)


def test_a_true_line_is_found_once_however_often_it_is_predicted() -> None:
    # Ten pixels of truth; three lines near by are thirty predictions, ten of them right.
    pairs = BoundaryPairs.of(truths=[columns(10)], prediction=columns(9, 11, 12), tolerance=0.1)
    assert pairs == BoundaryPairs(true=10, found=10, predicted=30, right=10)
    assert (pairs.precision, pairs.recall, pairs.f1) == (pytest.approx(1 / 3), 1, pytest.approx(0.5))


def test_a_prediction_is_right_if_anyone_drew_it_and_everyones_lines_are_to_be_found() -> None:
    truths = [columns(5), columns(5, 20), columns(35)]
    pairs = BoundaryPairs.of(truths=truths, prediction=columns(5, 20), tolerance=0.03)
    assert pairs == BoundaryPairs(true=40, found=30, predicted=20, right=20)


def test_counts_of_pictures_add_up() -> None:
    assert BoundaryPairs(1, 2, 3, 4) + BoundaryPairs(10, 20, 30, 40) == BoundaryPairs(11, 22, 33, 44)
    nothing = BoundaryPairs(0, 0, 0, 0)
    assert (nothing.precision, nothing.recall, nothing.f1) == (0, 0, 0)


def test_a_boundary_is_always_its_own_best_match() -> None:
    rng = np.random.default_rng(0)
    lines = region_boundaries(rng.integers(0, 3, (8, 8)).repeat(8, 0).repeat(8, 1))
    pairs = BoundaryPairs.of(truths=[lines], prediction=lines, tolerance=0)
    assert (pairs.precision, pairs.recall) == (1, 1)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        region_boundaries(np.zeros(4, np.uint8))
    with pytest.raises(ValueError, match="no truth to compare with"):
        BoundaryPairs.of(truths=[], prediction=columns(3))
    with pytest.raises(ValueError, match="both of one size"):
        BoundaryPairs.of(truths=[columns(3, size=(10, 30))], prediction=columns(3))
    with pytest.raises(ValueError, match="0 or more"):
        BoundaryPairs.of(truths=[columns(3)], prediction=columns(3), tolerance=-0.1)

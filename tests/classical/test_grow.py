from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classical.grow import grow


def square() -> NDArray[np.uint8]:
    image = np.full((30, 40, 3), 50, np.uint8)
    image[8:20, 11:31] = (200, 80, 80)
    return image


@pytest.mark.parametrize("against", ["seed", "mean"])
@pytest.mark.parametrize("connectivity", [4, 8])
def test_a_flat_square_grown_from_one_seed_is_exactly_the_square(connectivity: int, against: str) -> None:
    expected = np.zeros((30, 40), np.int32)
    expected[8:20, 11:31] = 1
    found = grow(square(), points=[(30, 8)], connectivity=connectivity, against=against)  # a corner: x 30, y 8
    assert np.array_equal(found, expected)


def test_points_are_column_before_row_and_number_their_regions() -> None:
    found = grow(square(), points=[(0, 29), (11, 19)])
    assert found[0, 0] == 1
    assert found[8, 30] == 2
    assert (found > 0).all()


def test_strokes_keep_their_numbers_and_where_none_came_is_0() -> None:
    strokes = np.zeros((30, 40), np.uint8)
    strokes[10, 12:14] = 9
    found = grow(square(), strokes=strokes)
    assert np.array_equal(np.unique(found), [0, 9])
    assert (found == 9).sum() == 12 * 20


def test_eight_neighbors_pass_a_corner_and_four_do_not() -> None:
    image = np.zeros((4, 4), np.uint8)
    image[:2, :2] = image[2:, 2:] = 200
    assert grow(image, points=[(0, 0)], connectivity=4).sum() == 4
    assert grow(image, points=[(0, 0)], connectivity=8).sum() == 8


def test_against_the_mean_drifts_along_a_ramp_and_against_the_seed_stops() -> None:
    ramp = np.repeat(np.arange(0, 200, 4, dtype=np.uint8)[None], 8, axis=0)
    stopped = grow(ramp, points=[(0, 0)], tolerance=20)
    assert np.array_equal(stopped, np.repeat([[1] * 6 + [0] * 44], 8, axis=0))  # 0 to 20 in steps of 4
    assert grow(ramp, points=[(0, 0)], tolerance=20, against="mean").sum() > 8 * 6


def test_a_stroke_over_two_shades_gets_both() -> None:
    image = np.full((10, 30), 30, np.uint8)
    image[:, 5:15], image[:, 15:25] = 120, 200
    strokes = np.zeros((10, 30), np.int32)
    strokes[5, 12:18] = 1
    assert np.array_equal(grow(image, strokes=strokes, tolerance=10), np.repeat([[0] * 5 + [1] * 20 + [0] * 5], 10, 0))


def test_the_most_similar_seed_gets_what_two_could_have() -> None:
    image = np.array([[100, 110, 118, 130]], np.uint8)
    assert grow(image, points=[(0, 0), (3, 0)], tolerance=20).tolist() == [[1, 1, 2, 2]]

"""Regions are numbered in the order in which one meets them."""

from __future__ import annotations

import numpy as np
import pytest

from perpixel.kernels.raster import in_raster_order


def test_numbers_follow_the_first_pixels_row_by_row() -> None:
    ids = np.array([[7, 7, 3], [3, 0, 7]], np.uint16)
    numbered, count = in_raster_order(ids)
    np.testing.assert_array_equal(numbered, [[0, 0, 1], [1, 2, 0]])
    assert numbered.dtype == np.int32
    assert count == 3


def test_numbers_far_apart_need_no_table_of_all_between() -> None:
    numbered, count = in_raster_order(np.array([[2**62, 5, 2**62]]))
    np.testing.assert_array_equal(numbered, [[0, 1, 0]])
    assert count == 2


def test_an_empty_map_has_no_region() -> None:
    assert in_raster_order(np.empty((0, 3), np.int32))[1] == 0


@pytest.mark.parametrize("ids", [np.zeros(3, int), np.zeros((2, 2)), np.array([[-1]])])
def test_other_than_numbers_from_0_on_is_refused(ids: np.ndarray) -> None:
    with pytest.raises(ValueError, match="integers from 0 on"):
        in_raster_order(ids)

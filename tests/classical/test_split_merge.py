from __future__ import annotations

import numpy as np

from perpixel.classical.split_merge import split_merge


def test_flat_shapes_come_out_exactly_wherever_they_lie() -> None:
    truth = np.zeros((37, 53), np.int32)
    truth[5:18, 7:24] = 1
    truth[11:30, 29:47] = 2
    image = np.array([[30, 30, 30], [200, 40, 40], [40, 200, 40]], np.uint8)[truth]
    assert np.array_equal(split_merge(image), truth)


def test_pieces_of_one_color_that_do_not_touch_stay_apart() -> None:
    image = np.zeros((20, 30), np.uint8)
    image[:, :10], image[:, 20:] = 200, 200
    assert np.array_equal(np.unique(split_merge(image), axis=0), [[0] * 10 + [1] * 10 + [2] * 10])


def test_the_tolerance_is_the_difference_of_means_that_is_joined() -> None:
    image = np.zeros((16, 16), np.uint8)
    image[:, 8:] = 20
    assert split_merge(image, tolerance=20).max() == 0
    assert split_merge(image, tolerance=9.9).max() == 1


def test_specks_go_to_what_surrounds_them() -> None:
    image = np.zeros((32, 32), np.uint8)
    image[10:13, 10:13] = 255
    assert split_merge(image, min_size=10).max() == 0
    assert split_merge(image, min_size=9).max() == 1

from __future__ import annotations

import numpy as np

from perpixel.losses import median_frequency, root_median_frequency


def test_the_toy_of_two_pictures_by_hand() -> None:
    # [[0,0,0,1],[0,0,0,1]] and [[0,0,2,2],[0,0,2,2]]: frequencies 10/16, 2/8, 4/8
    weights = median_frequency(np.array([10, 2, 4]), np.array([16, 8, 8]))
    np.testing.assert_allclose(weights, [0.8, 2, 1])


def test_the_camvid_training_counts_give_the_published_order_of_weights() -> None:
    pixels = np.array([10682767, 14750079, 623349, 20076880, 2845085, 6166762, 743859, 714595, 3719877, 405385, 184967])
    pictures = np.array([366, 365, 366, 367, 349, 319, 351, 173, 360, 317, 201])
    expected = [0.2793, 0.20173, 4.78652, 0.14902, 1, 0.4217, 3.84668, 1.97359, 0.78894, 6.37472, 8.85873]
    weights = median_frequency(pixels, pictures * 360 * 480)
    np.testing.assert_allclose(weights, expected, rtol=1e-4)
    np.testing.assert_allclose(root_median_frequency(pixels, pictures * 360 * 480), np.sqrt(expected), rtol=1e-4)


def test_a_class_that_never_occurs_weighs_nothing_and_moves_no_other() -> None:
    with_absent = median_frequency(np.array([10, 0, 2, 4]), np.array([16, 0, 8, 8]))
    np.testing.assert_allclose(with_absent, [0.8, 0, 2, 1])
    np.testing.assert_array_equal(median_frequency(np.zeros(3), np.zeros(3)), [0, 0, 0])

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classical.watershed import watershed

pytest.importorskip("skimage")


def discs() -> NDArray[np.uint8]:
    """Two bright discs that overlap."""
    image = np.full((60, 90), 30, np.uint8)
    cv2.circle(image, (30, 30), 18, 200, -1)
    cv2.circle(image, (58, 30), 18, 200, -1)
    return image


@pytest.mark.parametrize("sigma", [0, 2])
def test_two_overlapping_discs_are_two_objects_on_a_background(sigma: float) -> None:
    labels = watershed(discs(), on="distance", sigma=sigma)
    assert labels.max() == 2
    assert labels[0, 0] == 0
    assert labels[30, 20] == 1
    assert labels[30, 68] == 2
    _rows, columns = np.nonzero(labels == 1)
    assert columns.max() in (43, 44)  # the waist is half way, at 44
    assert abs(int((labels == 1).sum()) - int((labels == 2).sum())) < 40


def test_one_disc_is_one_object_and_a_deep_enough_limit_joins_two() -> None:
    image = np.full((60, 60), 30, np.uint8)
    cv2.circle(image, (30, 30), 18, 200, -1)
    assert watershed(image, on="distance").max() == 1
    assert watershed(discs(), on="distance", min_depth=10).max() == 1


def test_objects_are_numbered_from_1_in_raster_order_also_where_the_first_pixel_is_one() -> None:
    image = np.full((40, 60), 30, np.uint8)
    image[:10, :10], image[20:35, 30:50], image[5:15, 40:50] = 200, 200, 200
    labels = watershed(image, on="distance", sigma=0)
    assert [labels[0, 0], labels[7, 45], labels[30, 40], labels[39, 0]] == [1, 2, 3, 0]


def test_basins_of_the_gradient_are_flat_shapes() -> None:
    truth = np.zeros((60, 80), np.int32)
    truth[10:30, 10:40] = 1
    truth[25:50, 50:70] = 2
    labels = watershed(np.array([40, 120, 200], np.uint8)[truth], sigma=1)
    assert labels.max() == 2
    assert (labels == truth).mean() > 0.97


def test_shallow_basins_are_filled() -> None:
    image = np.full((60, 80), 100, np.uint8) + np.random.default_rng(0).integers(0, 10, (60, 80)).astype(np.uint8)
    image[:, 40:] += 100
    counts = [int(watershed(image, min_depth=depth, sigma=0).max()) + 1 for depth in (0, 3, 12)]
    assert counts[0] > 100
    assert counts[0] > counts[1] > counts[2] == 2


def test_with_strokes_every_pixel_gets_one_of_their_labels() -> None:
    image = np.full((40, 60), 30, np.uint8)
    image[10:30, 20:50] = 200
    strokes = np.zeros((40, 60), np.int32)
    strokes[20, 30], strokes[3, 3:9] = 5, 2
    labels = watershed(image, strokes=strokes, sigma=0)
    assert np.array_equal(np.unique(labels), [2, 5])
    assert (labels[11:29, 21:49] == 5).all()
    assert (labels[:9] == 2).all()
    assert (labels[31:] == 2).all()
    split = discs()
    strokes = np.zeros(split.shape, np.int32)
    strokes[30, 25], strokes[30, 63] = 4, 7
    labels = watershed(split, strokes=strokes, on="distance")
    assert np.array_equal(np.unique(labels), [0, 4, 7])

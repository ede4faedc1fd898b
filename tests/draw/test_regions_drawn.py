"""Pictures of regions."""

from __future__ import annotations

import numpy as np
import pytest

from perpixel.draw.regions import boundaries_over, in_a_row, region_colors
from perpixel.draw.shapes import COLOR


def test_each_region_has_one_color_and_early_regions_different_ones() -> None:
    labels = np.arange(400, dtype=np.int32).reshape(20, 20)
    colors = region_colors(labels)
    assert len(np.unique(colors.reshape(-1, 3), axis=0)) > 380
    np.testing.assert_array_equal(region_colors(labels[:1]), colors[:1])  # a number keeps its color


def test_boundaries_are_drawn_left_of_and_above_another_region_and_nowhere_else() -> None:
    labels = np.zeros((6, 8), np.int32)
    labels[3:, 4:] = 1
    image = np.full((6, 8, 3), 40, np.uint8)
    drawn = boundaries_over(image, labels)
    expected = np.zeros((6, 8), bool)
    expected[3:, 3] = expected[2, 4:] = True
    np.testing.assert_array_equal((drawn == COLOR).all(axis=2), expected)
    assert (drawn[~expected] == 40).all()
    assert (image == 40).all()


def test_a_row_holds_every_picture_with_a_caption_below() -> None:
    red, blue = np.zeros((50, 900, 3), np.uint8), np.zeros((50, 900, 3), np.uint8)
    red[..., 0] = blue[..., 2] = 255
    row = in_a_row([red, blue], ["scale 1: 2 regions", "scale 3: 4 regions"])
    width = row.shape[1] // 2
    assert width < 700
    assert row[20, width // 2].tolist() == [255, 0, 0]
    assert row[20, width + width // 2].tolist() == [0, 0, 255]
    assert (row[-40:, :width].min(axis=2) < 100).any()  # ink


def test_labels_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="must be the same"):
        boundaries_over(np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.int32))

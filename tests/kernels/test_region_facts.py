"""Pixels, means and boxes of regions, by hand and by brute force."""

from __future__ import annotations

import numpy as np
import pytest

from perpixel.kernels.region_facts import region_facts


def test_a_region_has_its_pixels_mean_and_half_open_box() -> None:
    labels = np.array([[0, 0, 2], [0, 2, 2]], np.int32)
    image = np.array([[[10], [20], [1]], [[30], [2], [6]]], np.uint8)
    pixels, means, boxes = region_facts(image, labels)
    assert pixels.tolist() == [3, 0, 3]
    assert means[[0, 2], 0].tolist() == [20, 3]
    assert np.isnan(means[1, 0])
    assert boxes.tolist() == [[0, 0, 2, 2], [0, 0, 0, 0], [1, 0, 3, 2]]


def test_facts_are_those_of_each_region_taken_alone() -> None:
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 5, (17, 23)).astype(np.int32)
    image = generator.normal(size=(17, 23, 3))
    pixels, means, boxes = region_facts(image, labels)
    for region in range(5):
        inside = labels == region
        rows, columns = np.nonzero(inside)
        assert pixels[region] == inside.sum()
        np.testing.assert_allclose(means[region], image[inside].mean(axis=0))
        assert boxes[region].tolist() == [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]


def test_sizes_that_differ_and_negative_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="expected"):
        region_facts(np.zeros((2, 3, 1)), np.zeros((3, 2), np.int32))
    with pytest.raises(ValueError, match="down to -1"):
        region_facts(np.zeros((1, 1, 1)), np.full((1, 1), -1, np.int32))

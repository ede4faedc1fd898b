from __future__ import annotations

import numpy as np

from perpixel.classical.mean_shift import mean_shift


def test_noisy_patches_of_three_colors_come_out_as_three_regions() -> None:
    truth = np.zeros((64, 96), np.int32)
    truth[:, 40:], truth[30:, 60:] = 1, 2
    image = np.array([[60, 90, 60], [170, 120, 80], [90, 90, 190]])[truth]
    image = image + np.random.default_rng(0).normal(0, 5, image.shape)
    labels = mean_shift(np.clip(image, 0, 255).astype(np.uint8))
    assert labels.max() == 2
    assert (labels == truth).mean() > 0.99


def test_regions_are_not_smaller_than_asked() -> None:
    image = np.random.default_rng(1).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    assert np.bincount(mean_shift(image, min_size=30).ravel()).min() >= 30
    assert mean_shift(image, min_size=10**6).max() == 0
    assert mean_shift(image, min_size=0).max() > 30

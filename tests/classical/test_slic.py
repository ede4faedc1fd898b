from __future__ import annotations

import cv2
import numpy as np
import pytest

from perpixel.classical.slic import slic

skimage = pytest.importorskip("skimage")


def test_superpixels_hang_together_and_are_about_as_many_as_asked() -> None:
    image = np.random.default_rng(0).integers(0, 256, (64, 96, 3)).astype(np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 6)
    labels = slic(image, regions=60)
    assert 40 <= labels.max() + 1 <= 75
    for label in range(labels.max() + 1):
        assert cv2.connectedComponents((labels == label).astype(np.uint8), connectivity=4)[0] == 2


def test_superpixels_follow_a_border_of_color() -> None:
    image = np.full((60, 60, 3), 60, np.uint8)
    image[:, 33:] = (200, 60, 60)
    labels = slic(image, regions=16)
    assert not set(np.unique(labels[:, :33])) & set(np.unique(labels[:, 33:]))


def test_compactness_means_the_same_in_gray_and_color_and_in_dim_pictures() -> None:
    gray = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 256, (64, 64)).astype(np.uint8), (0, 0), 4)
    assert np.array_equal(slic(gray, regions=30), slic(np.repeat(gray[:, :, None], 3, axis=2), regions=30))
    step = np.full((60, 60), 100, np.uint8)
    step[:, 37:] = 103  # a step of about one in Lab is little beside a compactness of 10
    labels = slic(step, regions=9)
    assert set(np.unique(labels[:, :37])) & set(np.unique(labels[:, 37:]))
    labels = slic(step, regions=9, compactness=0.1)
    assert not set(np.unique(labels[:, :37])) & set(np.unique(labels[:, 37:]))


def test_color_pictures_give_what_scikit_image_gives_but_for_its_stretching() -> None:
    from skimage.segmentation import slic as theirs

    image = np.random.default_rng(2).integers(0, 256, (48, 64, 3)).astype(np.uint8)
    image = cv2.GaussianBlur(image, (0, 0), 5)
    image[0, 0], image[0, 1] = 0, 255  # then the stretching to the full range does nothing
    other = theirs(image, n_segments=40, compactness=10, start_label=0)
    ours = slic(image, regions=40)
    assert ours.max() == other.max()
    assert ((np.diff(ours, axis=1) != 0) == (np.diff(other, axis=1) != 0)).mean() > 0.97

from __future__ import annotations

import numpy as np
import pytest

from perpixel.kernels.thinning import thinned


def test_a_bar_becomes_its_middle_line() -> None:
    mask = np.zeros((7, 20), np.uint8)
    mask[2:5, 2:18] = 255
    thin = thinned(mask)
    assert np.nonzero(thin.any(1))[0].tolist() == [3]
    assert thin[3, 4:16].all()


def test_a_line_stays_and_a_staircase_loses_its_corners() -> None:
    line = np.zeros((5, 9), np.bool_)
    line[2, 1:8] = True
    assert (thinned(line) == line).all()
    stairs = np.eye(6, dtype=np.bool_) | np.eye(6, k=1, dtype=np.bool_)
    assert thinned(stairs).sum() == 6


def test_a_ring_stays_a_ring() -> None:
    y, x = np.mgrid[:31, :31] - 15
    radius = np.hypot(y, x)
    thin = thinned((radius > 6) & (radius < 12))
    assert not thin[15, 15]
    assert (np.hypot(*np.nonzero(thin[:, :]) - np.array([[15], [15]])) > 6).all()
    import cv2

    assert cv2.connectedComponents(1 - thin.astype(np.uint8), connectivity=4)[0] == 3  # thin, inside, outside


@pytest.mark.parametrize("density", [0.1, 0.35, 0.6, 0.9])
def test_random_masks_are_thinned_as_scikit_image_does(density: float) -> None:
    from skimage.morphology import thin

    for seed in range(3):
        mask = np.random.default_rng(seed).random((40, 53)) < density
        assert (thinned(mask) == thin(mask)).all()


def test_small_masks() -> None:
    assert thinned(np.ones((1, 1))).tolist() == [[True]]
    assert thinned(np.zeros((0, 3))).shape == (0, 3)
    with pytest.raises(ValueError, match="expected"):
        thinned(np.ones(3))

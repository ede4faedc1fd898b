from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classical.contours import contours


def disc_and_square() -> NDArray[np.int32]:
    truth = np.zeros((96, 128), np.int32)
    cv2.circle(truth, (35, 45), 22, 1, -1)
    truth[30:70, 75:110] = 2
    return truth


def test_shapes_with_closed_edges_become_regions() -> None:
    truth = disc_and_square()
    labels = contours(np.array([40, 160, 220], np.uint8)[truth])
    assert labels.max() == 2
    assert (labels == truth).mean() > 0.97


def drawn_outline(hole: int) -> NDArray[np.uint8]:
    """A square drawn as a line, with a hole in one of its sides."""
    image = np.full((96, 96), 230, np.uint8)
    cv2.rectangle(image, (20, 20), (76, 76), 20, 1)
    image[20, 40 : 40 + hole] = 230
    return image


@pytest.mark.parametrize(("hole", "gap", "inside"), [(0, 0, True), (8, 0, False), (8, 9, True)])
def test_gaps_up_to_the_limit_are_closed_and_others_enclose_nothing(hole: int, gap: int, inside: bool) -> None:
    labels = contours(drawn_outline(hole), gap=gap, sigma=1)
    assert (labels[48, 48] != labels[5, 5]) == inside


def test_a_shape_that_touches_the_frame_is_enclosed_by_it() -> None:
    image = np.full((64, 64), 40, np.uint8)
    cv2.circle(image, (32, 63), 20, 200, -1)
    labels = contours(image, gap=0)
    assert labels[60, 32] != labels[5, 5]
    assert labels.max() == 1


def test_regions_hang_together_and_are_not_smaller_than_asked() -> None:
    tiles = np.random.default_rng(0).integers(0, 256, (6, 8)).astype(np.uint8)
    labels = contours(np.kron(tiles, np.ones((14, 14), np.uint8)), min_size=20)
    assert labels.max() > 3
    for label in range(labels.max() + 1):
        assert (labels == label).sum() >= 20
        assert cv2.connectedComponents((labels == label).astype(np.uint8), connectivity=4)[0] == 2

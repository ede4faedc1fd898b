from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classical.grabcut import grabcut


def flower() -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """A disc of two colors on noisy green, and where it is."""
    generator = np.random.default_rng(0)
    image = np.full((72, 96, 3), (60, 110, 50))
    truth = np.zeros((72, 96), np.int32)
    cv2.circle(truth, (45, 35), 22, 1, -1)
    image[truth > 0] = (200, 60, 90)
    image[(truth > 0) & (np.arange(96) > 45)] = (220, 190, 60)
    image = image + generator.normal(0, 8, image.shape)
    return np.clip(image, 0, 255).astype(np.uint8), truth


def test_a_box_with_a_margin_finds_the_object() -> None:
    image, truth = flower()
    found = grabcut(image, box=(15, 6, 78, 66))
    assert np.array_equal(np.unique(found), [0, 1])
    assert (found == truth).mean() > 0.99


def test_outside_of_the_half_open_box_all_is_background() -> None:
    image, truth = flower()
    strokes = np.zeros(truth.shape, np.int32)
    strokes[40:50, 50:60] = 2  # up to the last pixel of the box, through which the disc goes on
    found = grabcut(image, box=(15, 6, 60, 50), strokes=strokes)
    assert found[49, 59] == 1
    assert not found[50:].any()
    assert not found[:, 60:].any()


def test_strokes_find_the_object_and_are_kept_even_where_they_lie() -> None:
    image, truth = flower()
    strokes = np.zeros(truth.shape, np.int32)
    strokes[35, 30:62], strokes[3, :], strokes[:, 90] = 2, 1, 1
    strokes[33:37, 50:52] = 1  # a lie, in the middle of the object
    found = grabcut(image, strokes=strokes)
    assert (found[strokes == 1] == 0).all()
    assert (found[strokes == 2] == 1).all()
    strokes[33:37, 50:52] = 2
    assert (grabcut(image, strokes=strokes) == truth).mean() > 0.99


def test_strokes_mend_what_the_box_alone_gets_wrong() -> None:
    image, truth = flower()
    image[28:42, 40:50] = image[:14, :10]  # a hole in the background's colors, that is to be of the object
    strokes = np.zeros(truth.shape, np.int32)
    strokes[28:42, 40:50] = 2
    box = (15, 6, 78, 66)
    assert grabcut(image, box=box)[35, 45] == 0
    assert (grabcut(image, box=box, strokes=strokes) == truth).mean() > 0.98


@pytest.mark.parametrize("seed", [0, 1])
def test_the_same_seed_cuts_the_same_whatever_was_drawn_before(seed: int) -> None:
    image, _ = flower()
    first = grabcut(image, box=(10, 3, 90, 70), seed=seed)
    cv2.randu(np.zeros((5, 5), np.uint8), 0, 9)
    assert np.array_equal(grabcut(image, box=(10, 3, 90, 70), seed=seed), first)

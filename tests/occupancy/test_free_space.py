from __future__ import annotations

import numpy as np
import pytest

from perpixel.camera import Camera, Distortion
from perpixel.classes import CAMVID, ClassTable
from perpixel.kernels.ground_rays import GROUND, STANDING, UNJUDGED
from perpixel.occupancy import free_space
from perpixel.results import LabelMap

NAMES = ("road", "pavement", "car", "sky")


def labels(*names: str) -> LabelMap:
    return LabelMap(np.array([[CAMVID.index(name) for name in names]], np.uint8), CAMVID)


def test_true_labels_are_certain() -> None:
    space = free_space(labels(*NAMES))
    assert space.probability.tolist() == [[1, 0, 0, 0]]
    assert space.kinds.tolist() == [[GROUND, GROUND, STANDING, UNJUDGED]]


def test_ignored_pixels_say_nothing() -> None:
    space = free_space(LabelMap(np.full((2, 2), 255, np.uint8), CAMVID))
    assert (space.kinds == UNJUDGED).all()


def test_confidence_is_of_the_road_where_it_is_the_label_and_half_of_what_is_left_elsewhere() -> None:
    sure = np.array([[0.9, 0.6, 0.8, 1.0]], np.float32)
    space = free_space(LabelMap(labels(*NAMES).labels, CAMVID, sure))
    assert space.probability[0] == pytest.approx([0.9, 0.2, 0.1, 0.0])


def test_free_and_flat_classes_can_be_named() -> None:
    space = free_space(labels(*NAMES), free=["pavement"], flat=["Road", "car"])
    assert space.probability.tolist() == [[0, 1, 0, 0]]
    assert space.kinds.tolist() == [[GROUND, GROUND, GROUND, UNJUDGED]]


def test_a_misspelled_class_is_told_with_the_one_that_is_meant() -> None:
    with pytest.raises(ValueError, match="did you mean 'road'"):
        free_space(labels("road"), free=["raod"])
    animals = ClassTable.named(["cat", "dog"])
    with pytest.raises(ValueError, match="no class is free ground: name some of cat, dog"):
        free_space(LabelMap(np.zeros((1, 1), np.uint8), animals))


def test_straightened_free_space_knows_what_the_lens_did_not_show() -> None:
    camera = Camera((20, 20), (19.5, 19.5), (40, 40), 1.0, distortion=Distortion((0.4, 0.0, 0.0)))
    space = free_space(LabelMap(np.full((40, 40), CAMVID.index("road"), np.uint8), CAMVID)).straightened(camera)
    assert space.kinds[20, 20] == GROUND
    assert space.kinds[0, 0] == UNJUDGED

from __future__ import annotations

import numpy as np
import pytest

from perpixel.augment import find_rare_pixel, rare_class_probabilities
from perpixel.classes import ClassTable
from perpixel.results import Answer, Depth, Instances, LabelMap, Layers, Panoptic

CLASSES = ClassTable.named(["road", "car", "sign", "ship"])
IDS = np.zeros((6, 8), np.int32)
IDS[:] = 1
IDS[1:3, 1:4] = 2
IDS[4, 6] = 3
LABELS = np.array([0, 1, 2])
ONES = np.ones(3, np.float32)
MAP = np.array([0, 0, 1, 2], np.uint8)[IDS]

TRUTHS: list[Answer] = [
    LabelMap(MAP, CLASSES),
    Panoptic(IDS, LABELS, CLASSES, ONES),
    Instances(IDS, LABELS, CLASSES, ONES),
    Layers(np.arange(4)[:, None, None] == MAP, CLASSES),
]


def test_probabilities_follow_the_papers_formula() -> None:
    pixels = np.array([90, 9, 1, 0])
    weights = np.exp((1 - pixels / 100) / 0.1) * (pixels > 0)
    np.testing.assert_allclose(rare_class_probabilities(pixels, temperature=0.1), weights / weights.sum())


def test_probabilities_do_not_overflow_and_leave_absent_classes_out() -> None:
    probabilities = rare_class_probabilities(np.array([10**9, 1, 0, 10**4]), temperature=1e-4)
    assert np.isfinite(probabilities).all()
    assert probabilities[2] == 0
    assert probabilities.sum() == pytest.approx(1)
    np.testing.assert_array_equal(rare_class_probabilities(np.zeros(3)), [0, 0, 0])


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: type(truth).__name__)
def test_the_pixel_belongs_to_a_class_drawn_by_its_probability(truth: Answer) -> None:
    generator = np.random.default_rng(0)
    probabilities = np.array([0.0, 0.2, 0.3, 0.5])  # no ship here: car and sign share what is left, 2 to 3
    pixels = [find_rare_pixel(truth, probabilities, generator=generator) for _ in range(600)]
    drawn = [int(MAP[pixel]) for pixel in pixels if pixel is not None]
    assert len(drawn) == 600
    assert set(drawn) == {1, 2}
    assert abs(np.mean(np.array(drawn) == 2) - 0.6) < 0.07
    assert {pixel for pixel in pixels if MAP[pixel] == 1} == {(row, column) for row in (1, 2) for column in (1, 2, 3)}


@pytest.mark.parametrize("truth", TRUTHS, ids=lambda truth: type(truth).__name__)
def test_no_pixel_where_none_of_the_wanted_classes_is(truth: Answer) -> None:
    generator = np.random.default_rng(0)
    assert find_rare_pixel(truth, np.array([0, 0, 0, 1.0]), generator=generator) is None
    assert find_rare_pixel(truth, np.zeros(4), generator=generator) is None


def test_ignored_pixels_are_of_no_class() -> None:
    nothing = LabelMap(np.full((3, 3), 255, np.uint8), CLASSES)
    assert find_rare_pixel(nothing, np.full(4, 0.25), generator=np.random.default_rng(0)) is None


def test_a_truth_without_classes_is_refused() -> None:
    depth = Depth(np.ones((2, 2), np.float32), np.ones((2, 2), np.bool_))
    with pytest.raises(TypeError, match="Depth has no classes of pixels"):
        find_rare_pixel(depth, np.full(4, 0.25), generator=np.random.default_rng(0))

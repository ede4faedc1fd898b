"""How overlapping things and a label map become segments: rows of pixels worked by hand, and a slow reference."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass
from perpixel.masks.pasting import Region
from perpixel.masks.segment_merging import merge_segments
from perpixel.results import Panoptic

CLASSES = ClassTable(
    (
        SegmentClass("road", (9, 9, 9)),
        SegmentClass("car", (255, 0, 0), True),
        SegmentClass("sky", (0, 0, 255)),
        SegmentClass("person", (0, 255, 0), True),
    )
)
ROAD, CAR, SKY, PERSON = range(4)


def merge(things: list[tuple[int, int, int, float]], labels: list[int], **rules: float) -> Panoptic:
    """A row of pixels; each thing is where it begins and ends, its class and its score."""
    regions = [Region(0, first, np.ones((1, last - first), np.bool_)) for first, last, _, _ in things]
    kinds, scores = np.array([t[2] for t in things], np.intp), np.array([t[3] for t in things], np.float32)
    row = np.array([labels])
    return merge_segments(regions, kinds, scores, row, np.full(row.shape, 0.5, np.float32), CLASSES, **rules)


def test_the_surest_thing_is_laid_down_first_and_others_get_what_is_free() -> None:
    found = merge([(0, 4, CAR, 0.6), (2, 6, PERSON, 0.9)], [ROAD] * 8)
    assert found.ids.tolist() == [[2, 2, 1, 1, 1, 1, 3, 3]]
    assert found.labels.tolist() == [PERSON, CAR, ROAD]
    np.testing.assert_allclose(found.scores, [0.9, 0.6, 0.5])


def test_a_thing_of_which_half_is_hidden_stays_and_one_with_more_hidden_is_left_out() -> None:
    assert merge([(0, 4, CAR, 0.9), (2, 6, CAR, 0.8)], [ROAD] * 6).ids.tolist() == [[1, 1, 1, 1, 2, 2]]
    found = merge([(0, 4, CAR, 0.9), (1, 6, CAR, 0.8)], [ROAD] * 6)  # three of five
    assert found.ids.tolist() == [[1, 1, 1, 1, 2, 2]]
    assert found.labels.tolist() == [CAR, ROAD]
    every = merge([(0, 4, CAR, 0.9), (1, 6, CAR, 0.8)], [ROAD] * 6, most_hidden=0.6)
    assert every.labels.tolist() == [CAR, CAR]


def test_what_was_left_out_hides_nothing() -> None:
    found = merge([(0, 4, CAR, 0.9), (1, 6, CAR, 0.8), (4, 6, PERSON, 0.7)], [ROAD] * 6)
    assert found.labels.tolist() == [CAR, PERSON]
    assert found.ids.tolist() == [[1, 1, 1, 1, 2, 2]]


def test_unsure_things_and_things_of_a_stuff_class_are_left_out() -> None:
    found = merge([(0, 2, CAR, 0.49), (2, 4, CAR, 0.5), (4, 6, SKY, 0.9)], [ROAD] * 6)
    assert found.ids.tolist() == [[2, 2, 1, 1, 2, 2]]
    assert found.labels.tolist() == [CAR, ROAD]


def test_pixels_that_the_label_map_gives_to_a_thing_and_no_thing_covers_are_nothing() -> None:
    found = merge([(0, 2, CAR, 0.9)], [ROAD, CAR, CAR, PERSON, SKY])
    assert found.ids.tolist() == [[1, 1, 0, 0, 2]]
    assert found.label_map().labels.tolist() == [[CAR, CAR, 255, 255, SKY]]


def test_little_stuff_is_nothing_counted_where_no_thing_hides_it() -> None:
    labels = [ROAD, ROAD, ROAD, SKY, SKY, SKY]
    found = merge([(0, 1, CAR, 0.9)], labels, least_stuff=3)
    assert found.ids.tolist() == [[1, 0, 0, 2, 2, 2]]
    assert merge([], labels, least_stuff=3).ids.tolist() == [[1, 1, 1, 2, 2, 2]]


def test_stuff_is_one_segment_a_class_and_as_sure_as_its_pixels_on_average() -> None:
    sure = np.array([[0.2, 0.4, 0.9, 0.9]], np.float32)
    regions = [Region(0, 2, np.ones((1, 1), np.bool_))]
    found = merge_segments(
        regions, np.array([CAR]), np.array([0.8], np.float32), np.array([[ROAD, SKY, SKY, ROAD]]), sure, CLASSES
    )
    assert found.ids.tolist() == [[2, 3, 1, 2]]
    np.testing.assert_allclose(found.scores, [0.8, 0.55, 0.4], rtol=1e-6)


def test_of_equal_scores_the_first_comes_first_and_a_thing_without_a_pixel_is_none() -> None:
    found = merge([(0, 2, PERSON, 0.7), (0, 2, CAR, 0.7), (3, 3, CAR, 0.9)], [ROAD] * 4, least_score=0.0)
    assert found.labels.tolist() == [PERSON, ROAD]


def test_numbers_and_sizes_that_do_not_fit_are_refused() -> None:
    row, sure = np.zeros((1, 3), np.intp), np.ones((1, 3), np.float32)
    one = np.ones(1, np.float32)
    with pytest.raises(ValueError, match="0 masks, 1 classes and 1 scores"):
        merge_segments([], np.array([CAR]), one, row, sure, CLASSES)
    with pytest.raises(ValueError, match="maps of one size"):
        merge_segments([], np.zeros(0, np.intp), np.zeros(0, np.float32), row, sure[:, :2], CLASSES)


def slow(
    masks: list[NDArray[np.bool_]],
    kinds: NDArray[np.intp],
    scores: NDArray[np.float32],
    labels: NDArray[np.intp],
    rules: dict[str, float],
) -> dict[tuple[int, float], set[int]]:
    """The rule by sets of pixels: segments by class and score, -1 for stuff."""
    taken: set[int] = set()
    found: dict[tuple[int, float], set[int]] = {}
    for score, place in sorted(((-score, place) for place, score in enumerate(scores.tolist()))):
        pixels = set(np.flatnonzero(masks[place]).tolist())
        hidden = len(pixels & taken)
        if -score < rules["least_score"] or not pixels or not CLASSES[kinds[place]].thing:
            continue
        if hidden / len(pixels) > rules["most_hidden"] or hidden == len(pixels):
            continue
        found[int(kinds[place]), -score] = pixels - taken
        taken |= pixels
    for label in (ROAD, SKY):
        pixels = set(np.flatnonzero(labels == label).tolist()) - taken
        if len(pixels) >= max(rules["least_stuff"], 1):
            found[label, -1] = pixels
    return found


@pytest.mark.parametrize("seed", range(8))
def test_it_is_the_rule_by_sets_of_pixels(seed: int) -> None:
    generator = np.random.default_rng(seed)
    drawn = generator.random() * 0.6, generator.random(), int(generator.integers(0, 60))
    rules = dict(zip(("least_score", "most_hidden", "least_stuff"), drawn, strict=True))
    labels = generator.integers(0, 4, (6, 8)).repeat(2, axis=0).repeat(2, axis=1)
    regions, masks = [], []
    for _ in range(12):
        height, width = generator.integers(1, 9, 2)
        top, left = generator.integers(0, 12 - height + 1), generator.integers(0, 16 - width + 1)
        region = Region(int(top), int(left), generator.random((height, width)) < 0.7)
        mask = np.zeros(labels.shape, np.bool_)
        mask[region.window] = region.mask
        regions.append(region)
        masks.append(mask)
    kinds, scores = generator.integers(0, 4, 12), generator.random(12).astype(np.float32)
    answer = merge_segments(regions, kinds, scores, labels, np.ones(labels.shape, np.float32), CLASSES, **rules)
    found = {}
    for number, (label, score) in enumerate(zip(answer.labels.tolist(), answer.scores.tolist(), strict=True), start=1):
        found[label, score if CLASSES[label].thing else -1] = set(np.flatnonzero(answer.ids == number).tolist())
    assert found == slow(masks, kinds, scores, labels, rules)

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.masks.pasting import Region, paste_instances, paste_regions, region_runs
from perpixel.masks.runs import encode_mask

CLASSES = ClassTable.named(("cow", "dog"))


def whole(region: Region, size: tuple[int, int]) -> NDArray[np.bool_]:
    mask = np.zeros(size, np.bool_)
    mask[region.window] = region.mask
    return mask


def obvious(mask: NDArray[np.float32], box: list[float], size: tuple[int, int]) -> NDArray[np.bool_]:
    """Each pixel by itself: is its center in the box, and what does the mask say there?"""
    inside = np.zeros(size, np.bool_)
    cells = len(mask)
    for row in range(size[0]):
        for column in range(size[1]):
            x, y = column + 0.5, row + 0.5
            if not (box[0] <= x < box[2] and box[1] <= y < box[3]):
                continue
            u = min(max((x - box[0]) / (box[2] - box[0]) * cells - 0.5, 0), cells - 1)
            v = min(max((y - box[1]) / (box[3] - box[1]) * cells - 0.5, 0), cells - 1)
            left, top = min(int(u), cells - 2), min(int(v), cells - 2)
            a, b = u - left, v - top
            value = (1 - b) * ((1 - a) * mask[top, left] + a * mask[top, left + 1])
            value += b * ((1 - a) * mask[top + 1, left] + a * mask[top + 1, left + 1])
            inside[row, column] = value > 0.5
    return inside


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_a_region_is_what_its_pixels_say_one_by_one_and_its_runs_are_those_of_the_mask(seed: int, cells: int) -> None:
    generator = np.random.default_rng(seed)
    size = int(generator.integers(1, 14)), int(generator.integers(1, 14))
    mask = generator.random((1, cells, cells)).astype(np.float32)
    corners = np.sort(generator.uniform(-4, 18, (2, 2)), axis=0)
    box = [corners[0, 0], corners[0, 1], corners[1, 0] + 0.1, corners[1, 1] + 0.1]
    (region,) = paste_regions(mask, np.array([box]), size)
    expected = obvious(mask[0], box, size)
    assert np.array_equal(whole(region, size), expected)
    assert region_runs(region, size) == encode_mask(expected)


def test_a_full_mask_fills_its_box() -> None:
    (region,) = paste_regions(np.ones((1, 28, 28), np.float32), np.array([[2, 3, 7, 5]]), (10, 10))
    assert (region.top, region.left, region.mask.shape) == (3, 2, (2, 5))
    assert region.mask.all()


def test_a_box_without_a_pixel_center_or_outside_the_picture_has_none() -> None:
    boxes = np.array([[2.6, 2.6, 3.4, 3.4], [20, 20, 30, 30], [-9, -9, -1, -1], [4, 4, 4, 4]])
    for region in paste_regions(np.ones((4, 28, 28), np.float32), boxes, (10, 10)):
        assert not region.mask.any()
        assert region_runs(region, (10, 10)).area == 0


def test_where_masks_overlap_the_higher_score_wins_and_what_is_covered_whole_is_dropped() -> None:
    boxes = np.array([[0, 0, 6, 6], [4, 4, 10, 10], [5, 5, 6, 6]], np.float32)
    found = paste_instances(
        np.ones((3, 28, 28), np.float32),
        boxes,
        np.array([0, 1, 0]),
        np.array([0.6, 0.9, 0.3], np.float32),
        CLASSES,
        (10, 12),
    )
    assert found.labels.tolist() == [1, 0]
    assert found.scores.tolist() == pytest.approx([0.9, 0.6])
    assert found.areas.tolist() == [36, 32]
    assert found.ids[5, 5] == 1
    assert found.ids[3, 3] == 2


def test_what_surer_masks_hide_for_more_than_the_allowed_share_is_dropped() -> None:
    masks = np.ones((3, 2, 2), np.float32)
    boxes = np.array([[0, 0, 8, 4], [2, 0, 12, 4], [4, 0, 10, 4]])  # of the second 6 of 10 columns are hidden, 4 of 6
    scores = np.array([0.9, 0.8, 0.7], np.float32)
    pasted = partial(paste_instances, masks, boxes, np.zeros(3, np.int64), scores, CLASSES, (4, 12))
    assert pasted(most_hidden=0.59).scores.tolist() == scores[:1].tolist()
    assert pasted(most_hidden=0.6).scores.tolist() == scores[:2].tolist()
    assert pasted().areas.tolist() == [32, 16]


def test_no_mask_gives_no_instance() -> None:
    none = np.zeros(0, np.float32)
    found = paste_instances(
        np.zeros((0, 28, 28), np.float32), np.zeros((0, 4)), none.astype(int), none, CLASSES, (3, 4)
    )
    assert len(found) == 0
    assert not found.ids.any()


def test_shapes_that_do_not_fit_are_named() -> None:
    with pytest.raises(ValueError, match=r"masks are \(2, 28, 28\) and boxes \(1, 4\)"):
        list(paste_regions(np.zeros((2, 28, 28), np.float32), np.zeros((1, 4)), (5, 5)))
    with pytest.raises(ValueError, match="expected one for each"):
        paste_instances(
            np.zeros((2, 28, 28), np.float32),
            np.zeros((2, 4)),
            np.zeros(1, int),
            np.zeros(2, np.float32),
            CLASSES,
            (5, 5),
        )

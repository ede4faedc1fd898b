"""Boxes, classes, crowds and masks out of a map of ids."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from perpixel.layers.regions.targets import crowd_share, mask_targets, things
from perpixel.masks.pasting import paste_regions

TRUTH = torch.tensor(
    [
        [[0, 9, 9, 0, 2], [0, 9, 0, 0, 2], [-1, -1, 0, 0, 0], [0, 0, 0, 7, 0]],
        [[5, 2, 2, 5, 1], [5, 2, 5, 5, 1], [7, 7, 5, 5, 5], [5, 5, 5, 255, 5]],
    ],
    dtype=torch.int32,
)


def test_gaps_in_the_ids_crowds_and_pixels_that_are_not_judged() -> None:
    found = things(TRUTH, 3, ignored=255)
    assert found.numbers.tolist() == [2, 9]
    assert found.boxes.tolist() == [[4, 0, 5, 2], [1, 0, 3, 2]]
    assert found.labels.tolist() == [1, 2]
    assert found.crowded
    assert found.ids.tolist() == [[0, 9, 9, 0, 2], [0, 9, 0, 0, 2], [-1, -1, 0, 0, 0], [0, 0, 0, -1, 0]]


def test_a_picture_without_any_thing() -> None:
    found = things(torch.zeros(2, 3, 4, dtype=torch.int32), 2, ignored=255)
    assert found.boxes.shape == (0, 4)
    assert found.labels.shape == found.numbers.shape == (0,)
    assert not found.crowded


def test_a_class_that_the_network_does_not_have_is_named_with_its_thing() -> None:
    with pytest.raises(ValueError, match=r"thing 9 has the label 2; classes of things are 1 to 1, 0 is the background"):
        things(TRUTH, 2, ignored=255)
    background = TRUTH.clone()
    background[1, 0, 4] = background[1, 1, 4] = 0
    with pytest.raises(ValueError, match="thing 2 has the label 0"):
        things(background, 3, ignored=255)


def test_the_share_of_a_crowd_is_of_what_is_inside_the_picture() -> None:
    crowd = torch.zeros(4, 6, dtype=torch.bool)
    crowd[:2, :3] = True
    boxes = torch.tensor([[0.0, 0, 3, 2], [-4, -4, 3, 4], [2, 1, 4, 3], [3, 0, 6, 4], [9, 9, 12, 12], [1, 1, 1, 1]])
    assert crowd_share(crowd, boxes).tolist() == [1.0, 0.5, 0.25, 0.0, 0.0, 0.0]


def test_a_mask_inside_its_box_is_worked_by_hand() -> None:
    ids = torch.zeros(2, 6, 6, dtype=torch.int32)
    ids[1, 2:4, 1:3] = 5
    ids[1, 2:4, 3:5] = 6
    box, picture = torch.tensor([[1.0, 2.0, 5.0, 4.0]]), torch.tensor([1])
    found = mask_targets(ids, box, picture, torch.tensor([5], dtype=torch.int32), side=2)
    # A cell is two pixels across and one down. Its samples are at the middles of pixels across; down, one of two is a
    # quarter of a pixel from the mask's border, where a quarter of what is read comes from outside: (1 + 0.75) / 2.
    assert found.tolist() == [[[0.875, 0.0], [0.875, 0.0]]]
    assert mask_targets(ids, box, picture, torch.tensor([6], dtype=torch.int32), side=2).tolist() == [
        [[0.0, 0.875]] * 2
    ]


def test_what_is_cut_out_of_a_picture_and_pasted_again_is_the_same() -> None:
    y, x = np.mgrid[:60, :80]
    disc = ((x - 37.3) / 21) ** 2 + ((y - 28.1) / 17) ** 2 < 1
    ids = torch.from_numpy(disc.astype(np.int32) * 3)[None]
    box = torch.tensor([[14.2, 8.7, 60.9, 47.6]])
    mask = mask_targets(ids, box, torch.tensor([0]), torch.tensor([3], dtype=torch.int32), side=28)
    (region,) = paste_regions(mask.numpy(), box.numpy(), (60, 80))
    again = np.zeros_like(disc)
    again[region.window] = region.mask
    assert (again & disc).sum() / (again | disc).sum() > 0.97
    rows, columns = np.nonzero(again)
    assert abs(rows.mean() - 28.1) < 0.15  # not half a pixel aside
    assert abs(columns.mean() - 37.3) < 0.15

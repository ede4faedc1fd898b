"""Boxes as tensors, and who is taught what: worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from perpixel.kernels.regions import BOX_WEIGHTS, decode_boxes
from perpixel.layers.regions.boxes import box_iou, encode_boxes
from perpixel.layers.regions.matching import BETWEEN, NOTHING, draw, match


def test_overlaps_are_those_worked_by_hand() -> None:
    a = torch.tensor([[0.0, 0, 4, 2], [5, 5, 5, 5]])
    b = torch.tensor([[2.0, 0, 6, 2], [0, 0, 4, 2], [4, 0, 9, 2], [5, 5, 5, 5]])
    torch.testing.assert_close(box_iou(a, b), torch.tensor([[1 / 3, 1, 0, 0], [0, 0, 0, 0]]))
    assert box_iou(a[:0], b).shape == (0, 4)


def test_what_is_encoded_is_decoded_again() -> None:
    generator = torch.Generator().manual_seed(0)
    boxes, anchors = (
        torch.cat([low, low + 1 + torch.rand(50, 2, generator=generator) * 40], dim=1)
        for low in torch.rand(2, 50, 2, generator=generator) * 60
    )
    deltas = encode_boxes(boxes, anchors, weights=BOX_WEIGHTS)
    np.testing.assert_allclose(decode_boxes(deltas.numpy(), anchors.numpy(), weights=BOX_WEIGHTS), boxes, atol=1e-3)


def test_the_papers_equations_give_the_deltas() -> None:
    deltas = encode_boxes(
        torch.tensor([[10.0, 20, 50, 40]]), torch.tensor([[10.0, 20, 30, 60]]), weights=(1.0, 1, 2, 1)
    )
    torch.testing.assert_close(deltas, torch.tensor([[0.5, -0.25, 2 * np.log(2), -np.log(2)]], dtype=torch.float32))


def test_a_region_belongs_to_what_it_overlaps_most_or_is_background_or_neither() -> None:
    overlaps = torch.tensor([[0.8, 0.6, 0.1, 0.0], [0.7, 0.69, 0.2, 0.0]])
    assert match(overlaps, low=0.3, high=0.7, every_truth=False).tolist() == [0, BETWEEN, NOTHING, NOTHING]
    assert match(overlaps, low=0.5, high=0.5, every_truth=False).tolist() == [0, 1, NOTHING, NOTHING]


def test_no_truth_goes_without_a_region_however_little_it_is_overlapped() -> None:
    overlaps = torch.tensor([[0.9, 0.1, 0.2, 0.2], [0.0, 0.4, 0.1, 0.1], [0.1, 0.1, 0.25, 0.25], [0.0, 0.0, 0.0, 0.0]])
    # The second and third truth get their best regions, of which the third has two; the fourth is met by none.
    assert match(overlaps, low=0.3, high=0.7, every_truth=True).tolist() == [0, 1, 2, 2]
    assert match(overlaps, low=0.3, high=0.7, every_truth=False).tolist() == [0, BETWEEN, NOTHING, NOTHING]


def test_a_best_region_stays_with_what_it_overlaps_most() -> None:
    overlaps = torch.tensor([[0.6, 0.1], [0.5, 0.2]])  # region 0 is the best of both
    assert match(overlaps, low=0.3, high=0.7, every_truth=True).tolist() == [0, NOTHING]


def test_without_any_truth_all_is_background() -> None:
    assert match(torch.zeros(0, 3), low=0.3, high=0.7, every_truth=True).tolist() == [NOTHING] * 3
    assert match(torch.zeros(2, 0), low=0.3, high=0.7, every_truth=True).tolist() == []


@pytest.mark.parametrize(("positives", "expected"), [(3, (3, 13)), (30, (4, 12)), (0, (0, 16))])
def test_regions_are_drawn_to_a_count_with_a_share_at_most(positives: int, expected: tuple[int, int]) -> None:
    matches = torch.cat([torch.arange(positives), torch.full((20,), NOTHING), torch.full((5,), BETWEEN)])
    found, nothing = draw(matches, count=16, share=0.25)
    assert (len(found), len(nothing)) == expected
    assert (matches[found] >= 0).all()
    assert (matches[nothing] == NOTHING).all()
    assert len(set(found.tolist() + nothing.tolist())) == 16


def test_drawing_follows_torchs_seed() -> None:
    matches = torch.full((100,), NOTHING)
    torch.manual_seed(3)
    first = draw(matches, count=5, share=0.5)[1]
    torch.manual_seed(3)
    assert torch.equal(first, draw(matches, count=5, share=0.5)[1])

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from perpixel.objectives.fit import fit


@pytest.mark.parametrize(("size", "stride"), [((8, 12), 4), ((7, 9), 4), ((6, 6), 1), ((33, 5), 8)])
def test_coarse_logits_are_upsampled_by_their_stride_and_cropped(size: tuple[int, int], stride: int) -> None:
    coarse = torch.randn(2, 3, -(-size[0] // stride), -(-size[1] // stride))
    truths = torch.randint(0, 3, (2, *size))
    logits, same = fit(coarse, truths, stride=stride)
    expected = F.interpolate(coarse, scale_factor=stride, mode="bilinear", align_corners=False)
    torch.testing.assert_close(logits, expected[:, :, : size[0], : size[1]])
    assert same.shape[-2:] == logits.shape[-2:] == size


def test_logits_of_a_padded_picture_are_cropped_to_the_truth() -> None:
    logits, truths = fit(torch.randn(1, 3, 4, 4), torch.zeros(1, 20, 29), stride=8)
    assert logits.shape[-2:] == truths.shape[-2:] == (20, 29)


def test_smaller_logits_of_valid_convolutions_see_the_center_of_the_truth() -> None:
    truths = torch.arange(10 * 14).view(1, 10, 14)
    logits, center = fit(torch.randn(1, 2, 6, 10), truths, stride=1)
    assert logits.shape[-2:] == (6, 10)
    torch.testing.assert_close(center, truths[:, 2:8, 2:12])


def test_another_heads_logits_cover_what_the_main_ones_cover() -> None:
    main, side = torch.randn(1, 2, 8, 8), torch.randn(1, 2, 2, 2)
    logits, truths = fit(side, torch.zeros(1, 30, 25), stride=4, like=main)
    torch.testing.assert_close(
        logits, F.interpolate(side, scale_factor=16, mode="bilinear", align_corners=False)[:, :, :30, :25]
    )
    assert truths.shape == (1, 30, 25)

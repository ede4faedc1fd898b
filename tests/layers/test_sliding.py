"""The sliding window and its dense form give the same scores."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from perpixel.layers.sliding import classify_patches, dense, mirror, patch_side, spread_maximum


def numbered(*sides: int) -> Tensor:
    return torch.arange(sides[0] * sides[1], dtype=torch.float32).view(1, *sides)


def test_an_odd_patch_has_its_pixel_in_the_middle_and_an_even_one_before_it() -> None:
    image = numbered(3, 4)
    for patch, place in ((1, 0), (3, 1), (5, 2), (2, 0), (4, 1)):
        middle = classify_patches(lambda patches, at=place: patches[:, :, at, at], image, patch=patch, batch=5)
        assert torch.equal(middle, image)


def test_beyond_the_border_the_picture_is_mirrored_without_its_edge() -> None:
    row = torch.tensor([[[[1.0, 2.0, 3.0]]]])
    assert mirror(row, 5)[0, 0, 0].tolist() == [3, 2, 1, 2, 3, 2, 1]
    assert mirror(row, 4)[0, 0, 0].tolist() == [2, 1, 2, 3, 2, 1]
    assert mirror(row, 9)[0, 0, 0].tolist() == [1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3]  # smaller than the margin
    assert mirror(torch.ones(1, 1, 1, 1), 5).tolist() == torch.ones(1, 1, 5, 5).tolist()


def test_mirroring_is_torchs_reflection_where_that_can_be_had() -> None:
    images = torch.randn(2, 3, 6, 9)
    assert torch.equal(mirror(images, 8), torch.nn.functional.pad(images, (3, 4, 3, 4), mode="reflect"))


def test_pooling_by_hand() -> None:
    row = torch.tensor([[[[1.0, 5.0, 2.0, 4.0, 3.0]] * 5]])
    assert spread_maximum(row, 2, dilation=1)[0, 0, 0].tolist() == [5, 5, 4, 4]
    assert spread_maximum(row, 2, dilation=2)[0, 0, 0].tolist() == [2, 5, 3]
    assert spread_maximum(row, 3, dilation=2)[0, 0, 0].tolist() == [3]


def test_pooled_scores_by_hand_at_positions_that_a_stride_jumps_over() -> None:
    network = nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(1, 1, 2, bias=False))
    with torch.no_grad():
        network[1].weight.fill_(1.0)
    # The patch of 4 x 4 from (i, j) on of the picture 5 i + j: four maxima, the last of each block of 2 x 2.
    scores = dense(network, numbered(5, 5)[None])[0, 0]
    assert scores.tolist() == [[6 + 8 + 16 + 18, 7 + 9 + 17 + 19], [11 + 13 + 21 + 23, 12 + 14 + 22 + 24]]


def networks() -> dict[str, nn.Sequential]:
    torch.manual_seed(0)
    return {
        "three poolings, a linear head": nn.Sequential(
            nn.Conv2d(3, 8, 4), nn.MaxPool2d(2), nn.ReLU(), nn.Conv2d(8, 8, 4), nn.MaxPool2d(2), nn.ReLU(),
            nn.Conv2d(8, 8, 3), nn.MaxPool2d(2), nn.ReLU(),
            nn.Flatten(), nn.Linear(32, 16), nn.ReLU(), nn.Linear(16, 5),
        ),
        "strides and dilation of its own": nn.Sequential(
            nn.Conv2d(3, 8, 3, stride=2), nn.Tanh(), nn.Conv2d(8, 8, 3, dilation=2, groups=2), nn.Sigmoid(),
            nn.MaxPool2d(3, stride=2), nn.Conv2d(8, 8, 2, stride=3), nn.BatchNorm2d(8), nn.Conv2d(8, 5, 2),
        ),
        "overlapping pooling": nn.Sequential(
            nn.Conv2d(3, 6, 3), nn.MaxPool2d(3, stride=2, dilation=2), nn.Dropout(), nn.Flatten(), nn.Linear(54, 5)
        ),
    }  # fmt: skip


@pytest.mark.parametrize(("name", "side", "stride"), [
    ("three poolings, a linear head", 33, 8),
    ("strides and dilation of its own", 31, 12),
    ("overlapping pooling", 11, 2),
])  # fmt: skip
@torch.inference_mode()
def test_dense_scores_equal_those_of_the_patch_around_every_pixel(name: str, side: int, stride: int) -> None:
    network = networks()[name].eval()
    assert patch_side(network) == (side, stride)
    image = torch.randn(3, 21, 26)
    each = classify_patches(network, image, patch=side, batch=100)
    together = dense(network, mirror(image[None], side))[0]
    assert together.shape == each.shape == (5, 21, 26)
    assert float(each.std()) > 0.01
    assert (together - each).abs().max() < 1e-5


@settings(max_examples=25, deadline=None)
@given(
    stages=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=3),
    height=st.integers(1, 9),
    width=st.integers(1, 9),
)
@torch.inference_mode()
def test_so_for_any_stages_and_any_picture(stages: list[tuple[int, int, int]], height: int, width: int) -> None:
    layers: list[nn.Module] = []
    for before, (kernel, pool, stride) in zip((1, 2, 2), stages, strict=False):
        layers += [nn.Conv2d(before, 2, kernel), nn.MaxPool2d(pool, stride=stride)]
    network = nn.Sequential(*layers)
    side, _ = patch_side(network)
    image = torch.randn(1, height, width)
    each = classify_patches(network, image, patch=side, batch=7)
    torch.testing.assert_close(dense(network, mirror(image[None], side))[0], each, rtol=0, atol=1e-5)


def test_the_dense_form_learns_the_networks_own_weights() -> None:
    network = networks()["three poolings, a linear head"].train()
    dense(network, torch.randn(1, 3, 36, 36)).square().sum().backward()
    assert all(parameter.grad is not None and parameter.grad.abs().sum() > 0 for parameter in network.parameters())


def test_what_has_no_dense_form_is_named() -> None:
    picture = torch.zeros(1, 3, 8, 8)
    with pytest.raises(ValueError, match="pads its input"):
        dense(nn.Conv2d(3, 1, 3, padding=1), picture)
    with pytest.raises(ValueError, match="stride differs between rows and columns"):
        dense(nn.Conv2d(3, 1, 3, stride=(1, 2)), picture)
    with pytest.raises(TypeError, match="no dense form of LSTM"):
        dense(nn.LSTM(1, 1), picture)
    with pytest.raises(TypeError, match="no dense form of Upsample"):
        patch_side(nn.Upsample(2))
    with pytest.raises(ValueError, match="both must be at least 1"):
        classify_patches(nn.Flatten(), picture[0], patch=3, batch=0)

from __future__ import annotations

import pytest

pytest.importorskip("torch")

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter, fitting
from perpixel.complexity import complexity
from perpixel.models import build
from perpixel.spec import Geometry


class Small(Segmenter):
    """One convolution 3 -> 5 of 3x3 with stride 2, one of 5 -> classes of 1x1, attention over one row if asked."""

    def __init__(self, *, attention: bool = False) -> None:
        super().__init__(4, in_channels=3, stride=2, geometry=Geometry(multiple=4, minimum=4))
        self.first, self.last = nn.Conv2d(3, 5, 3, stride=2, padding=1), nn.Conv2d(5, 4, 1)
        self.auxiliary = nn.Conv2d(5, 4, 1)
        self.attention = attention

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        features = F.relu(self.first(images))
        if self.attention:
            tokens = features.flatten(2).transpose(1, 2)
            features = F.scaled_dot_product_attention(tokens, tokens, tokens).transpose(1, 2).view_as(features)
        return {"logits": self.last(features)}


def test_a_hand_count_of_two_convolutions_on_the_padded_picture() -> None:
    with torch.device("meta"):
        model = Small()
    found = complexity(model, (9, 15))  # padded to 12 x 16: 6 x 8 places
    assert found.parameters == (3 * 9 * 5 + 5) + 2 * (5 * 4 + 4)
    assert found.flops == 2 * 6 * 8 * (3 * 9 * 5 + 5 * 4)
    assert found.size == (9, 15)
    assert model.training


def test_a_second_stage_counts_with_all_regions_and_things_that_its_rules_allow() -> None:
    options = {"width": 8, "hidden": 16, "depth": 1, "detections": 10}

    def flops(proposals: int) -> int:
        with torch.device("meta"):
            model = build("mask_rcnn", 3, backbone="mobilenet_v3_small", options={**options, "proposals": proposals})
        return complexity(model, (64, 64)).flops

    of_a_box = 8 * 7 * 7 * 16 + 16 * 16 + 16 * (3 + 12)
    assert flops(101) - flops(100) == 2 * of_a_box


def test_attention_counts_its_two_matrix_products() -> None:
    with torch.device("meta"):
        plain, attending = Small(), Small(attention=True)
    places = 6 * 8
    more = complexity(attending, (12, 16)).flops - complexity(plain, (12, 16)).flops
    assert more == 2 * 2 * places * places * 5


def test_a_network_with_a_margin_is_counted_on_the_mirrored_picture() -> None:
    with torch.device("meta"):
        model = build("unet", 2, options={"widths": (4, 8), "padding": "valid", "norm": False})
    geometry, flops = model.geometry, [complexity(model, (side, side)).flops for side in range(20, 25)]
    mirrored = [fitting(side + 2 * geometry.margin, geometry) for side in range(20, 25)]
    steps = [(b > a, c > d) for a, b, c, d in zip(mirrored, mirrored[1:], flops[1:], flops, strict=False)]
    assert {(True, True), (False, False)} == set(steps)


def test_what_would_be_run_for_its_numbers_is_refused() -> None:
    with pytest.raises(ValueError, match=r"lies on cpu; build it under torch\.device\('meta'\)"):
        complexity(Small(), (8, 8))
    with torch.device("meta"):
        model = Small()
    with pytest.raises(ValueError, match="at least one pixel"):
        complexity(model, (0, 8))

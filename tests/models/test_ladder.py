from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from perpixel.models import build
from perpixel.models.ladder import Ladder


@pytest.fixture(scope="module")
def model() -> Ladder:
    torch.manual_seed(0)
    return Ladder(11, backbone="efficientnet_lite0", width=32).eval()


@pytest.mark.parametrize("size", [(64, 96), (45, 61), (1, 1)])
def test_logits_have_the_size_of_the_picture_and_coarse_ones_a_quarter_of_the_padded(
    model: Ladder, size: tuple[int, int]
) -> None:
    images = 255 * torch.rand(1, 3, *size)
    assert model(images).shape == (1, 11, *size)
    padded = [-(-side // 32) * 32 for side in size]
    assert model.outputs(images)["logits"].shape == (1, 11, padded[0] // 4, padded[1] // 4)


def test_the_auxiliary_head_speaks_in_training_only(model: Ladder) -> None:
    images = 255 * torch.rand(2, 3, 64, 64)
    assert set(model.outputs(images)) == {"logits"}
    outputs = Ladder(11, backbone="efficientnet_lite0", width=32).train().outputs(images)
    assert outputs["auxiliary"].shape == (2, 11, 4, 4)


def test_a_picture_does_not_depend_on_its_neighbors_in_the_batch(model: Ladder) -> None:
    images = 255 * torch.rand(3, 3, 64, 64)
    with torch.inference_mode():
        assert_close(model(images)[1:2], model(images[1:2]), rtol=1e-4, atol=1e-5)


def test_a_picture_is_answered_as_its_padded_self(model: Ladder) -> None:
    images = 255 * torch.rand(1, 3, 50, 70)
    padded = torch.nn.functional.pad(images, (0, 26, 0, 14), mode="replicate")
    with torch.inference_mode():
        assert_close(model(images), model(padded)[:, :, :50, :70])


def test_every_parameter_learns() -> None:
    model = Ladder(3, backbone="efficientnet_lite0", width=16).train()
    outputs = model.outputs(255 * torch.rand(2, 3, 64, 64))
    sum(output.square().sum() for output in outputs.values()).backward()
    still = [name for name, parameter in model.named_parameters() if parameter.grad is None]
    assert not still


def test_the_network_of_street_keeps_its_five_million_parameters() -> None:
    assert sum(parameter.numel() for parameter in Ladder(11).parameters()) < 5_000_000


def test_a_backbone_of_four_maps_climbs_to_stride_4_as_well() -> None:
    with torch.device("meta"):
        model = build("ladder", 3, backbone="mit_b0", options={"width": 8}).eval()
        assert model.outputs(torch.zeros(1, 3, 64, 96))["logits"].shape == (1, 3, 16, 24)

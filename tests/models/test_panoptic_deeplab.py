from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from perpixel.models.panoptic_deeplab import PanopticDeepLab

NAMES = PanopticDeepLab.answers


def narrow(stride: int = 4) -> PanopticDeepLab:
    torch.manual_seed(0)
    return PanopticDeepLab(5, backbone="resnet18", width=16, beside=8, head=8, stride=stride)


@pytest.mark.parametrize("stride", [2, 4, 8])
@pytest.mark.parametrize("size", [(1, 1), (45, 61)])
@torch.inference_mode()
def test_all_outputs_cover_the_padded_picture_at_one_stride(stride: int, size: tuple[int, int]) -> None:
    model = narrow(stride).eval()
    images = 255 * torch.rand(1, 3, *size)
    outputs = model.outputs(images)
    rows, columns = (-(-side // 32) * 32 // stride for side in size)
    assert tuple(outputs) == NAMES  # those that its graph gives, in their order
    assert {name: tuple(output.shape) for name, output in outputs.items()} == {
        "logits": (1, 5, rows, columns),
        "centers": (1, 1, rows, columns),
        "offsets": (1, 2, rows, columns),
    }
    assert model(images).shape == (1, 5, *size)


def test_every_parameter_learns_from_all_outputs_together() -> None:
    model = narrow().train()
    outputs = model.outputs(255 * torch.rand(2, 3, 64, 64))
    assert outputs["auxiliary"].shape == (2, 5, 4, 4)
    sum(output.square().sum() for output in outputs.values()).backward()
    assert [name for name, parameter in model.named_parameters() if parameter.grad is None] == []


@torch.inference_mode()
def test_a_picture_does_not_depend_on_its_neighbors_in_the_batch() -> None:
    model = narrow().eval()
    images = 255 * torch.rand(3, 3, 64, 64)
    together, alone = model.outputs(images), model.outputs(images[1:2])
    for name in NAMES:
        assert_close(together[name][1:2], alone[name], rtol=1e-4, atol=1e-4)


def test_the_light_network_has_under_four_million_parameters() -> None:
    with torch.device("meta"):
        assert sum(parameter.numel() for parameter in PanopticDeepLab(12).parameters()) < 4_000_000


def test_a_stride_that_the_backbone_has_no_map_at_is_refused() -> None:
    with torch.device("meta"), pytest.raises(ValueError, match="stride 2: with mit_b0 it must be one of 4, 8"):
        PanopticDeepLab(3, backbone="mit_b0", stride=2)


@torch.inference_mode()
def test_a_network_that_zooms_sees_the_enlarged_picture_and_points_half_as_far() -> None:
    plain = narrow().eval()
    torch.manual_seed(0)
    zooming = PanopticDeepLab(5, backbone="resnet18", width=16, beside=8, head=8, zoom=2).eval()
    assert (zooming.stride, zooming.geometry.multiple) == (2, 16)
    images = 255 * torch.rand(1, 3, 32, 48)
    expected = plain.outputs(torch.nn.functional.interpolate(images, scale_factor=2.0, mode="bilinear"))
    outputs = zooming.outputs(images)
    assert_close(outputs["logits"], expected["logits"], rtol=1e-3, atol=1e-3)
    assert_close(2 * outputs["offsets"], expected["offsets"], rtol=1e-3, atol=1e-3)


@torch.inference_mode()
def test_a_backbone_that_ends_at_stride_16_is_a_quarter_of_the_weights() -> None:
    with torch.device("meta"):
        model = PanopticDeepLab(2, stride=2, coarsest=16).eval()
        assert sum(parameter.numel() for parameter in model.parameters()) < 900_000
        outputs = model.outputs(torch.empty(1, 3, 45, 61))
    assert {name: tuple(output.shape[2:]) for name, output in outputs.items()} == dict.fromkeys(NAMES, (24, 32))


def test_a_backbone_that_cannot_end_early_says_which_can() -> None:
    with torch.device("meta"), pytest.raises(ValueError, match="ResNet cannot end at stride 16; EfficientNet-Lite can"):
        PanopticDeepLab(2, backbone="resnet18", coarsest=16)
    with torch.device("meta"), pytest.raises(ValueError, match="coarsest is 8 and zoom 1; they must be"):
        PanopticDeepLab(2, coarsest=8)

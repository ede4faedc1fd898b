"""PSPNet: channels and parameters of the paper's figure 3, strides, dilation, backbones."""

from __future__ import annotations

import inspect

import pytest
import torch

from perpixel.backbones import BACKBONES
from perpixel.errors import ModelError
from perpixel.models import build
from perpixel.models.pspnet import PSPNet


def test_it_has_the_channels_and_the_parameters_of_the_paper() -> None:
    with torch.device("meta"):
        model = PSPNet(21)
    levels, head, auxiliary = model.pyramid.levels, model.classify, model.auxiliary
    assert [level[0].weight.shape[:2] for level in levels] == [(512, 2048)] * 4
    assert head[0].weight.shape == (512, 4096, 3, 3)
    assert auxiliary[0].weight.shape == (256, 1024, 3, 3)
    assert head[3].p == auxiliary[3].p == 0.1
    expected = (
        23_508_032  # ResNet-50 without its classifier
        + 4 * (2048 * 512 + 2 * 512)
        + (4096 * 512 * 9 + 2 * 512 + 512 * 21 + 21)
        + (1024 * 256 * 9 + 2 * 256 + 256 * 21 + 21)
    )
    assert sum(parameter.numel() for parameter in model.parameters()) == expected == 48_957_802


def test_the_third_stage_is_dilated_by_2_and_the_fourth_by_4() -> None:
    with torch.device("meta"):
        backbone = PSPNet(21).backbone
    assert backbone.strides == (2, 4, 8, 8, 8)
    assert [block.conv2.dilation[0] for block in backbone.layer3] == [1, 2, 2, 2, 2, 2]
    assert [block.conv2.dilation[0] for block in backbone.layer4] == [2, 4, 4]


@pytest.mark.parametrize("size", [473, 713])
def test_the_papers_sizes_have_the_60_and_90_steps_that_it_means_them_to_have(size: int) -> None:
    with torch.device("meta"):
        logits = PSPNet(19, backbone="mobilenet_v2", width=8).eval().outputs(torch.empty(1, 3, size, size))["logits"]
    assert logits.shape == (1, 19, (size - 1) // 8 + 1, (size - 1) // 8 + 1)


@pytest.mark.parametrize("output_stride", [8, 16])
def test_the_auxiliary_head_answers_in_training_at_the_same_stride(output_stride: int) -> None:
    model = PSPNet(3, backbone="mobilenet_v3_small", width=16, output_stride=output_stride)
    outputs = model.train().outputs(torch.rand(2, 3, 64, 96))
    size = (2, 3, 64 // output_stride, 96 // output_stride)
    assert outputs["logits"].shape == outputs["auxiliary"].shape == size
    assert model.eval().outputs(torch.rand(1, 3, 64, 96)).keys() == {"logits"}


@pytest.mark.parametrize("name", ["fcn_resnet", "pspnet", "deeplabv3", "deeplabv3plus"])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_dilated_networks_stand_on_every_backbone_that_dilates_and_refuse_the_others(name: str, backbone: str) -> None:
    with torch.device("meta"):
        if "output_stride" not in inspect.signature(BACKBONES[backbone]).parameters:
            with pytest.raises(ModelError, match=rf"{backbone} cannot keep its last map at stride .*; take one of .*"):
                build(name, 5, backbone=backbone)
            return
        model = build(name, 5, backbone=backbone, options={"width": 8}).eval()
        assert model(torch.empty(1, 3, 70, 90)).shape == (1, 5, 70, 90)


@pytest.mark.parametrize("bins", [(), (0, 2)])
def test_grids_without_cells_are_refused(bins: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="at least one grid of at least one cell"):
        PSPNet(3, backbone="resnet18", bins=bins)


def test_pretrained_weights_are_the_backbones_and_a_fourth_channel_begins_at_zero() -> None:
    model = PSPNet(2, backbone="efficientnet_lite0", pretrained=True, in_channels=4, width=8)
    published = BACKBONES["efficientnet_lite0"]()
    published.load_pretrained()
    ours, theirs = model.backbone.state_dict(), published.state_dict()
    first = "conv_stem.weight"
    assert all(torch.equal(tensor, theirs[name]) for name, tensor in ours.items() if name != first)
    assert ours[first][:, 3:].count_nonzero() == 0
    assert model.normalization.mean.flatten().tolist() == [127.0] * 4

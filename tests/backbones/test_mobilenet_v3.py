"""MobileNetV3: public names and shapes under both names, published parameter counts, strides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
import torch

from perpixel.backbones.mobilenet_v3 import (
    EPSILON,
    TIMM_EPSILON,
    MobileNetV3,
    mobilenet_v3_large,
    mobilenet_v3_small,
    timm_names,
)

# Tensors in torchvision's published file, SHA-256 of its sorted lines "name<tab>shape", its parameters, and what is
# left of them without the classifier's two layers: 960 * 1280 + 1280 * 1000, 576 * 1024 + 1024 * 1000, and biases.
PUBLISHED = [
    pytest.param(
        mobilenet_v3_large,
        312,
        "ea73062c6331fd93f5cd77140e8660d8b41ec633936a10afb697751ab38fca4d",
        5_483_032,
        5_483_032 - 2_508_800 - 2_280,
        id="large",
    ),
    pytest.param(
        mobilenet_v3_small,
        244,
        "d97c78a58a697b9dd1fa925b33e9d0096743dec86e77a602ba9e82042e86e14d",
        2_542_856,
        2_542_856 - 1_613_824 - 2_024,
        id="small",
    ),
]
BOTH = pytest.mark.parametrize("make", [mobilenet_v3_large, mobilenet_v3_small])
Constructor = Callable[..., MobileNetV3]


@pytest.mark.parametrize(("make", "tensors", "digest", "whole", "features"), PUBLISHED)
def test_names_shapes_and_parameters_are_torchvisions(
    make: Constructor, tensors: int, digest: str, whole: int, features: int
) -> None:
    with torch.device("meta"):
        backbone, without = make(classes=1000), make()
    lines = sorted(
        f"{name}\t{'x'.join(map(str, tensor.shape)) or 'scalar'}" for name, tensor in backbone.state_dict().items()
    )
    assert len(lines) == tensors
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == digest
    assert sum(parameter.numel() for parameter in backbone.parameters()) == whole
    assert sum(parameter.numel() for parameter in without.parameters()) == features


@BOTH
def test_every_layer_with_weights_has_a_name_in_timm(make: Constructor) -> None:
    with torch.device("meta"):
        backbone = make(classes=1000)
    names = timm_names(backbone.stages)
    assert sorted(names.values()) == sorted({name.rpartition(".")[0] for name in backbone.state_dict()})


def test_names_of_timm_are_in_their_places() -> None:
    large, small = (timm_names(make().stages) for make in (mobilenet_v3_large, mobilenet_v3_small))
    assert large["blocks.0.0.conv_pw"] == "features.1.block.1.0"
    assert large["blocks.2.0.bn3"] == "features.4.block.3.1"
    assert large["blocks.5.2.se.conv_expand"] == "features.15.block.2.fc2"
    assert large["blocks.6.0.conv"] == "features.16.0"
    assert small["blocks.0.0.se.conv_reduce"] == "features.1.block.1.fc1"
    assert small["blocks.0.0.bn2"] == "features.1.block.2.1"


@BOTH
@torch.inference_mode()
def test_a_file_with_timms_names_gives_timms_features_whose_epsilon_is_another(make: Constructor) -> None:
    torch.manual_seed(0)
    published, backbone = make(classes=7).eval(), make(classes=7).eval()
    for layer in published.modules():
        if isinstance(layer, torch.nn.BatchNorm2d):
            layer.eps = TIMM_EPSILON
    theirs = {ours: name for name, ours in timm_names(published.stages).items()}
    tensors = {}
    for name, tensor in published.state_dict().items():
        layer, _, leaf = name.rpartition(".")
        wide = layer == "classifier.0" and leaf == "weight"
        tensors[f"{theirs[layer]}.{leaf}"] = tensor[..., None, None] if wide else tensor
    backbone.load_state_dict(dict(backbone.renamed(tensors)))
    assert backbone.features[0][1].eps == EPSILON
    image = torch.rand(1, 3, 64, 64)
    torch.testing.assert_close(backbone.classify(image), published.classify(image), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("output_stride", [8, 16, 32])
@pytest.mark.parametrize(
    ("make", "channels"), [(mobilenet_v3_large, (16, 24, 40, 112, 960)), (mobilenet_v3_small, (16, 16, 24, 48, 576))]
)
@torch.inference_mode()
def test_maps_have_the_stated_strides_and_channels_at_an_odd_size(
    make: Constructor, channels: tuple[int, ...], output_stride: int
) -> None:
    backbone = make(output_stride=output_stride).eval()
    maps = backbone(torch.rand(1, 3, 65, 79))
    assert backbone.channels == channels
    assert backbone.strides == tuple(min(stride, output_stride) for stride in (2, 4, 8, 16, 32))
    assert [tuple(x.shape) for x in maps] == [
        (1, channels, -(-65 // stride), -(-79 // stride))
        for channels, stride in zip(backbone.channels, backbone.strides, strict=True)
    ]


@BOTH
@torch.inference_mode()
def test_the_classifier_gives_one_logit_a_class(make: Constructor) -> None:
    assert make(classes=7).eval().classify(torch.rand(2, 3, 64, 64)).shape == (2, 7)


@pytest.mark.parametrize("output_stride", [8, 16])
@torch.inference_mode()
def test_dilation_in_place_of_stride_gives_the_same_numbers_at_the_places_both_have(output_stride: int) -> None:
    # Channels are weighed by means over the map, which differ between the grids: the weighing is left out here.
    torch.manual_seed(0)
    strided, dilated = mobilenet_v3_large().eval(), mobilenet_v3_large(output_stride=output_stride).eval()
    dilated.load_state_dict(strided.state_dict())
    for backbone in (strided, dilated):
        for name, layer in backbone.named_modules():
            if name.endswith("fc2"):
                torch.nn.init.zeros_(layer.weight)
    image = torch.rand(1, 3, 96, 96)
    expected, dense = strided(image)[-1], dilated(image)[-1]
    step, scale = 32 // output_stride, float(expected.abs().max())
    torch.testing.assert_close(dense[:, :, ::step, ::step], expected, rtol=1e-3, atol=1e-4 * scale)


def test_a_stride_that_is_not_offered_is_named() -> None:
    with pytest.raises(ValueError, match="output_stride is 4; MobileNetV3 offers 8, 16 and 32"):
        mobilenet_v3_small(output_stride=4)

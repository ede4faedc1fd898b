"""MobileNetV2: public names and shapes under both names, published parameter count, strides."""

from __future__ import annotations

import hashlib

import pytest
import torch

from perpixel.backbones.mobilenet_v2 import mobilenet_v2, timm_names


def test_names_shapes_and_parameters_are_torchvisions() -> None:
    with torch.device("meta"):
        backbone = mobilenet_v2(classes=1000)
    lines = sorted(
        f"{name}\t{'x'.join(map(str, tensor.shape)) or 'scalar'}" for name, tensor in backbone.state_dict().items()
    )
    assert len(lines) == 314
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    assert digest == "63b49863b97bfb93d9c65fda67935c2c991d2679db054f7f60d553216d5126a7"
    assert sum(parameter.numel() for parameter in backbone.parameters()) == 3_504_872


def test_every_layer_with_weights_has_a_name_in_timm() -> None:
    with torch.device("meta"):
        backbone = mobilenet_v2(classes=1000)
    names = timm_names()
    assert sorted(names.values()) == sorted({name.rpartition(".")[0] for name in backbone.state_dict()})
    assert names["blocks.0.0.conv_pw"] == "features.1.conv.1"
    assert names["blocks.1.0.conv_dw"] == "features.2.conv.1.0"
    assert names["blocks.6.0.conv_pwl"] == "features.17.conv.2"


@torch.inference_mode()
def test_a_file_with_timms_names_fits_too() -> None:
    torch.manual_seed(0)
    published, backbone = mobilenet_v2(classes=1000), mobilenet_v2()
    theirs = {ours: name for name, ours in timm_names().items()}
    tensors = {
        f"{theirs[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}": tensor
        for name, tensor in published.state_dict().items()
    }
    assert dict(backbone.renamed(tensors)).keys() == published.state_dict().keys()
    assert backbone.renamed(tensors)["features.0.0.weight"] is tensors["conv_stem.weight"]


@pytest.mark.parametrize("output_stride", [8, 16, 32])
@torch.inference_mode()
def test_maps_have_the_stated_strides_and_channels_at_an_odd_size(output_stride: int) -> None:
    backbone = mobilenet_v2(output_stride=output_stride).eval()
    maps = backbone(torch.rand(1, 3, 65, 79))
    assert backbone.channels == (16, 24, 32, 96, 320)
    assert backbone.strides == tuple(min(stride, output_stride) for stride in (2, 4, 8, 16, 32))
    assert [tuple(x.shape) for x in maps] == [
        (1, channels, -(-65 // stride), -(-79 // stride))
        for channels, stride in zip(backbone.channels, backbone.strides, strict=True)
    ]


@torch.inference_mode()
def test_the_classifier_gives_one_logit_a_class() -> None:
    assert mobilenet_v2(classes=7).eval().classify(torch.rand(2, 3, 64, 64)).shape == (2, 7)


@pytest.mark.parametrize("output_stride", [8, 16])
@torch.inference_mode()
def test_dilation_in_place_of_stride_gives_the_same_numbers_at_the_places_both_have(output_stride: int) -> None:
    torch.manual_seed(0)
    strided, dilated = mobilenet_v2().eval(), mobilenet_v2(output_stride=output_stride).eval()
    dilated.load_state_dict(strided.state_dict())
    image = torch.rand(1, 3, 96, 96)
    expected, dense = strided(image)[-1], dilated(image)[-1]
    step, scale = 32 // output_stride, float(expected.abs().max())
    torch.testing.assert_close(dense[:, :, ::step, ::step], expected, rtol=1e-3, atol=1e-4 * scale)


def test_a_stride_that_is_not_offered_is_named() -> None:
    with pytest.raises(ValueError, match="output_stride is 4; MobileNetV2 offers 8, 16 and 32"):
        mobilenet_v2(output_stride=4)

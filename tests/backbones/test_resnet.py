"""ResNet: public names and shapes, published parameter counts, strides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest
import torch
from torch import nn

from perpixel.backbones.resnet import ResNet, resnet18, resnet34, resnet50, resnet101

# Tensors in torchvision's published file, SHA-256 of its sorted lines "name<tab>shape", and its parameters.
PUBLISHED = [
    (resnet18, 122, "f5263d8d8172bc8fea43282caeda377b2e644e75ee1aa1864c97992b851d075d", 11_689_512),
    (resnet34, 218, "5c67d38c73f6bec2ee0c08e4b498864f550741d20409f07c958d77fc9116d2bc", 21_797_672),
    (resnet50, 320, "1b60ac6fedc2eeb5db4242ceeafecf3d3ecfc312c811c51703d4bc0ddac259e6", 25_557_032),
    (resnet101, 626, "833ca7bfc4d094cbcbcb653ed606a2907f05ffd8b9be3ad9ddae15403758cc97", 44_549_160),
]


def signature(module: nn.Module) -> tuple[int, str]:
    lines = sorted(
        f"{name}\t{'x'.join(map(str, tensor.shape)) or 'scalar'}" for name, tensor in module.state_dict().items()
    )
    return len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()


@pytest.mark.parametrize(("make", "tensors", "digest", "parameters"), PUBLISHED)
def test_names_shapes_and_parameters_are_the_published_ones(
    make: Callable[..., ResNet], tensors: int, digest: str, parameters: int
) -> None:
    with torch.device("meta"):
        backbone = make(classes=1000)
    assert signature(backbone) == (tensors, digest)
    assert sum(parameter.numel() for parameter in backbone.parameters()) == parameters


@pytest.mark.parametrize("output_stride", [8, 16, 32])
@pytest.mark.parametrize("make", [resnet18, resnet50])
@torch.inference_mode()
def test_maps_have_the_stated_strides_and_channels_at_an_odd_size(
    make: Callable[..., ResNet], output_stride: int
) -> None:
    backbone = make(output_stride=output_stride).eval()
    maps = backbone(torch.rand(1, 3, 65, 79))
    assert [tuple(x.shape) for x in maps] == [
        (1, channels, -(-65 // stride), -(-79 // stride))
        for channels, stride in zip(backbone.channels, backbone.strides, strict=True)
    ]
    assert backbone.strides == tuple(min(stride, output_stride) for stride in (2, 4, 8, 16, 32))


@torch.inference_mode()
def test_dilation_in_place_of_stride_gives_the_same_numbers_at_the_places_both_have() -> None:
    torch.manual_seed(0)
    strided, dilated = resnet18().eval(), resnet18(output_stride=16).eval()
    dilated.load_state_dict(strided.state_dict())
    image = torch.rand(1, 3, 96, 96)
    torch.testing.assert_close(dilated(image)[-1][:, :, ::2, ::2], strided(image)[-1], rtol=1e-3, atol=1e-4)


@torch.inference_mode()
def test_the_classifier_gives_one_logit_a_class() -> None:
    assert resnet18(classes=7).eval().classify(torch.rand(2, 3, 64, 64)).shape == (2, 7)


def test_a_stride_that_is_not_offered_is_named() -> None:
    with pytest.raises(ValueError, match="output_stride is 4; ResNet offers 8, 16 and 32"):
        resnet18(output_stride=4)

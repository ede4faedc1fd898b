"""VGG: public names and shapes, published parameter counts, strides, and files with timm's names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor, nn

from perpixel.backbones.vgg import VGG, vgg16, vgg16_bn

# By the paper's column D: convolutions before each pooling. With batch normalization every convolution has two layers
# behind it, without only a ReLU, and the names in torchvision's files are these layers' numbers.
COLUMN = (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512, "M")
NARROW = (4, 6, 8, 10, 12)
Make = Callable[..., VGG]


def published(*, norm: bool) -> dict[str, tuple[int, ...]]:
    """Names and shapes in torchvision's file, by rule."""
    shapes: dict[str, tuple[int, ...]] = {}
    number, inner = 0, 3
    for width in COLUMN:
        if isinstance(width, str):
            number += 1
            continue
        shapes[f"features.{number}.weight"], shapes[f"features.{number}.bias"] = (width, inner, 3, 3), (width,)
        if norm:
            names = ("weight", "bias", "running_mean", "running_var")
            shapes |= {f"features.{number + 1}.{name}": (width,) for name in names}
            shapes[f"features.{number + 1}.num_batches_tracked"] = ()
        number, inner = number + (3 if norm else 2), width
    for number, (out, into) in {0: (4096, 25088), 3: (4096, 4096), 6: (1000, 4096)}.items():
        shapes[f"classifier.{number}.weight"], shapes[f"classifier.{number}.bias"] = (out, into), (out,)
    return shapes


@pytest.mark.parametrize(
    ("make", "norm", "tensors", "parameters"), [(vgg16, False, 32, 138_357_544), (vgg16_bn, True, 97, 138_365_992)]
)
def test_names_shapes_and_parameters_are_the_published_ones(
    make: Make, norm: bool, tensors: int, parameters: int
) -> None:
    with torch.device("meta"):
        backbone = make(classes=1000)
    ours = {name: tuple(tensor.shape) for name, tensor in backbone.state_dict().items()}
    assert ours == published(norm=norm)
    assert len(ours) == tensors
    assert sum(parameter.numel() for parameter in backbone.parameters()) == parameters


@pytest.mark.parametrize("make", [vgg16, vgg16_bn])
@torch.inference_mode()
def test_maps_have_the_stated_strides_and_channels_at_an_odd_size(make: Make) -> None:
    backbone = make(widths=NARROW).eval()
    maps = backbone(torch.rand(1, 3, 65, 79))
    assert [tuple(x.shape) for x in maps] == [
        (1, channels, -(-65 // stride), -(-79 // stride))
        for channels, stride in zip(backbone.channels, backbone.strides, strict=True)
    ]
    assert backbone.strides == (2, 4, 8, 16, 32)


@pytest.mark.parametrize("make", [vgg16, vgg16_bn])
@torch.inference_mode()
def test_stages_and_poolings_in_turn_are_the_published_sequence(make: Make) -> None:
    torch.manual_seed(0)
    backbone = make(widths=NARROW).eval()
    x = images = torch.rand(1, 3, 64, 96)
    for number in range(5):
        x = torch.nn.functional.max_pool2d(backbone.stage(number, x), 2)
    assert torch.equal(x, backbone.features(images))
    assert torch.equal(x, backbone(images)[-1])


@pytest.mark.parametrize("make", [vgg16, vgg16_bn])
@torch.inference_mode()
def test_a_file_with_timms_names_and_its_convolutional_head_loads(make: Make, tmp_path: Path) -> None:
    torch.manual_seed(0)
    theirs, ours = (make(widths=NARROW, classes=7, hidden=5).eval() for _ in range(2))
    timm: dict[str, Tensor] = {}
    for name, tensor in theirs.state_dict().items():
        name = name.replace("classifier.0", "pre_logits.fc1").replace("classifier.3", "pre_logits.fc2")
        if name == "pre_logits.fc1.weight":
            tensor = tensor.view(5, 12, 7, 7)
        if name == "pre_logits.fc2.weight":
            tensor = tensor.view(5, 5, 1, 1)
        timm[name.replace("classifier.6", "head.fc")] = tensor
    torch.save(timm, tmp_path / "vgg.pth")
    ours.load_pretrained(tmp_path / "vgg.pth")
    images = torch.rand(1, 3, 224, 224)
    assert torch.equal(ours.classify(images), theirs.classify(images))
    without = make(widths=NARROW).eval()
    without.load_pretrained(tmp_path / "vgg.pth")
    assert torch.equal(without(images)[-1], theirs(images)[-1])


def test_all_convolutions_are_3_x_3() -> None:
    with torch.device("meta"):
        layers = [layer for layer in vgg16().modules() if isinstance(layer, nn.Conv2d)]
    assert len(layers) == 13
    assert {layer.kernel_size for layer in layers} == {(3, 3)}


def test_a_number_of_stages_other_than_five_is_refused() -> None:
    with pytest.raises(ValueError, match=r"widths \(8, 8\): VGG has 5 stages"):
        vgg16(widths=(8, 8))

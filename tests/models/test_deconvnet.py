"""DeconvNet: the sizes and widths of the paper's table, its mirror symmetry, and batches of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from perpixel.backbones.vgg import vgg16_bn
from perpixel.models.deconvnet import DeconvNet
from perpixel.spec import Geometry

NARROW: dict[str, Any] = {"widths": (2, 3, 4, 5, 6), "hidden": 8}


def made(**options: Any) -> DeconvNet:
    torch.manual_seed(0)
    return DeconvNet(3, **{**NARROW, **options}).eval()


def test_parameters_are_252_million() -> None:
    # VGG's convolutions with normalization 14723136; fc6 102764544 and fc7 16781312, each normalized: 2 * 8192; back
    # by 7 x 7 4096 * 512 * 49 + 512, normalized 1024. On the way up, 3 x 3 with bias and normalization 9 a b + 3 b:
    # 512 -> 512 five times 2360832, 512 -> 256 1180416, 256 -> 256 twice 590592, 256 -> 128 295296, 128 -> 128 147840,
    # 128 -> 64 73920, 64 -> 64 twice 37056. Scores 64 * 21 + 21.
    down = 14_723_136 + 102_764_544 + 16_781_312 + 2 * 8192 + 102_760_960 + 1024
    up = 5 * 2_360_832 + 1_180_416 + 2 * 590_592 + 295_296 + 147_840 + 73_920 + 2 * 37_056
    with torch.device("meta"):
        network = DeconvNet(21)
    assert sum(values.numel() for values in network.parameters()) == down + up + 64 * 21 + 21 == 251_805_653


def test_widths_on_the_way_up_are_the_papers() -> None:
    with torch.device("meta"):
        network = DeconvNet(21)
    layers = [layer for layer in network.modules() if isinstance(layer, nn.ConvTranspose2d)]
    assert [(layer.in_channels, layer.out_channels) for layer in layers] == [
        (4096, 512),
        (512, 512), (512, 512), (512, 512),
        (512, 512), (512, 512), (512, 256),
        (256, 256), (256, 256), (256, 128),
        (128, 128), (128, 64),
        (64, 64), (64, 64),
    ]  # fmt: skip
    assert [layer.kernel_size for layer in layers] == [(7, 7)] + [(3, 3)] * 13


@torch.inference_mode()
def test_224_pixels_become_one_vector_and_224_again() -> None:
    network = made()
    sizes = []
    watched = [network.backbone.fc6, network.backbone.fc7, network.deconv6, *network.up]
    for layer in watched:
        layer.register_forward_hook(lambda _layer, _given, maps: sizes.append(maps.shape[3]))
    assert network(torch.rand(1, 3, 224, 224) * 255).shape == (1, 3, 224, 224)
    assert sizes == [1, 1, 7, 14, 28, 56, 112, 224]


@torch.inference_mode()
def test_the_way_up_puts_values_only_where_maxima_were() -> None:
    network = made()
    pooled: list[tuple[Tensor, Tensor]] = []
    unpooled: list[Tensor] = []
    network.pool.register_forward_hook(lambda _layer, _given, answer: pooled.append(answer))
    network.unpool.register_forward_hook(lambda _layer, _given, answer: unpooled.append(answer))
    network(torch.rand(1, 3, 224, 224) * 255)
    for (_, positions), maps in zip(pooled, reversed(unpooled), strict=True):
        places = torch.zeros_like(maps.flatten(2), dtype=torch.bool).scatter(2, positions.flatten(2), True)
        assert not maps.flatten(2)[~places].any()


def test_smaller_pictures_are_mirrored_up_to_224() -> None:
    assert made().geometry == Geometry(multiple=32, minimum=224)
    assert made(kernel=2).geometry == Geometry(multiple=32, minimum=64)
    images = torch.rand(1, 3, 200, 230)
    padded = made().padded(images)
    assert padded.shape == (1, 3, 224, 256)
    assert torch.equal(padded[:, :, 200:, :230], images.flip(2)[:, :, 1:25])


def test_a_batch_of_one_picture_of_224_pixels_is_learnt_from() -> None:
    network = made().train()
    before = network.norm6.running_mean
    assert before is not None
    before = before.clone()
    network(torch.rand(1, 3, 224, 224) * 255).square().mean().backward()
    gradient = network.backbone.fc6.weight.grad
    assert gradient is not None
    assert gradient.abs().sum() > 0
    assert torch.equal(network.norm6.running_mean, before)  # type: ignore[arg-type]
    network(torch.rand(2, 3, 224, 224) * 255)
    assert not torch.equal(network.norm6.running_mean, before)  # type: ignore[arg-type]


@torch.inference_mode()
def test_pretrained_weights_reach_the_hidden_layers(tmp_path: Path) -> None:
    classifier = vgg16_bn(classes=7, **NARROW)
    torch.save(classifier.state_dict(), tmp_path / "vgg.pth")
    network = made()
    network.backbone.load_pretrained(tmp_path / "vgg.pth")
    weight = classifier.state_dict()["classifier.0.weight"]
    assert torch.equal(network.backbone.fc6.weight.flatten(1), weight)


def test_no_kernel_is_no_network() -> None:
    with pytest.raises(ValueError, match="at least 1 x 1"):
        made(kernel=0)

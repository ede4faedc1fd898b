"""U-Net: the numbers of the paper's figure 1."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from perpixel.models.unet import Block, UNet
from perpixel.spec import Geometry

NARROW = (1, 1, 1, 1, 1)


def paper(*, widths: tuple[int, ...] = (64, 128, 256, 512, 1024)) -> UNet:
    return UNet(2, in_channels=1, widths=widths, padding="valid", norm=False)


def test_the_papers_network_has_23_convolutions_and_their_parameters() -> None:
    # 3 x 3 with biases:   1->64 640, 64->64 36928, 64->128 73856, 128->128 147584, 128->256 295168, 256->256 590080,
    #   256->512 1180160, 512->512 2359808, 512->1024 4719616, 1024->1024 9438208      18842048 down
    # 2 x 2 with biases:   1024->512 2097664, 512->256 524544, 256->128 131200, 128->64 32832     2786240 doubling
    # 3 x 3 on the way up: 1024->512 4719104, 512->512 2359808, 512->256 1179904, 256->256 590080, 256->128 295040,
    #   128->128 147584, 128->64 73792, 64->64 36928                                            9402240
    # 1 x 1: 64->2 130
    with torch.device("meta"):
        network = paper()
    assert sum(parameter.numel() for parameter in network.parameters()) == 18842048 + 2786240 + 9402240 + 130
    convolutions = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]
    assert len(convolutions) == 23


@torch.inference_mode()
def test_572_pixels_become_388_through_the_sizes_of_the_figure() -> None:
    network = paper(widths=NARROW).eval()
    sizes: list[int] = []
    for block in network.modules():
        if isinstance(block, Block):
            block.register_forward_hook(lambda _block, _images, answer: sizes.append(answer.shape[3]))
    logits = network(torch.rand(1, 1, 572, 572))
    assert sizes == [568, 280, 136, 64, 28, 52, 100, 196, 388]
    assert logits.shape == (1, 2, 388, 388)


@pytest.mark.parametrize(("side", "answer"), [(188, 4), (204, 20), (572, 388)])
@torch.inference_mode()
def test_valid_sides_are_16_m_plus_12_and_lose_184(side: int, answer: int) -> None:
    network = paper(widths=NARROW).eval()
    assert network.geometry == Geometry(multiple=16, minimum=188, margin=92)
    assert network(torch.rand(1, 1, side, 188)).shape == (1, 2, answer, 4)


def test_fewer_levels_take_other_sizes() -> None:
    assert paper(widths=(1, 1, 1)).geometry == Geometry(multiple=4, minimum=44, margin=20)
    assert UNet(2, widths=(4, 8, 8)).geometry == Geometry(multiple=4, minimum=4, margin=0)


@torch.inference_mode()
def test_skips_are_cropped_from_their_middle() -> None:
    # Every filter keeps the center of its window and of its first channel, so the picture crosses by the skip alone.
    network = paper(widths=(1, 1)).eval()
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.zeros_(layer.weight)
            if layer.weight.shape[2] == 3:
                layer.weight[:, 0, 1, 1] = 1  # the skip comes first
    network.classify.weight[:] = 1
    image = torch.rand(1, 1, 44, 60) * 255
    margin = network.geometry.margin
    expected = network.normalization(image)[:, :, margin:-margin, margin:-margin].clamp(min=0)
    torch.testing.assert_close(network(image)[:, :1], expected)


def test_weights_begin_at_random_with_the_papers_spread() -> None:
    torch.manual_seed(0)
    weight = UNet(2, widths=(16, 64)).down[1][3].weight.detach()  # 64 -> 64 channels: N = 9 * 64 incoming
    assert float(weight.std()) == pytest.approx((2 / 576) ** 0.5, rel=0.02)


@pytest.mark.parametrize("arguments", [{"padding": "reflect"}, {"widths": (64,)}, {"downsample": "average"}])
def test_arguments_that_make_no_network_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"same|two|stride"):
        UNet(2, **arguments)  # type: ignore[arg-type]


def test_without_skips_the_decoders_first_convolutions_take_half_as_many_channels() -> None:
    # 512, 256, 128 and 64 channels less into as many filters of 9: 9 * (512^2 + 256^2 + 128^2 + 64^2) = 3133440
    with torch.device("meta"):
        network = UNet(2, in_channels=1, padding="valid", norm=False, skip=False)
    assert sum(parameter.numel() for parameter in network.parameters()) == 31030658 - 3133440
    assert [block[0].in_channels for block in network.up] == [512, 256, 128, 64]


@torch.inference_mode()
def test_without_skips_the_decoder_sees_nothing_but_the_bottom() -> None:
    images = torch.rand(1, 3, 32, 32) * 255
    for skip in (True, False):
        network = UNet(2, widths=(4, 6, 8), skip=skip).eval()
        network.dropout.register_forward_hook(lambda _layer, _maps, bottom: torch.zeros_like(bottom))
        varies = bool((network(images) - network(torch.zeros_like(images))).abs().max() > 1e-6)
        assert varies == skip


@torch.inference_mode()
def test_strided_convolutions_take_the_place_of_pooling_and_keep_every_size() -> None:
    # 2 x 2 with biases: 64 -> 64 16448, 128 -> 128 65664, 256 -> 256 262400, 512 -> 512 1049088
    with torch.device("meta"):
        whole = UNet(2, in_channels=1, padding="valid", norm=False, downsample="stride")
    assert sum(parameter.numel() for parameter in whole.parameters()) == 31030658 + 16448 + 65664 + 262400 + 1049088
    assert not any(isinstance(layer, nn.MaxPool2d) for layer in whole.modules())
    network = UNet(2, in_channels=1, widths=(1, 1, 1), padding="valid", norm=False, downsample="stride").eval()
    assert network(torch.rand(1, 1, 44, 60)).shape == (1, 2, 4, 20)


def test_elu_stands_where_relu_stood() -> None:
    """At -1 before every activation of a block of zero kernels: ReLU gives 0, ELU gives exp(-1) - 1."""
    block = UNet(2, widths=(4, 8), norm=False, activation="elu").down[0]
    for layer in block:
        if isinstance(layer, torch.nn.Conv2d):
            torch.nn.init.zeros_(layer.weight)
            torch.nn.init.constant_(layer.bias, -1)
    assert block(torch.zeros(1, 3, 4, 4)).unique().tolist() == pytest.approx([math.exp(-1) - 1])
    with pytest.raises(ValueError, match="activation is 'tanh'"):
        UNet(2, activation="tanh")  # type: ignore[arg-type]

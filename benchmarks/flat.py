"""Why networks downsample: one answer to a picture of 1024 x 1024, with VGG-16's convolutions all at full size.

`FCNFlat` with the widths of VGG's 13 convolutions never makes a map smaller; FCN-8s is the same convolutions with five
poolings between them, U-Net another network that goes down and up. What they would need at full width is counted
without doing it; what is timed is a sixteenth as wide. Counted bytes are those of all convolutions' answers in float32:
training keeps them all, predicting the two largest neighbors. All sides take as many threads as they like.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmarks.pairing import Row, Work, compare

if TYPE_CHECKING:
    from perpixel.architecture import Segmenter

SIDE, CLASSES, NARROW = 1024, 11, 16
VGG = (64, 64, 128, 128, 256, 256, 256, 512, 512, 512, 512, 512, 512)
LECTURE = (64, 64, 64, 64)


def flat(narrow: int = 1, widths: tuple[int, ...] = VGG) -> Segmenter:
    from perpixel.models.fcn_flat import FCNFlat

    return FCNFlat(CLASSES, widths=[width // narrow for width in widths])


def lecture(narrow: int = 1) -> Segmenter:
    return flat(narrow, LECTURE)


def fcn8s(narrow: int = 1) -> Segmenter:
    from perpixel.models.fcn import fcn8s

    widths = [width // narrow for width in (64, 128, 256, 512, 512)]
    return fcn8s(CLASSES, widths=widths, hidden=4096 // narrow, norm=True)


def unet(narrow: int = 1) -> Segmenter:
    from perpixel.models.unet import UNet

    return UNet(CLASSES, widths=[width // narrow for width in (64, 128, 256, 512, 1024)])


def answering(make: Callable[[int], Segmenter]) -> Callable[[], object]:
    import torch

    torch.manual_seed(0)
    network, image = make(NARROW).eval(), torch.rand(1, 3, SIDE, SIDE) * 255

    def run() -> object:
        with torch.inference_mode():
            return network(image)

    return run


def answer_flat() -> Callable[[], object]:
    return answering(flat)


def answer_fcn8s() -> Callable[[], object]:
    return answering(fcn8s)


def answer_unet() -> Callable[[], object]:
    return answering(unet)


def cost(make: Callable[[int], Segmenter]) -> str:
    """Counted at full width: bytes, arithmetic."""
    import torch
    from torch import Tensor, nn

    from perpixel.complexity import complexity
    from perpixel.models.fcn import Deconvolution

    with torch.device("meta"):
        network = make(1)
    sizes: list[int] = []

    def note(_layer: nn.Module, _given: tuple[Tensor, ...], answer: Tensor) -> None:
        sizes.append(4 * answer.numel())

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | Deconvolution):
            layer.register_forward_hook(note)
    counted = complexity(network, (SIDE, SIDE))
    two = max(a + b for a, b in pairwise(sizes))
    return (
        f"full width: {sum(sizes) / 1e9:.1f} GB of maps, {two / 1e9:.2f} GB the two largest neighbors, "
        f"{counted.flops / 1e12:.2f} TFLOP"
    )


def run() -> list[Row]:
    same = "VGG's 13 convolutions at full size"
    task = f"labels of {SIDE} x {SIDE}, a sixteenth of the width"
    by_fcn, by_unet = f"{task}, by FCN-8s", f"{task}, by U-Net"
    peers = [Work(same, answer_flat)]
    return [
        *compare(by_fcn, Work("FCN-8s", answer_fcn8s), peers, first_run=False),
        Row(by_fcn, "FCN-8s", None, None, None, note=cost(fcn8s)),
        Row(by_fcn, same, None, None, None, note=cost(flat)),
        Row(by_fcn, "the lecture's four layers of 64", None, None, None, note=cost(lecture)),
        *compare(by_unet, Work("U-Net", answer_unet), peers, first_run=False),
        Row(by_unet, "U-Net", None, None, None, note=cost(unet)),
    ]

"""SegNet: remember where each maximum was on the way down, and put the values back there on the way up.

Badrinarayanan, Kendall & Cipolla, 2017, https://arxiv.org/abs/1511.00561, figures 2 and 3; the details of both nets
from the authors' published files, https://github.com/alexgkendall/SegNet-Tutorial.

SegNet is the 13 convolutions of VGG-16 and their mirror image; SegNet-Basic is four 7 x 7 convolutions of 64 channels
down and four up, of which those on the way up have no ReLU.

Differences from the source: pictures are mirrored to a multiple of 32 (16 for Basic) in the place of pooling odd maps
with a ceiling; Basic's local response normalization of the picture is left out, since the mean and deviation are taken
off already. To measure what the positions are worth, unpooling can be replaced by the other four
ways of upsampling (`upsample`), and pooling by strided convolution (`downsample`), which leaves no positions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from perpixel.architecture import Segmenter, surround
from perpixel.backbones.pretrained import adapt_channels, fit, read_weights
from perpixel.layers.convolution import ConvNormAct
from perpixel.spec import Geometry
from perpixel.upsample import (
    BedOfNails,
    Bilinear,
    MaxPoolWithPositions,
    MaxUnpool,
    Nearest,
    TransposedConvolution,
)

Upsample = Literal["unpool", "nearest", "nails", "bilinear", "transposed"]
Downsample = Literal["pool", "stride"]

VGG = (64, 128, 256, 512, 512)
DEPTHS = (2, 2, 3, 3, 3)  # convolutions of each stage of VGG-16
PUBLISHED = "timm/vgg16_bn.tv_in1k"
MEAN, STD = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)  # of the pictures that VGG's weights were trained on


class SegNet(Segmenter):
    """VGG-16 without its head, and its mirror image: 29.5 million parameters.

    Args:
        widths: channels of the stages, from the top down; up to five.
        pretrained: start the way down from VGG-16's public ImageNet weights (with batch normalization), as the paper
            does from those without.
        upsample, downsample: as for `SegNetBasic`.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        in_channels: int = 3,
        pretrained: bool = False,
        widths: Sequence[int] = VGG,
        upsample: Upsample = "unpool",
        downsample: Downsample = "pool",
    ) -> None:
        if not 1 <= len(widths) <= len(DEPTHS):
            raise ValueError(f"widths {tuple(widths)}: VGG-16 has one to {len(DEPTHS)} stages")
        super().__init__(
            num_classes, in_channels=in_channels, stride=1, geometry=halving(len(widths)), mean=MEAN, std=STD
        )
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        self.shrink, self.enlarge = nn.ModuleList(), nn.ModuleList()
        before = 3
        for width, depth in zip(widths, DEPTHS, strict=False):
            inside = [before] + [width] * depth
            self.down.append(nn.Sequential(*(ConvNormAct(a, b) for a, b in pairwise(inside))))
            self.shrink.append(shrinking(width, downsample, upsample))
            self.enlarge.insert(0, enlarging(width, upsample))
            back = [width] * depth + [max(before, widths[0])]  # the last of a stage already has the next one's width
            convolutions = [ConvNormAct(a, b) for a, b in pairwise(back)]
            self.up.insert(0, nn.Sequential(*(convolutions[:-1] if len(self.up) == 0 else convolutions)))
            before = width
        self.classify = nn.Conv2d(widths[0], num_classes, 3, padding=1)
        initialize(self)
        if pretrained:
            self.load_pretrained()
        adapt_channels(self.down, in_channels)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to {"logits": (N, num_classes, H, W)}."""
        return {"logits": self.classify(there_and_back(self, images))}

    def padded(self, images: Tensor) -> Tensor:
        """Mirrored at right and bottom."""
        return surround(images, self.geometry)

    def load_pretrained(self, source: str | Path = PUBLISHED) -> None:
        """Load VGG-16 with batch normalization into the way down, from a file or a repository of the hub.

        Raises:
            ModelError: it cannot be had, or does not fit; the message names the tensors.
        """
        tensors = read_weights(source)
        fit(self.down, renamed(tensors, self.down), source=source, classifier=("pre_logits.", "classifier.", "head."))


class SegNetBasic(Segmenter):
    """Four 7 x 7 convolutions down, four up: 1.4 million parameters.

    Args:
        widths: channels of each stage, from the top down.
        kernel: side of the filters.
        upsample: how maps grow: back to the remembered positions ("unpool", the paper's), "nearest", "nails",
            "bilinear", or "transposed", a learned 4 x 4 filter that starts as bilinear interpolation.
        downsample: by max pooling ("pool", the paper's) or by a strided 3 x 3 convolution ("stride").

    Raises:
        ValueError: unpooling without pooling, or a name that is not one of these.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        in_channels: int = 3,
        widths: Sequence[int] = (64, 64, 64, 64),
        kernel: int = 7,
        upsample: Upsample = "unpool",
        downsample: Downsample = "pool",
    ) -> None:
        if not widths or kernel % 2 == 0:
            raise ValueError(f"widths {tuple(widths)} must not be empty, and kernel {kernel} must be odd")
        super().__init__(num_classes, in_channels=in_channels, stride=1, geometry=halving(len(widths)))
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        self.shrink, self.enlarge = nn.ModuleList(), nn.ModuleList()
        for before, width in zip((in_channels, *widths), widths, strict=False):
            self.down.append(ConvNormAct(before, width, kernel))
            self.shrink.append(shrinking(width, downsample, upsample))
            self.enlarge.insert(0, enlarging(width, upsample))
            back = width if before == in_channels and len(self.up) == 0 else before
            self.up.insert(0, nn.Sequential(*list(ConvNormAct(width, back, kernel))[:2]))  # no ReLU on the way up
        self.classify = nn.Conv2d(widths[0], num_classes, 1)
        initialize(self)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to {"logits": (N, num_classes, H, W)}."""
        return {"logits": self.classify(there_and_back(self, images))}

    def padded(self, images: Tensor) -> Tensor:
        """Mirrored at right and bottom."""
        return surround(images, self.geometry)


def there_and_back(network: SegNet | SegNetBasic, x: Tensor) -> Tensor:
    """Down stage by stage, then up, each enlargement by what its own stage remembers: (N, widths[0], H, W)."""
    remembered = []
    for block, shrink in zip(network.down, network.shrink, strict=True):
        x = block(x)
        if isinstance(shrink, MaxPoolWithPositions):
            x, positions = shrink(x)
            remembered.append(positions)
        else:
            x = shrink(x)
    for enlarge, block in zip(network.enlarge, network.up, strict=True):
        x = enlarge(x, remembered.pop()) if isinstance(enlarge, MaxUnpool) else enlarge(x)
        x = block(x)
    return x


def halving(times: int) -> Geometry:
    """Sides that can be halved so many times."""
    return Geometry(2**times, 2**times, 0)


def shrinking(width: int, downsample: Downsample, upsample: Upsample) -> nn.Module:
    """What halves a map (N, width, H, W); only pooling with unpooling to come remembers positions."""
    if downsample not in get_args(Downsample):
        raise ValueError(f"downsample is {downsample!r}; known are {', '.join(get_args(Downsample))}")
    if downsample == "stride":
        if upsample == "unpool":
            raise ValueError(
                "downsample 'stride' remembers no positions to unpool to: "
                "take upsample nearest, nails, bilinear or transposed with it"
            )
        return ConvNormAct(width, width, stride=2)
    return MaxPoolWithPositions() if upsample == "unpool" else nn.MaxPool2d(2)


def enlarging(width: int, upsample: Upsample) -> nn.Module:
    """What doubles a map (N, width, H, W)."""
    if upsample == "transposed":
        return TransposedConvolution(width, width, start="bilinear")
    plain: Mapping[str, type[nn.Module]] = {
        "unpool": MaxUnpool,
        "nearest": Nearest,
        "nails": BedOfNails,
        "bilinear": Bilinear,
    }
    if upsample not in plain:
        raise ValueError(f"upsample is {upsample!r}; known are {', '.join(get_args(Upsample))}")
    return plain[upsample]()


def initialize(network: nn.Module) -> None:
    """He's initialization, which the published files call MSRA."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def renamed(tensors: Mapping[str, Tensor], down: nn.ModuleList) -> dict[str, Tensor]:
    """VGG-16's tensors under the names of the way down, in order.

    VGG's convolutions have a bias, ours have none: the running mean of the normalization after each takes it in.
    """
    bare = {name.removeprefix("features."): tensor for name, tensor in tensors.items() if name.startswith("features.")}
    names = [name for name in down.state_dict() if not name.endswith("num_batches_tracked")]
    numbers = sorted({int(name.partition(".")[0]) for name in bare})
    found: dict[str, Tensor] = {}
    for conv, norm, ours in zip(numbers[::2], numbers[1::2], range(0, len(names), 5), strict=False):
        bias = bare.get(f"{conv}.bias", torch.zeros(()))
        mean = bare.get(f"{norm}.running_mean")
        parts = [bare.get(f"{conv}.weight"), bare.get(f"{norm}.weight"), bare.get(f"{norm}.bias"),
                 None if mean is None else mean - bias, bare.get(f"{norm}.running_var")]  # fmt: skip
        found |= {name: part for name, part in zip(names[ours : ours + 5], parts, strict=True) if part is not None}
    return found

"""DenseNet: every layer reads all that its block wrote before.

Huang, Liu, van der Maaten & Weinberger, 2017, https://arxiv.org/abs/1608.06993, figure 2 and table 1.

Names and shapes are torchvision's, so that published files load, its own with their older names too. Difference: a
transition rounds an odd size up, not down; the places that both have are equal.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.backbones.backbone import Backbone

INSIDE = 4  # a layer first narrows what it reads to so many times the channels that it writes


class DenseNet(Backbone):
    """Features of an RGB picture at strides 2, 4, 8, 16 and 32: after the first convolution and after each block.

    A block's map is taken where its channels are normalized and activated, before the transition halves them.

    Args:
        first: channels of the first convolution.
        growth: channels that every layer writes.
        depths: layers of each of the four blocks.
        classes: 1000 adds the ImageNet classifier, which `classify` uses and `forward` does not.
    """

    classifier_names = ("classifier.",)

    def __init__(
        self,
        *,
        depths: Sequence[int],
        first: int = 64,
        growth: int = 32,
        published: str = "",
        classes: int | None = None,
    ) -> None:
        super().__init__()
        self.published = published
        self.features = nn.Sequential()
        self.features.add_module("conv0", nn.Conv2d(3, first, 7, stride=2, padding=3, bias=False))
        self.features.add_module("norm0", nn.BatchNorm2d(first))
        self.features.add_module("relu0", nn.ReLU())
        self.features.add_module("pool0", nn.MaxPool2d(3, stride=2, padding=1))
        inner, channels = first, [first]
        for number, depth in enumerate(depths, start=1):
            self.features.add_module(f"denseblock{number}", DenseBlock(inner, growth, depth))
            inner += depth * growth
            channels.append(inner)
            if number < len(depths):
                self.features.add_module(f"transition{number}", Transition(inner))
                inner //= 2
        self.features.add_module("norm5", nn.BatchNorm2d(inner))
        self.channels = tuple(channels)
        self.strides = tuple(2**number for number in range(1, len(channels) + 1))
        if classes is not None:
            self.classifier = nn.Linear(inner, classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map normalized images (N, 3, H, W) to five, (N, channels[i], ceil(H / strides[i]), ceil(W / strides[i]))."""
        maps = []
        x = images
        for name, part in self.features.named_children():
            if isinstance(part, Transition):
                maps.append(part.activate(x))
                x = part.halve(maps[-1])
                continue
            x = part(x)
            if name == "relu0":
                maps.append(x)
        maps.append(F.relu(x))
        return maps

    def classify(self, images: Tensor) -> Tensor:
        """Map normalized images (N, 3, H, W) to ImageNet logits (N, classes)."""
        logits: Tensor = self.classifier(self(images)[-1].mean(dim=(2, 3)))
        return logits

    def renamed(self, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Tensors under these names, from a file of torchvision's with `norm.1` in the place of `norm1`."""
        return {re.sub(r"\.(norm|conv)\.([12])\.", r".\1\2.", name): tensor for name, tensor in tensors.items()}


class DenseBlock(nn.Module):
    """Layers that each read the input and all that was written before them: figure 1.

    Maps (N, in_channels, H, W) to (N, in_channels + depth * growth, H, W): what they wrote, behind the input.
    """

    def __init__(self, in_channels: int, growth: int, depth: int) -> None:
        super().__init__()
        for number in range(depth):
            self.add_module(f"denselayer{number + 1}", DenseLayer(in_channels + number * growth, growth))

    def forward(self, x: Tensor) -> Tensor:
        maps = [x]
        for layer in self.children():
            maps.append(layer(torch.cat(maps, dim=1)))
        return torch.cat(maps, dim=1)


class DenseLayer(nn.Module):
    """1 x 1 to four times the channels that it writes, then 3 x 3; normalization and ReLU before each."""

    def __init__(self, in_channels: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.conv1 = nn.Conv2d(in_channels, INSIDE * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(INSIDE * growth)
        self.conv2 = nn.Conv2d(INSIDE * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        x = self.conv1(F.relu(self.norm1(x)))
        written: Tensor = self.conv2(F.relu(self.norm2(x)))
        return written


class Transition(nn.Module):
    """From one block to the next: half the channels, half the size."""

    def __init__(self, in_channels: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(in_channels)
        self.conv = nn.Conv2d(in_channels, in_channels // 2, 1, bias=False)

    def activate(self, x: Tensor) -> Tensor:
        """The block's map, normalized and activated: (N, in_channels, H, W) to the same shape."""
        return F.relu(self.norm(x))

    def halve(self, activated: Tensor) -> Tensor:
        """Map (N, in_channels, H, W) to (N, in_channels / 2, ceil(H / 2), ceil(W / 2))."""
        return F.avg_pool2d(self.conv(activated), 2, ceil_mode=True)


def densenet121(*, classes: int | None = None) -> DenseNet:
    """7,978,856 parameters with the classifier of 1000 classes, 6,953,856 without."""
    return DenseNet(depths=(6, 12, 24, 16), published="timm/densenet121.tv_in1k", classes=classes)

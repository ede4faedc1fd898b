"""U-Net whose contracting path is a backbone made to name pictures.

Ronneberger, Fischer & Brox, 2015, https://arxiv.org/abs/1505.04597; a pretrained contracting path in it follows
Iglovikov & Shvets, 2018, https://arxiv.org/abs/1801.05746.

Differences from the first: nearest-neighbor doubling and two 3 x 3 convolutions with batch normalization in place of
up-convolutions, as most programs have it now; the widths 256, 128, 64, 32, 16 go up to the picture's own size.
MobileNetV2 ends at its 320 channels, before the convolution that widens them to 1280 for its classifier.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.backbones import BACKBONES
from perpixel.backbones.pretrained import adapt_channels
from perpixel.layers.convolution import ConvNormAct
from perpixel.spec import Geometry

WIDTHS = (256, 128, 64, 32, 16)


class BackboneUNet(Segmenter):
    """A backbone's maps from the deepest up, each step doubled and joined with the map of its size.

    Each entry of `widths` doubles once: five give logits at the picture's size from a backbone of stride 32, four at
    half of it (stride 2), and so on; at least one.
    With `in_channels` other than 3 the first convolution is adapted: `perpixel.backbones.pretrained.adapt_channels`.
    `skip=False` joins nothing: the way up knows only the deepest map. It is there to measure what the skips are worth.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        backbone: str,
        pretrained: bool = False,
        in_channels: int = 3,
        widths: Sequence[int] = WIDTHS,
        skip: bool = True,
    ) -> None:
        features = BACKBONES[backbone]()
        deepest = features.strides[-1]
        if not 1 <= len(widths) <= deepest.bit_length() - 1:
            raise ValueError(f"widths {tuple(widths)}: {backbone} can be doubled 1 to {deepest.bit_length() - 1} times")
        super().__init__(
            num_classes,
            in_channels=in_channels,
            stride=deepest >> len(widths),
            geometry=Geometry(deepest, deepest, 0),
            mean=features.mean,
            std=features.std,
        )
        if pretrained:
            features.load_pretrained()
        adapt_channels(features, in_channels)
        self.backbone = features
        self.skips: list[int | None] = []  # which map of the backbone each step is joined with
        self.up = nn.ModuleList()
        inner = features.channels[-1]
        for step, width in enumerate(widths, start=1):
            stride = deepest >> step
            joined = features.strides.index(stride) if skip and stride in features.strides else None
            self.skips.append(joined)
            self.up.append(Step(inner + (0 if joined is None else features.channels[joined]), width))
            inner = width
        self.classify = nn.Conv2d(inner, num_classes, 3, padding=1)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to {"logits": (N, num_classes, H / stride, W / stride)}."""
        maps = self.backbone(images)
        x = maps[-1]
        for skip, step in zip(self.skips, self.up, strict=True):
            x = F.interpolate(x, scale_factor=2.0, mode="nearest")
            x = step(x if skip is None else torch.cat([x, maps[skip]], dim=1))
        return {"logits": self.classify(x)}


class Step(nn.Sequential):
    """Two 3 x 3 convolutions, each with batch normalization and ReLU."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(ConvNormAct(in_channels, out_channels), ConvNormAct(out_channels, out_channels))

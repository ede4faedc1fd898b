"""Ladder: a light backbone, context at its coarsest map, and a thin way back up to stride 4 beside the backbone's maps.

The shape is SwiftNet's: Oršić, Krešo, Bevandić & Šegvić, 2019, https://arxiv.org/abs/1903.08469, figure 2a.

Differences from the paper: an EfficientNet-Lite in the place of ResNet-18; depthwise dilated filters and the global
mean in the place of spatial pyramid pooling, whose grids do not export to any size; an auxiliary head at stride 16.
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.backbones import BACKBONES
from perpixel.backbones.pretrained import adapt_channels
from perpixel.layers.context import Context
from perpixel.layers.convolution import ConvNormAct
from perpixel.spec import Geometry

RATES = (1, 2, 4)
MAPS = 4  # of strides 4, 8, 16 and 32; what a backbone has before them is left
AUXILIARY_WIDTH = 64


class Ladder(Segmenter):
    """The coarsest map, aware of its surroundings, climbs to stride 4: doubled, joined with a finer map, smoothed.

    With `in_channels` other than 3 the first convolution is adapted: `perpixel.backbones.pretrained.adapt_channels`.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        backbone: str = "efficientnet_lite1",
        pretrained: bool = False,
        in_channels: int = 3,
        width: int = 96,
        dropout: float = 0.1,
    ) -> None:
        features = BACKBONES[backbone]()
        *finer, middle, coarsest = features.channels[-MAPS:]
        super().__init__(
            num_classes,
            in_channels=in_channels,
            stride=4,
            geometry=Geometry(multiple=32, minimum=32, margin=0),
            mean=features.mean,
            std=features.std,
        )
        if pretrained:
            features.load_pretrained()
        adapt_channels(features, in_channels)
        self.backbone = features
        self.context = Context(coarsest, width, rates=RATES)
        self.rungs = nn.ModuleList(Rung(channels, width) for channels in (middle, *reversed(finer)))
        self.classify = nn.Sequential(nn.Dropout2d(dropout), nn.Conv2d(width, num_classes, 1))
        self.auxiliary = nn.Sequential(
            ConvNormAct(middle, AUXILIARY_WIDTH, 1), nn.Conv2d(AUXILIARY_WIDTH, num_classes, 1)
        )

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to "logits" (N, num_classes, H / 4, W / 4).

        In training also to "auxiliary" (N, num_classes, H / 16, W / 16).
        """
        *finer, middle, coarsest = self.backbone(images)[-MAPS:]
        x = self.context(coarsest)
        for rung, beside in zip(self.rungs, (middle, *reversed(finer)), strict=True):
            x = rung(x, beside)
        outputs = {"logits": self.classify(x)}
        if self.training:
            outputs["auxiliary"] = self.auxiliary(middle)
        return outputs


class Rung(nn.Module):
    """Double a map (N, width, H, W), add a projection of the backbone's map (N, channels, 2 H, 2 W), and smooth."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.project = nn.Sequential(nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width))
        self.smooth = ConvNormAct(width, width)

    def forward(self, x: Tensor, beside: Tensor) -> Tensor:
        doubled = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        joined: Tensor = self.smooth(F.relu(doubled + self.project(beside)))
        return joined

"""Panoptic-DeepLab: classes of pixels, centers of things, and from every pixel of a thing the way to its center.

Cheng, Collins, Zhu, Liu, Huang, Adam & Chen, 2020, https://arxiv.org/abs/1911.10194, figure 2.

Differences from the paper: one light decoder carries all three heads, where the paper has two, each with its own
pyramid of dilated filters; the context is a light one of depthwise filters and the global mean; a light backbone at
stride 32 in the place of Xception-71 or HRNet at 16. `zoom=2` and `coarsest=16` are for things of a few pixels, such
as cells.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.backbones import BACKBONES
from perpixel.backbones.pretrained import adapt_channels
from perpixel.layers.context import Context
from perpixel.layers.convolution import ConvNormAct
from perpixel.spec import Geometry

RATES = (1, 2, 4)
AUXILIARY_STRIDE, AUXILIARY_WIDTH = 16, 64
LONG = 16.0  # pixels of the picture to one unit of the offset head, whose numbers then are of the others' size


class PanopticDeepLab(Segmenter):
    """A shared way back up to `stride`, then three thin heads: classes, a heatmap of centers, offsets to them.

    With `in_channels` other than 3 the first convolution is adapted: `perpixel.backbones.pretrained.adapt_channels`.

    Args:
        width: of the shared way back up.
        beside: channels that the backbone's finer maps are reduced to, few, so that they do not outweigh what climbs.
        head: channels of the two heads of things.
        dropout: before the classes.
        stride: of all outputs, 2, 4 or 8; the backbone must have a map at it.
        coarsest: stride of the backbone's last map, 32 or 16. At 16 the stages beyond are left out, which hold most of
            the weights.
        zoom: the network sees the picture so many times larger, 1 or 2, for four times the work; `stride` and
            `coarsest` are of the larger one.

    Raises:
        ValueError: the backbone has no map at `stride`, or cannot end at `coarsest`; or another zoom.
    """

    answers = ("logits", "centers", "offsets")

    def __init__(
        self,
        num_classes: int,
        *,
        backbone: str = "efficientnet_lite0",
        pretrained: bool = False,
        in_channels: int = 3,
        width: int = 96,
        beside: int = 32,
        head: int = 32,
        dropout: float = 0.1,
        stride: int = 4,
        coarsest: int = 32,
        zoom: int = 1,
    ) -> None:
        features = BACKBONES[backbone]()
        if coarsest not in (16, 32) or zoom not in (1, 2):
            raise ValueError(f"coarsest is {coarsest} and zoom {zoom}; they must be 16 or 32, and 1 or 2")
        if stride not in features.strides or stride > AUXILIARY_STRIDE // 2:
            allowed = ", ".join(str(found) for found in features.strides if found < AUXILIARY_STRIDE)
            raise ValueError(f"stride {stride}: with {backbone} it must be one of {allowed}")
        super().__init__(
            num_classes,
            in_channels=in_channels,
            stride=stride // zoom,
            geometry=Geometry(multiple=coarsest // zoom, minimum=coarsest // zoom, margin=0),
            mean=features.mean,
            std=features.std,
        )
        if pretrained:
            features.load_pretrained()
        features.cut(coarsest)
        adapt_channels(features, in_channels)
        self.backbone = features
        self.zoom = zoom
        at = dict(zip(features.strides, range(len(features.strides)), strict=True))
        self.finer = [at[found] for found in sorted(at, reverse=True) if stride <= found < coarsest]
        self.coarsest, self.middle = at[coarsest], at[AUXILIARY_STRIDE]
        self.context = Context(features.channels[self.coarsest], width, rates=RATES)
        self.climb = nn.ModuleList(Step(features.channels[index], beside, width) for index in self.finer)
        self.classify = nn.Sequential(Separable(width, width), nn.Dropout2d(dropout), nn.Conv2d(width, num_classes, 1))
        self.things = Separable(width, width)
        self.centers = nn.Sequential(Separable(width, head), nn.Conv2d(head, 1, 1))
        self.offsets = nn.Sequential(Separable(width, head), nn.Conv2d(head, 2, 1))
        self.auxiliary = nn.Sequential(
            ConvNormAct(features.channels[self.middle], AUXILIARY_WIDTH, 1), nn.Conv2d(AUXILIARY_WIDTH, num_classes, 1)
        )

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to classes, centers and offsets, all (N, ..., H / s, W / s).

        "logits" (N, num_classes, h, w); "centers" (N, 1, h, w), about 1 at the center of a thing and 0 far from all,
        not activated; "offsets" (N, 2, h, w), how far down and how far right from here the center lies, in pixels of
        the picture. In training also "auxiliary" (N, num_classes, H / 16, W / 16).
        """
        if self.zoom > 1:
            images = F.interpolate(images, scale_factor=float(self.zoom), mode="bilinear", align_corners=False)
        maps = self.backbone(images)
        x = self.context(maps[self.coarsest])
        for step, index in zip(self.climb, self.finer, strict=True):
            x = step(x, maps[index])
        of_things = self.things(x)
        outputs = {
            "logits": self.classify(x),
            "centers": self.centers(of_things),
            "offsets": self.offsets(of_things) * (LONG / self.zoom),
        }
        if self.training:
            outputs["auxiliary"] = self.auxiliary(maps[self.middle])
        return outputs


class Step(nn.Module):
    """Double a map (N, width, H, W), set a projection of the backbone's map (N, channels, 2 H, 2 W) beside it, mix."""

    def __init__(self, channels: int, beside: int, width: int) -> None:
        super().__init__()
        self.project = ConvNormAct(channels, beside, 1)
        self.mix = Separable(width + beside, width)

    def forward(self, x: Tensor, beside: Tensor) -> Tensor:
        doubled = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        mixed: Tensor = self.mix(torch.cat([doubled, self.project(beside)], dim=1))
        return mixed


class Separable(nn.Sequential):
    """A 5 x 5 filter for each channel, then a 1 x 1 convolution, each with batch normalization and ReLU."""

    def __init__(self, in_channels: int, out_channels: int) -> None:
        super().__init__(
            ConvNormAct(in_channels, in_channels, 5, groups=in_channels), ConvNormAct(in_channels, out_channels, 1)
        )

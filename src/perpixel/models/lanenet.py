"""LaneNet: which pixels lie on a lane, and for each of them a vector that is alike on one lane and unlike on another.

Neven, De Brabandere, Georgoulis, Proesmans & Van Gool, 2018, https://arxiv.org/abs/1802.05591, figure 2.

Differences from the paper: one light decoder on an EfficientNet-Lite carries both heads, where the paper has an ENet
with two; both heads see where in the picture they are (Liu et al., 2018, CoordConv), since which lane a pixel belongs
to depends on it; no second network that chooses the view in which curves are fitted: `perpixel.classical.lane_fits`
looks for the horizon at which they fit best.
"""

from __future__ import annotations

from collections.abc import Sequence

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
STRIDE = 4
MAPS = 4  # of strides 4, 8, 16 and 32
SIZE = (224, 384)
VECTOR = 4  # numbers of a vector, as in the paper


class LaneNet(Segmenter):
    """A way back up to a quarter of the size that the network sees; classes and vectors there.

    Every picture is stretched to `size`, as in the paper: where a line is to be expected depends on all of the picture.

    Args:
        width: of the way back up.
        size: (height, width) that the network sees, multiples of 32.

    Raises:
        ValueError: a size that is no multiple of 32.
    """

    answers = ("logits", "embedding")

    def __init__(
        self,
        num_classes: int = 2,
        *,
        backbone: str = "efficientnet_lite0",
        pretrained: bool = False,
        in_channels: int = 3,
        width: int = 64,
        size: Sequence[int] = SIZE,
    ) -> None:
        if len(size) != 2 or min(size) < 32 or any(side % 32 for side in size):
            raise ValueError(f"size {tuple(size)} must be (height, width), multiples of 32, such as {SIZE}")
        features = BACKBONES[backbone]()
        super().__init__(
            num_classes,
            in_channels=in_channels,
            stride=STRIDE,
            geometry=Geometry(multiple=STRIDE, minimum=32, margin=0),
            mean=features.mean,
            std=features.std,
        )
        if pretrained:
            features.load_pretrained()
        adapt_channels(features, in_channels)
        self.backbone = features
        self.seen = (int(size[0]), int(size[1]))
        *finer, coarsest = features.channels[-MAPS:]
        self.context = Context(coarsest, width, rates=RATES)
        self.climb = nn.ModuleList(Step(channels, width) for channels in reversed(finer))
        self.register_buffer("places", places(self.seen[0] // STRIDE, self.seen[1] // STRIDE), persistent=False)
        self.classify = nn.Sequential(ConvNormAct(width + 2, width), nn.Conv2d(width, num_classes, 1))
        self.embed = nn.Sequential(ConvNormAct(width + 2, width), nn.Conv2d(width, VECTOR, 1))

    places: Tensor

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to "logits" and "embedding" (N, 4), both H / 4 x W / 4."""
        rows, columns = images.shape[2] // STRIDE, images.shape[3] // STRIDE
        maps = self.backbone(F.interpolate(images, self.seen, mode="bilinear", antialias=True))[-MAPS:]
        x = self.context(maps[-1])
        for step, beside in zip(self.climb, reversed(maps[:-1]), strict=True):
            x = step(x, beside)
        placed = torch.cat([x, self.places.to(x.dtype).expand(x.shape[0], -1, -1, -1)], dim=1)
        found = {"logits": self.classify(placed), "embedding": self.embed(placed)}
        return {
            name: F.interpolate(value, (rows, columns), mode="bilinear", align_corners=False)
            for name, value in found.items()
        }


class Step(nn.Module):
    """Double a map (N, width, H, W), add a projection of the backbone's map (N, channels, 2 H, 2 W), and smooth."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.project = nn.Sequential(nn.Conv2d(channels, width, 1, bias=False), nn.BatchNorm2d(width))
        self.smooth = ConvNormAct(width, width)

    def forward(self, x: Tensor, beside: Tensor) -> Tensor:
        doubled = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        joined: Tensor = self.smooth(F.relu(doubled + self.project(beside)))
        return joined


def places(height: int, width: int) -> Tensor:
    """(1, 2, height, width): the row and the column of each place, from -1 to 1."""
    grid = torch.meshgrid(torch.linspace(-1, 1, height), torch.linspace(-1, 1, width), indexing="ij")
    return torch.stack(grid)[None]

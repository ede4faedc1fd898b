"""Farabet's multiscale network: one small network looks at a picture at three scales, and each pixel is classified.

Farabet, Couprie, Najman & LeCun, 2013, https://hal.science/hal-00742077, figure 1 and section 3.

A Laplacian pyramid in YUV, each level brought to mean zero and deviation one in windows of 15 x 15 pixels; the same
three stages of 7 x 7 convolutions, 16, 64 and 256 maps, for every level: an answer sees 46 x 46 pixels of the finest
and 184 x 184 of the coarsest. The maps are enlarged to the finest one's size and put together: 768 numbers a place.

Differences from the paper: a two-layer classifier at every place is trained together with the maps (the paper first
trains them under a linear one); what it does afterwards to clean the labels, superpixels, a conditional random field, a
tree of segments, is left out. Pictures are halved by the mean of four pixels. Every map reads all maps before it, not
some by a table. Beyond its border a picture is mirrored.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.layers import sliding
from perpixel.layers.initialize import initialize
from perpixel.spec import Geometry

YUV = ((0.299, 0.587, 0.114), (-0.147, -0.289, 0.436), (0.615, -0.515, -0.100))
WINDOW = 15  # side of the windows of local normalization
FAINTEST = 0.03  # deviation below which contrast is not raised to one: four of 255 gray levels


class Farabet(Segmenter):
    """Pyramid, three stages, classifier.

    Args:
        in_channels: of the pictures; three are taken as RGB, others as they are.
        widths: maps of the three stages, two of them followed by 2 x 2 max pooling.
        hidden: units of the classifier.
        scales: levels of the pyramid, each half as large as the one before.
        dense: run the stages at every pixel, by dilation, not at every fourth: the same parameters, about fourteen
            times the work, logits at the picture's size.
    """

    yuv: Tensor

    def __init__(
        self,
        num_classes: int,
        *,
        in_channels: int = 3,
        widths: Sequence[int] = (16, 64, 256),
        hidden: int = 1024,
        scales: int = 3,
        dense: bool = False,
    ) -> None:
        if len(widths) != 3 or scales < 1:
            raise ValueError(f"widths {tuple(widths)} must be three, one for each stage; scales {scales} at least 1")
        multiple = 4 * 2 ** (scales - 1)
        super().__init__(
            num_classes, in_channels=in_channels, stride=1 if dense else 4, geometry=Geometry(multiple, multiple, 0)
        )
        self.scales, self.dense = scales, dense
        colors = torch.tensor(YUV) if in_channels == 3 else torch.eye(in_channels)
        self.register_buffer("yuv", colors.view(in_channels, in_channels, 1, 1), persistent=False)
        first, second, third = widths
        self.stages = nn.Sequential(
            nn.Conv2d(in_channels, first, 7), nn.Tanh(), nn.MaxPool2d(2),
            nn.Conv2d(first, second, 7), nn.Tanh(), nn.MaxPool2d(2),
            nn.Conv2d(second, third, 7),
        )  # fmt: skip
        self.classify = nn.Sequential(
            nn.Conv2d(third * scales, hidden, 1), nn.Tanh(), nn.Conv2d(hidden, num_classes, 1)
        )
        initialize(self, nonlinearity="tanh")

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to {"logits": (N, num_classes, H / stride, W / stride)}."""
        levels = pyramid(F.conv2d(images, self.yuv), self.scales)
        maps = [self.look(normalize_locally(level)) for level in levels]
        joined = torch.cat([enlarge(each, 2**scale) for scale, each in enumerate(maps)], dim=1)
        return {"logits": self.classify(joined)}

    def look(self, level: Tensor) -> Tensor:
        """Run the stages on one level (N, in_channels, H, W): (N, widths[2], H, W) if dense, else a quarter of that.

        Cell (i, j) is what the stages see in the 46 x 46 pixels from row 4 i - 21, column 4 j - 21 on: its own four by
        four pixels are in their middle. Dense, pixel (i, j) has the patch that begins at row i - 22, column j - 22.
        """
        side, stride = sliding.patch_side(self.stages)
        if self.dense:
            return sliding.dense(self.stages, sliding.mirror(level, side))
        reach = (side - stride) // 2
        seen: Tensor = self.stages(sliding.reflect(level, reach, reach))
        return seen


def pyramid(images: Tensor, scales: int) -> list[Tensor]:
    """The Laplacian pyramid of images (N, C, H, W), finest first: what each halving takes away, then what is left."""
    levels = []
    for _ in range(scales - 1):
        halved = F.avg_pool2d(images, 2)
        levels.append(images - enlarge(halved, 2))
        images = halved
    return [*levels, images]


def enlarge(images: Tensor, factor: int) -> Tensor:
    """Bilinear interpolation of (N, C, H, W) to (N, C, factor * H, factor * W)."""
    if factor == 1:
        return images
    return F.interpolate(images, scale_factor=float(factor), mode="bilinear", align_corners=False)


def normalize_locally(images: Tensor) -> Tensor:
    """Take off the mean of the window around each pixel of (N, C, H, W), and divide by its deviation, per channel."""
    centered = images - local_mean(images)
    return centered / local_mean(centered.square()).clamp(min=FAINTEST**2).sqrt()


def local_mean(images: Tensor) -> Tensor:
    """Mean over the window around each pixel of (N, C, H, W), of what lies within the picture."""
    return F.avg_pool2d(images, WINDOW, stride=1, padding=WINDOW // 2, count_include_pad=False)

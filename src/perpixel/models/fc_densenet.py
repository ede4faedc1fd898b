"""FC-DenseNet, the hundred layers tiramisu: each layer reads all that its block wrote before, down and back up.

Jégou, Drozdzal, Vazquez, Romero & Bengio, 2017, https://arxiv.org/abs/1611.09326, figures 1 and 2, tables 1 and 2.

A dense block hands on what it read beside what it wrote, and so maps pile up channels. On the way up that would be too
many at a growing size: there only what the last block wrote is enlarged, and the skip brings the rest.

The paper counts 9.4 million parameters for FC-DenseNet103, 3.5 for 67 and 1.5 for 56, with the running means and
deviations of its normalization among them. So counted these are 9,425,163 and 3,502,923; but 1,397,963 for 56.

Differences from the paper: pictures are padded to a multiple of 32. `downsample="stride"`, which the paper has not,
halves by a learnt 2 x 2 convolution (Springenberg et al., 2015, https://arxiv.org/abs/1412.6806) in the place of the
maximum. The 3 x 3 transposed convolution leaves a checkerboard (`perpixel.upsample`) that the next block must smooth.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.spec import Geometry
from perpixel.upsample import TransposedConvolution

Downsample = Literal["pool", "stride"]
DEPTHS = (4, 5, 7, 10, 12, 15)  # of FC-DenseNet103: table 2


class FCDenseNet(Segmenter):
    """FC-DenseNet103 of table 2 by default: 9,322,091 parameters with 11 classes.

    The paper's smaller ones are `fc_densenet67` and `fc_densenet56`.

    Args:
        first: channels of the first convolution.
        growth: channels that every layer writes.
        depths: layers of each block of the way down, and of the one at the bottom; the way up mirrors them.
        dropout: after every convolution of a block and of a transition down.
        downsample: "pool", or "stride": a convolution that halves, in the place of the maximum.

    Raises:
        ValueError: fewer than two blocks, or another name of `downsample`.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        in_channels: int = 3,
        first: int = 48,
        growth: int = 16,
        depths: Sequence[int] = DEPTHS,
        dropout: float = 0.2,
        downsample: Downsample = "pool",
    ) -> None:
        if len(depths) < 2 or min(depths) < 1:
            raise ValueError(f"depths {tuple(depths)}: at least two blocks, of one layer or more each")
        if downsample not in get_args(Downsample):
            raise ValueError(f"downsample is {downsample!r}; FC-DenseNet halves by 'pool' or 'stride'")
        multiple = 2 ** (len(depths) - 1)
        super().__init__(num_classes, in_channels=in_channels, stride=1, geometry=Geometry(multiple, multiple))
        *levels, bottom = depths
        self.first = nn.Conv2d(in_channels, first, 3, padding=1)
        self.down, self.shrink = nn.ModuleList(), nn.ModuleList()
        channels, skips = first, []
        for depth in levels:
            self.down.append(DenseBlock(channels, growth, depth, dropout=dropout))
            channels += depth * growth
            skips.append(channels)
            self.shrink.append(transition_down(channels, dropout=dropout, downsample=downsample))
        self.bottom = DenseBlock(channels, growth, bottom, dropout=dropout)
        self.enlarge, self.up = nn.ModuleList(), nn.ModuleList()
        written = bottom * growth
        for depth, skip in zip(reversed(levels), reversed(skips), strict=True):
            self.enlarge.append(TransposedConvolution(written, written, kernel=3))
            channels = written + skip
            self.up.append(DenseBlock(channels, growth, depth, dropout=dropout))
            written = depth * growth
        self.classify = nn.Conv2d(channels + written, num_classes, 1)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)  # type: ignore[arg-type]  # each of them has one

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to {"logits": (N, num_classes, H, W)}."""
        x = self.first(images)
        skips: list[Tensor] = []
        for block, shrink in zip(self.down, self.shrink, strict=True):
            skips.append(torch.cat([x, block(x)], dim=1))
            x = shrink(skips[-1])
        written = self.bottom(x)
        for enlarge, block in zip(self.enlarge, self.up, strict=True):
            x = torch.cat([enlarge(written), skips.pop()], dim=1)
            written = block(x)
        return {"logits": self.classify(torch.cat([x, written], dim=1))}


class DenseBlock(nn.Module):
    """Layers that each read the input and all that was written before them: figure 2.

    Maps (N, in_channels, H, W) to (N, depth * growth, H, W): what they wrote, without the input.
    """

    def __init__(self, in_channels: int, growth: int, depth: int, *, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.BatchNorm2d(in_channels + number * growth),
                nn.ReLU(inplace=True),
                nn.Conv2d(in_channels + number * growth, growth, 3, padding=1),
                nn.Dropout(dropout),
            )
            for number in range(depth)
        )

    def forward(self, x: Tensor) -> Tensor:
        written: list[Tensor] = []
        for layer in self.layers:
            written.append(layer(torch.cat([x, *written], dim=1)))
        return torch.cat(written, dim=1)


def transition_down(channels: int, *, dropout: float, downsample: Downsample) -> nn.Sequential:
    """Mix the channels and halve the size: table 1, in the middle."""
    return nn.Sequential(
        nn.BatchNorm2d(channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(channels, channels, 1),
        nn.Dropout(dropout),
        nn.Conv2d(channels, channels, 2, stride=2) if downsample == "stride" else nn.MaxPool2d(2),
    )


def fc_densenet67(num_classes: int, *, in_channels: int = 3) -> FCDenseNet:
    """Five layers a block, growth 16: 3,463,243 parameters with 11 classes."""
    return FCDenseNet(num_classes, in_channels=in_channels, depths=(5,) * 6)


def fc_densenet56(num_classes: int, *, in_channels: int = 3) -> FCDenseNet:
    """Four layers a block, growth 12: 1,376,795 parameters with 11 classes."""
    return FCDenseNet(num_classes, in_channels=in_channels, growth=12, depths=(4,) * 6)

"""U-Net: halve the picture down a contracting path, then double it back up beside skips.

Ronneberger, Fischer & Brox, 2015, https://arxiv.org/abs/1505.04597, figure 1.

The paper's network is `UNet(2, in_channels=1, padding="valid", norm=False)`: 23 convolutions without padding, 572 x 572
pixels in and 388 x 388 out, the skips 568, 280, 136 and 64 wide before they are cropped. Differences by default:
`padding="same"`, so that a picture of any size gets an answer of its size, and batch normalization (Ioffe & Szegedy,
2015, https://arxiv.org/abs/1502.03167) after each 3 x 3 convolution. Dropout stands once, after the deepest block: the
paper says only "at the end of the contracting path".

Two switches that the paper has not, off by default, to measure what its parts are worth: `skip=False` copies nothing
across the U, and `downsample="stride"` halves by a learnt 2 x 2 convolution of stride 2 (Springenberg et al., 2015,
https://arxiv.org/abs/1412.6806) where the paper takes the maximum.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import torch
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.spec import Geometry

Padding = Literal["same", "valid"]
Downsample = Literal["pool", "stride"]
Activation = Literal["relu", "elu"]
WIDTHS = (64, 128, 256, 512, 1024)


class UNet(Segmenter):
    """The U of figure 1; one entry of `widths` for each of its levels, from the top down.

    With `padding="valid"` the answer is smaller than the picture by `geometry.margin` pixels on each side (92 with five
    levels), and the sides must be 188, 204, 220, ...; exported graphs mirror the picture's border and take any size.

    Args:
        in_channels: of the pictures.
        widths: channels of each level.
        padding: "same", or the paper's "valid".
        norm: batch normalization after each 3 x 3 convolution.
        dropout: after the deepest block.
        skip: copy each level across the U. Without, the way up knows only what came through the bottom; its first
            convolutions then take half as many channels. It is there to measure whether skips restore detail.
        downsample: "pool", or "stride": a convolution that halves, in the place of the maximum.
        activation: after each 3 x 3 convolution: "relu", or "elu" (Clevert et al., 2016,
            https://arxiv.org/abs/1511.07289), with which many a small U-Net does without normalization.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        in_channels: int = 3,
        widths: Sequence[int] = WIDTHS,
        padding: Padding = "same",
        norm: bool = True,
        dropout: float = 0.5,
        skip: bool = True,
        downsample: Downsample = "pool",
        activation: Activation = "relu",
    ) -> None:
        if padding not in get_args(Padding):
            raise ValueError(f"padding is {padding!r}; U-Net's convolutions are 'same' or 'valid'")
        if downsample not in get_args(Downsample):
            raise ValueError(f"downsample is {downsample!r}; a U-Net halves by 'pool' or 'stride'")
        if activation not in get_args(Activation):
            raise ValueError(f"activation is {activation!r}; a U-Net's is 'relu' or 'elu'")
        if len(widths) < 2:
            raise ValueError(f"widths {tuple(widths)} give {len(widths)} level; a U has at least two")
        super().__init__(num_classes, in_channels=in_channels, stride=1, geometry=geometry_of(len(widths), padding))
        self.down = nn.ModuleList()
        for before, width in zip((in_channels, *widths), widths, strict=False):
            self.down.append(Block(before, width, padding=padding, norm=norm, activation=activation))
        self.shrink = nn.ModuleList(
            nn.Conv2d(width, width, 2, stride=2) if downsample == "stride" else nn.MaxPool2d(2) for width in widths[:-1]
        )
        self.dropout = nn.Dropout(dropout)
        self.skip = skip
        self.enlarge = nn.ModuleList()
        self.up = nn.ModuleList()
        for deeper, width in zip(widths[:0:-1], widths[-2::-1], strict=True):
            self.enlarge.append(nn.ConvTranspose2d(deeper, width, 2, stride=2))
            self.up.append(Block((1 + skip) * width, width, padding=padding, norm=norm, activation=activation))
        self.classify = nn.Conv2d(widths[0], num_classes, 1)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to {"logits": (N, num_classes, H, W)}, less the margin."""
        x = images
        skips: list[Tensor] = []
        for level, block in enumerate(self.down):
            x = block(self.shrink[level - 1](x) if level else x)
            skips.append(x)
        x = self.dropout(skips.pop())
        for enlarge, block in zip(self.enlarge, self.up, strict=True):
            x = enlarge(x)
            x = block(torch.cat([crop(skips.pop(), x), x], dim=1) if self.skip else x)
        return {"logits": self.classify(x)}


class Block(nn.Sequential):
    """Two 3 x 3 convolutions, each with its activation."""

    def __init__(
        self, in_channels: int, out_channels: int, *, padding: Padding, norm: bool, activation: Activation = "relu"
    ) -> None:
        layers: list[nn.Module] = []
        for channels in (in_channels, out_channels):
            layers.append(nn.Conv2d(channels, out_channels, 3, padding=int(padding == "same"), bias=not norm))
            layers += [nn.BatchNorm2d(out_channels)] if norm else []
            layers.append(nn.ELU(inplace=True) if activation == "elu" else nn.ReLU(inplace=True))
        super().__init__(*layers)


def crop(skip: Tensor, like: Tensor) -> Tensor:
    """The middle of `skip` (N, C, H, W), as high and wide as `like`."""
    top, left = ((skip.shape[dimension] - like.shape[dimension]) // 2 for dimension in (2, 3))
    return skip[:, :, top : top + like.shape[2], left : left + like.shape[3]]


def geometry_of(levels: int, padding: Padding) -> Geometry:
    """Which sizes fit: with "same" multiples of 2^(levels - 1); with "valid" those whose every map halves evenly.

    Two 3 x 3 convolutions take 4 pixels of a side. At level i, from the bottom up, the way down and up again takes
    2 t + 8 where the level below took t: 4, 16, 40, 88, 184. The least answer that leaves something is 4 x 4.
    """
    multiple = 2 ** (levels - 1)
    if padding == "same":
        return Geometry(multiple, multiple, 0)
    taken = 4
    for _ in range(levels - 1):
        taken = 2 * taken + 8
    return Geometry(multiple, taken + 4, taken // 2)

"""Atrous spatial pyramid pooling: filters that reach 1, 6, 12 and 18 pixels far and the whole map, side by side.

Chen, Papandreou, Schroff & Adam, 2017, DeepLabv3, https://arxiv.org/abs/1706.05587, figure 5; made separable in
DeepLabv3+, 2018, https://arxiv.org/abs/1802.02611, section 3.1. (`Context` is a lighter relative.)
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from perpixel.layers.convolution import ConvNormAct
from perpixel.layers.norm import SteadyBatchNorm2d


class ASPP(nn.Module):
    """A 1 x 1 filter, a 3 x 3 filter for each of `rates`, and the map's mean, each `width` wide; then mixed to `width`.

    Maps (N, in_channels, H, W) to (N, width, H, W). Names are torchvision's, so that published files load.
    `separable` filters each channel first and mixes them after.
    """

    def __init__(
        self, in_channels: int, width: int, *, rates: Sequence[int], dropout: float, separable: bool = False
    ) -> None:
        super().__init__()
        filters = SeparableConvNormAct if separable else ConvNormAct
        self.convs = nn.ModuleList([ConvNormAct(in_channels, width, 1)])
        self.convs.extend(filters(in_channels, width, dilation=rate) for rate in rates)
        self.convs.append(WholeMap(in_channels, width))
        self.project = nn.Sequential(*ConvNormAct(width * (2 + len(rates)), width, 1), nn.Dropout(dropout))

    def forward(self, x: Tensor) -> Tensor:
        mixed: Tensor = self.project(torch.cat([branch(x) for branch in self.convs], dim=1))
        return mixed


class WholeMap(nn.Sequential):
    """The mean of a map (N, in_channels, H, W), mixed, at every pixel: (N, width, H, W)."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(in_channels, width, 1, bias=False),
            SteadyBatchNorm2d(width),
            nn.ReLU(inplace=True),
        )

    def forward(self, input: Tensor) -> Tensor:
        x = input
        for layer in self:
            x = layer(x)
        return x.expand(-1, -1, input.shape[2], input.shape[3])


class SeparableConvNormAct(nn.Sequential):
    """A 3 x 3 filter for each channel, then a 1 x 1 convolution, each with batch normalization and ReLU.

    Maps (N, in_channels, H, W) to (N, out_channels, H, W).
    """

    def __init__(self, in_channels: int, out_channels: int, *, dilation: int = 1) -> None:
        super().__init__(
            ConvNormAct(in_channels, in_channels, dilation=dilation, groups=in_channels),
            ConvNormAct(in_channels, out_channels, 1),
        )

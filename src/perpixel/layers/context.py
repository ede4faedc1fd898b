"""What lies around a pixel: filters of growing reach, and the mean of the whole map."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from perpixel.layers.convolution import ConvNormAct


class Context(nn.Module):
    """Depthwise dilated convolutions beside one another and beside the global mean, then mixed: a light ASPP.

    Maps (N, in_channels, H, W) to (N, width, H, W).

    Chen et al., 2017, DeepLabv3, https://arxiv.org/abs/1706.05587, figure 5, has full convolutions in the place of
    the depthwise ones, before the channels are reduced; and batch normalization after the global mean, which fails on
    batches of one.
    """

    def __init__(self, in_channels: int, width: int, *, rates: Sequence[int]) -> None:
        super().__init__()
        self.reduce = ConvNormAct(in_channels, width, 1)
        self.reach = nn.ModuleList(ConvNormAct(width, width, dilation=rate, groups=width) for rate in rates)
        self.whole = nn.Sequential(nn.Conv2d(width, width, 1), nn.ReLU(inplace=True))
        self.mix = ConvNormAct(width * (2 + len(rates)), width, 1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.reduce(x)
        whole = self.whole(x.mean(dim=(2, 3), keepdim=True)).expand_as(x)
        mixed: Tensor = self.mix(torch.cat([x, *(reach(x) for reach in self.reach), whole], dim=1))
        return mixed

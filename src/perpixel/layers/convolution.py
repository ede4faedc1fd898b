"""Convolution, batch normalization, activation: the three that nearly every block begins with."""

from __future__ import annotations

from torch import nn


class ConvNormAct(nn.Sequential):
    """A convolution that keeps the size at stride 1 (ceiling at stride 2), batch normalization and ReLU.

    Maps (N, in_channels, H, W) to (N, out_channels, ceil(H / stride), ceil(W / stride)). `kernel` is odd.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel: int = 3,
        *,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
    ) -> None:
        super().__init__(
            nn.Conv2d(
                in_channels, out_channels, kernel, stride, dilation * (kernel // 2), dilation, groups, bias=False
            ),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )

"""From features to classes."""

from __future__ import annotations

from torch import nn

from perpixel.layers.convolution import ConvNormAct


class Head(nn.Sequential):
    """A 3 x 3 convolution with batch normalization and ReLU, dropout, and a 1 x 1 convolution to the classes.

    Maps (N, in_channels, H, W) to logits (N, num_classes, H, W).
    """

    def __init__(self, in_channels: int, width: int, num_classes: int, *, dropout: float) -> None:
        super().__init__(*ConvNormAct(in_channels, width), nn.Dropout(dropout), nn.Conv2d(width, num_classes, 1))

"""PSPNet: means over the whole scene, its quarters, ninths and thirty-sixths, beside every pixel of a dilated ResNet.

Zhao, Shi, Qi, Wang & Jia, 2017, https://arxiv.org/abs/1612.01105, figure 3; the head's dropout and sizes are those of
the authors' program, https://github.com/hszhao/semseg. An auxiliary head on the third stage counts 0.4 in the loss
(`auxiliary` of a plan; the rate falls as a plan's schedule `poly` says).

Differences from the program: ResNet's own 7 x 7 first convolution, of which there are public weights, in the place of
three of 3 x 3; any size, padded to a multiple of 8, in the place of 8 n + 1 pixels; maps are enlarged by the places of
their pixels' centers (`align_corners=False`), not of their corners.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from perpixel.architecture import Segmenter
from perpixel.backbones.dilated import dilated
from perpixel.layers.head import Head
from perpixel.layers.pyramid import PyramidPooling
from perpixel.spec import Geometry

BINS = (1, 2, 3, 6)


class PSPNet(Segmenter):
    """A backbone at `output_stride`, pyramid pooling, and a head `width` wide; the auxiliary one is half as wide.

    Each of `bins` is the side of a grid of means, reduced so that all grids together have as many channels as the map.
    With `in_channels` other than 3 the first convolution is adapted: `perpixel.backbones.pretrained.adapt_channels`.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        backbone: str = "resnet50",
        pretrained: bool = False,
        in_channels: int = 3,
        width: int = 512,
        bins: Sequence[int] = BINS,
        dropout: float = 0.1,
        output_stride: int = 8,
    ) -> None:
        if not bins or min(bins) < 1:
            raise ValueError(f"bins are {tuple(bins)}; PSPNet pools into at least one grid of at least one cell")
        features = dilated(backbone, output_stride, pretrained=pretrained, in_channels=in_channels)
        *_, middle, deepest = features.channels
        super().__init__(
            num_classes,
            in_channels=in_channels,
            stride=output_stride,
            geometry=Geometry(multiple=output_stride, minimum=output_stride, margin=0),
            mean=features.mean,
            std=features.std,
        )
        self.backbone = features
        reduced = deepest // len(bins)
        self.pyramid = PyramidPooling(deepest, reduced, bins=bins)
        self.classify = Head(deepest + reduced * len(bins), width, num_classes, dropout=dropout)
        self.auxiliary = Head(middle, width // 2, num_classes, dropout=dropout)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to "logits" (N, num_classes, H / stride, W / stride).

        In training also to "auxiliary", of that size at output strides 8 and 16.
        """
        *_, middle, deepest = self.backbone(images)
        outputs = {"logits": self.classify(self.pyramid(deepest))}
        if self.training:
            outputs["auxiliary"] = self.auxiliary(middle)
        return outputs

"""DeepLabv3+: DeepLabv3's pyramid of dilated filters, then a short decoder that takes edges from a map at stride 4.

Chen, Zhu, Papandreou, Schroff & Adam, 2018, https://arxiv.org/abs/1802.02611, figure 2.

Differences from the paper: ResNet-50 by default, where the paper's best results stand on an Xception; its ResNet takes
the fine map before the third halving, and so does this. `separable=False` gives the plain convolutions of the paper's
ablations. A batch of one can be learnt from: see `perpixel.layers.norm.SteadyBatchNorm2d`.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.backbones.dilated import dilated
from perpixel.layers.aspp import ASPP, SeparableConvNormAct
from perpixel.layers.convolution import ConvNormAct
from perpixel.spec import Geometry

STRIDE = 4  # of the fine map and of the logits
RATES = (6, 12, 18)


class DeepLabV3Plus(Segmenter):
    """A backbone at `output_stride`, atrous spatial pyramid pooling, and a decoder at stride 4, both `width` wide.

    Args:
        in_channels: of the pictures; with other than 3 the first convolution is adapted
            (`perpixel.backbones.pretrained.adapt_channels`).
        width: of the pyramid and of the decoder.
        fine: channels that the fine map is reduced to, few, so that it does not outweigh the pyramid.
        rates: of the dilated filters, for output stride 16; at 8 the same distances are twice as many steps.
        dropout: after the pyramid.
        separable: filter each channel first and mix them after, in the pyramid and in the decoder.
        output_stride: of the backbone's last map.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        backbone: str = "resnet50",
        pretrained: bool = False,
        in_channels: int = 3,
        width: int = 256,
        fine: int = 48,
        rates: Sequence[int] = RATES,
        dropout: float = 0.1,
        separable: bool = True,
        output_stride: int = 16,
    ) -> None:
        features = dilated(backbone, output_stride, pretrained=pretrained, in_channels=in_channels)
        super().__init__(
            num_classes,
            in_channels=in_channels,
            stride=STRIDE,
            geometry=Geometry(multiple=output_stride, minimum=output_stride, margin=0),
            mean=features.mean,
            std=features.std,
        )
        self.backbone = features
        self.beside = features.strides.index(STRIDE)  # which map of the backbone the decoder is given
        self.enlarged = output_stride // STRIDE
        self.pyramid = ASPP(features.channels[-1], width, rates=rates, dropout=dropout, separable=separable)
        self.reduce = ConvNormAct(features.channels[self.beside], fine, 1)
        filters = SeparableConvNormAct if separable else ConvNormAct
        self.refine = nn.Sequential(filters(width + fine, width), filters(width, width))
        self.classify = nn.Conv2d(width, num_classes, 1)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to {"logits": (N, num_classes, H / 4, W / 4)}."""
        maps = self.backbone(images)
        coarse = self.pyramid(maps[-1])
        coarse = F.interpolate(coarse, scale_factor=float(self.enlarged), mode="bilinear", align_corners=False)
        joined = torch.cat([coarse, self.reduce(maps[self.beside])], dim=1)
        return {"logits": self.classify(self.refine(joined))}

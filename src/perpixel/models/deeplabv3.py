"""DeepLabv3: dilated filters at several rates side by side, and the mean of the whole map, on a dilated ResNet.

Chen, Papandreou, Schroff & Adam, 2017, https://arxiv.org/abs/1706.05587, figure 5, in the form that torchvision
publishes as `deeplabv3_resnet50`: 42,004,074 parameters for 21 classes.

Differences from the paper, as torchvision has them: output stride 8 in training too; the last stage has no multi-grid;
one more 3 x 3 convolution and dropout in the head; an auxiliary head on the third stage. A batch of one can be
learnt from: see `perpixel.layers.norm.SteadyBatchNorm2d`.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.backbones.dilated import dilated
from perpixel.backbones.published import Source, load_whole
from perpixel.layers.aspp import ASPP
from perpixel.layers.convolution import ConvNormAct
from perpixel.layers.head import Head
from perpixel.spec import Geometry

RATES = (12, 24, 36)
PUBLIC_NAMES = {"aux_classifier.": "auxiliary."}


class DeepLabV3(Segmenter):
    """A backbone at `output_stride`, atrous spatial pyramid pooling `width` wide, and a classifier.

    The `rates` are for output stride 8; at 16 the same distances are half of them. With `in_channels` other than 3 the
    first convolution is adapted: `perpixel.backbones.pretrained.adapt_channels`.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        backbone: str = "resnet50",
        pretrained: bool = False,
        in_channels: int = 3,
        width: int = 256,
        rates: Sequence[int] = RATES,
        dropout: float = 0.5,
        separable: bool = False,
        output_stride: int = 8,
    ) -> None:
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
        self.classifier = nn.Sequential(
            ASPP(deepest, width, rates=rates, dropout=dropout, separable=separable),
            *ConvNormAct(width, width),
            nn.Conv2d(width, num_classes, 1),
        )
        self.auxiliary = Head(middle, width, num_classes, dropout=0.1)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to "logits" (N, num_classes, H / stride, W / stride).

        In training also to "auxiliary", of that size at output strides 8 and 16.
        """
        *_, middle, deepest = self.backbone(images)
        outputs = {"logits": self.classifier(deepest)}
        if self.training:
            outputs["auxiliary"] = self.auxiliary(middle)
        return outputs

    def load_published(self, source: Source) -> None:
        """Load a whole network under torchvision's names: a file, a repository of the hub, or the named tensors.

        Raises:
            ModelError: they cannot be had, or do not fit, every one; the message names the tensors.
        """
        load_whole(self, source, names=PUBLIC_NAMES, own="normalization.")

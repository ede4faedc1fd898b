"""FCN on a dilated ResNet: keep the last map fine by dilation, and classify each of its pixels by one small head.

Long, Shelhamer & Darrell, 2015, https://arxiv.org/abs/1411.4038, on the network of Yu, Koltun & Funkhouser, 2017,
Dilated Residual Networks, https://arxiv.org/abs/1705.09914, figure 1, in the form that torchvision publishes as
`fcn_resnet50`: 35,322,218 parameters for 21 classes.

Differences from the papers, as torchvision has them: no skips, since the map is at stride 8 already; a head with a
3 x 3 convolution; an auxiliary head on the third stage.
"""

from __future__ import annotations

from torch import Tensor

from perpixel.architecture import Segmenter
from perpixel.backbones.dilated import dilated
from perpixel.backbones.published import Source, load_whole
from perpixel.layers.head import Head
from perpixel.spec import Geometry

PUBLIC_NAMES = {"aux_classifier.": "auxiliary."}


class FCNResNet(Segmenter):
    """A backbone at `output_stride`, and a head `width` wide; the auxiliary one is half as wide.

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
        dropout: float = 0.1,
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
        self.classifier = Head(deepest, width, num_classes, dropout=dropout)
        self.auxiliary = Head(middle, width // 2, num_classes, dropout=dropout)

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

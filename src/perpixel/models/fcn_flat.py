"""Flat FCN: convolutions at the picture's full size from the first layer to the last, and nothing ever smaller.

The first idea that "a label for each pixel, by convolutions alone" suggests, and the one that Stanford's course CS231n
(lecture on segmentation and detection, https://cs231n.stanford.edu) names only to reject it: at full size every map
costs as many numbers as the picture has pixels, times its channels, and each 3 x 3 layer sees just one pixel further.
Here to be measured beside those that downsample: `python -m benchmarks flat`.

Differences from the source: it draws four layers of D channels and says no more; batch normalization and ReLU follow
each, as everywhere in this ladder.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.layers.convolution import ConvNormAct
from perpixel.spec import Geometry

WIDTHS = (64, 64, 64, 64)


class FCNFlat(Segmenter):
    """3 x 3 convolutions at stride 1, one for each entry of `widths`, and 1 x 1 scores.

    A pixel's label depends on the `reach` pixels around it on each side, as many as there are layers.
    """

    def __init__(self, num_classes: int, *, in_channels: int = 3, widths: Sequence[int] = WIDTHS) -> None:
        if not widths:
            raise ValueError("widths are empty: give the channels of at least one layer")
        super().__init__(num_classes, in_channels=in_channels, stride=1, geometry=Geometry(1, 1))
        self.reach = len(widths)
        self.layers = nn.Sequential(
            *(ConvNormAct(before, width) for before, width in zip((in_channels, *widths), widths, strict=False))
        )
        self.classify = nn.Conv2d(widths[-1], num_classes, 1)
        for layer in self.layers.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to {"logits": (N, num_classes, H, W)}."""
        return {"logits": self.classify(self.layers(images))}

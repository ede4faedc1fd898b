"""DeconvNet: VGG-16 down to one vector for a picture of 224 pixels, and its mirror image back up to every pixel.

Noh, Hong & Han, 2015, https://arxiv.org/abs/1505.04366, figure 2 and table 5; the numbers from the authors' published
files, https://github.com/HyeonwooNoh/DeconvNet.

The way up unpools to where each maximum was and fills the gaps by "deconvolutions" of stride 1: transposed convolutions
that keep the size, which are convolutions with the filter turned around. The paper looks at object proposals one by
one: `perpixel.predict.proposals`.

Differences from the source: any multiple of 32 pixels from 224 on is taken, and `fc6` then gives more than one vector;
smaller pictures are mirrored up to that. Where a batch is one picture of 224 pixels, `fc6` and `fc7` have a single
value for each channel, which has no spread to normalize by; training goes on with the running statistics there
(`perpixel.layers.norm.SteadyBatchNorm2d`). `kernel` below 7 is for smaller pictures.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter, surround
from perpixel.backbones.pretrained import adapt_channels
from perpixel.backbones.vgg import DEPTHS, GRID, HIDDEN, WIDTHS, ConvolutionalVGG
from perpixel.layers.norm import SteadyBatchNorm2d
from perpixel.spec import Geometry
from perpixel.upsample import MaxPoolWithPositions, MaxUnpool


class DeconvNet(Segmenter):
    """VGG-16 with batch normalization and both its hidden layers, and all of that mirrored: 252 million parameters.

    Args:
        pretrained: start the way down from VGG-16's public ImageNet weights.
        widths: channels of VGG's stages.
        hidden: channels of `fc6` and `fc7`.
        kernel: side of `fc6` and of its mirror image; pictures are at least 32 times as large.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        in_channels: int = 3,
        pretrained: bool = False,
        widths: Sequence[int] = WIDTHS,
        hidden: int = HIDDEN,
        kernel: int = GRID,
    ) -> None:
        if kernel < 1:
            raise ValueError(f"kernel is {kernel}; fc6 is at least 1 x 1")
        backbone = ConvolutionalVGG(norm=True, widths=widths, hidden=hidden, kernel=kernel)
        super().__init__(
            num_classes,
            in_channels=in_channels,
            stride=1,
            geometry=Geometry(multiple=32, minimum=32 * kernel),
            mean=backbone.mean,
            std=backbone.std,
        )
        self.backbone = backbone
        self.pool, self.unpool = MaxPoolWithPositions(), MaxUnpool()
        self.norm6, self.norm7 = SteadyBatchNorm2d(hidden), SteadyBatchNorm2d(hidden)
        self.deconv6 = Deconvolution(hidden, widths[-1], kernel)
        self.up = nn.ModuleList()
        for number in reversed(range(len(widths))):
            before = [widths[number]] * DEPTHS[number]
            after = [*before[1:], widths[max(number - 1, 0)]]  # the last one narrows to the next stage's width
            self.up.append(
                nn.Sequential(*(Deconvolution(a, b, 3, padding=1) for a, b in zip(before, after, strict=True)))
            )
        self.score = nn.Conv2d(widths[0], num_classes, 1)
        if pretrained:
            backbone.load_pretrained()
        adapt_channels(backbone, in_channels)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to {"logits": (N, num_classes, H, W)}."""
        x, remembered = images, []
        for number in range(len(DEPTHS)):
            x, positions = self.pool(self.backbone.stage(number, x))
            remembered.append(positions)
        x = F.relu(self.norm6(self.backbone.fc6(x)))
        x = F.relu(self.norm7(self.backbone.fc7(x)))
        x = self.deconv6(x)
        for stage in self.up:
            x = stage(self.unpool(x, remembered.pop()))
        return {"logits": self.score(x)}

    def padded(self, images: Tensor) -> Tensor:
        """Mirrored at right and bottom."""
        return surround(images, self.geometry)


class Deconvolution(nn.Sequential):
    """A transposed convolution of stride 1, batch normalization and ReLU; each side grows by kernel - 1 - 2 padding."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, *, padding: int = 0) -> None:
        spread = nn.ConvTranspose2d(in_channels, out_channels, kernel, padding=padding)
        nn.init.kaiming_normal_(spread.weight, mode="fan_out", nonlinearity="relu")  # its "out" is what comes in
        super().__init__(spread, SteadyBatchNorm2d(out_channels), nn.ReLU(inplace=True))

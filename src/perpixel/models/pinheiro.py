"""Pinheiro & Collobert's recurrent network: one small network labels a picture, then looks again with its own labels.

Pinheiro & Collobert, 2014, https://proceedings.mlr.press/v32/pinheiro14.html, figure 2, the network rCNN2.

Each pass is the same network: 8 x 8 convolution, 2 x 2 max pooling, tanh, the same again, scores. An answer sees
25 x 25 places of what it is given. The first pass is given the picture, at every fourth pixel of which it answers; the
second the picture at a quarter of its size together with the first one's scores: 121 x 121 pixels, the third 505 x 505.
Context grows about four times with each pass, and no parameter is added.

Differences from the paper: later passes too answer for every place of the first one's grid, by dilation, where the
paper shifts the picture and stitches the answers. A pass reads the softmax of the scores before it. The picture is
scaled down by the mean of windows of 5 and 17 pixels, which lie centered on the answers. Beyond its border it is
mirrored. In training the pass before the last is scored too, through "auxiliary".
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.layers import sliding
from perpixel.layers.initialize import initialize
from perpixel.spec import Geometry

STEP = 4  # pixels between the answers of a pass: two poolings
SIDE = 25  # places that an answer of one pass sees


class Pinheiro(Segmenter):
    """Look at the picture, read the labels, score; `instances` times.

    Args:
        in_channels: of the pictures.
        widths: maps of the two stages.
        instances: passes.
        dense: answer at every pixel, not at every fourth: the same parameters, five times the work, logits at the
            picture's size.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        in_channels: int = 3,
        widths: Sequence[int] = (25, 50),
        instances: int = 2,
        dense: bool = False,
    ) -> None:
        if len(widths) != 2:
            raise ValueError(f"widths {tuple(widths)} must be two, one for each stage")
        if instances < 1:
            raise ValueError(f"instances is {instances}; the network must look at least once")
        stride = 1 if dense else STEP
        super().__init__(num_classes, in_channels=in_channels, stride=stride, geometry=Geometry(stride, stride, 0))
        self.instances = instances
        first, second = widths
        self.look = nn.Conv2d(in_channels, first, 8)
        # Together with `look` one convolution of the picture and the labels; the first pass has none, which are zeros.
        self.read = nn.Conv2d(num_classes, first, 8, bias=False) if instances > 1 else None
        self.score = nn.Sequential(
            nn.MaxPool2d(2), nn.Tanh(), nn.Conv2d(first, second, 8),
            nn.MaxPool2d(2), nn.Tanh(), nn.Conv2d(second, num_classes, 1),
        )  # fmt: skip
        if instances > 1:
            self.auxiliary = nn.Identity()  # the scores of the pass before the last, as they are
        initialize(self, nonlinearity="tanh")

    @property
    def patch(self) -> int:
        """The side of the patch of the picture that one answer sees: 25, 121, 505, ..."""
        return patch_of(self.instances)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to "logits" (N, num_classes, H / stride, W / stride).

        In training with more than one instance also to "auxiliary", the scores of the pass before the last at the same
        places. At stride 4 cell (i, j) is the answer for the pixel in row 4 i + 1, column 4 j + 1.
        """
        after = self.patch // 2
        before = after - (self.stride - 1) // 2
        *earlier, logits = self.passes(sliding.reflect(images, before, after), strided=int(self.stride > 1))
        outputs = {"logits": logits}
        if self.training and earlier:
            outputs["auxiliary"] = self.auxiliary(middle(earlier[-1], like=logits))
        return outputs

    def passes(self, images: Tensor, *, strided: int) -> list[Tensor]:
        """The scores of every pass over images (N, in_channels, H, W), at places that see a whole patch.

        The first `strided` passes keep their strides, those after them are dilated. If all do, a picture of `patch` x
        `patch` pixels gets one answer, (N, num_classes, 1, 1), for the pixel in the middle: so the paper trains it.
        """
        scores: list[Tensor] = []
        apart = dilation = 1  # pixels between the places that are computed; places between those that a filter reads
        for number in range(self.instances):
            seen = rescale(images, number, apart=apart)
            x = sliding.dense(self.look, seen, dilation=dilation)
            if self.read is not None and scores:
                x = x + sliding.dense(self.read, scores[-1].softmax(dim=1), dilation=dilation)
            if number < strided:
                scores.append(self.score(x))
                apart *= STEP
            else:
                scores.append(sliding.dense(self.score, x, dilation=dilation))
                dilation *= STEP
        return scores


def rescale(images: Tensor, number: int, *, apart: int) -> Tensor:
    """What pass `number`, from 0, sees of images (N, C, H, W): means of windows around the answers before, `apart`."""
    if number == 0:
        return images
    window = STEP**number + 1
    edge = (patch_of(number) - window) // 2
    inside = images[:, :, edge : images.shape[2] - edge, edge : images.shape[3] - edge]
    return F.avg_pool2d(inside, window, stride=apart)


def middle(scores: Tensor, *, like: Tensor) -> Tensor:
    """The middle of scores (N, K, H, W), as high and wide as `like`."""
    top, left = ((scores.shape[dimension] - like.shape[dimension]) // 2 for dimension in (2, 3))
    return scores[:, :, top : top + like.shape[2], left : left + like.shape[3]]


def patch_of(instances: int) -> int:
    """The side of the patch that an answer sees after so many passes."""
    side = 1
    for _ in range(instances):
        side = STEP * (side - 1) + SIDE
    return side

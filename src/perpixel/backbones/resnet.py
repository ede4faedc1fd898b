"""ResNet: every block learns what to add to its input.

He, Zhang, Ren & Sun, 2015, https://arxiv.org/abs/1512.03385, table 1 and figure 5.

Names and shapes are torchvision's, so that published files load. Differences from the paper, as torchvision has them:
a bottleneck halves the map in its 3 x 3 convolution, not in the first 1 x 1; all widening shortcuts are convolutions.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.backbones.backbone import Backbone

WIDTHS = (64, 128, 256, 512)


class ResNet(Backbone):
    """Features of an RGB picture at strides 2, 4, 8, 16 and 32.

    `output_stride` 16 or 8 dilates the last one or two stages in place of their stride (Yu & Koltun, 2016,
    https://arxiv.org/abs/1511.07122). `classes=1000` adds the ImageNet classifier, which `classify` uses and `forward`
    does not.
    """

    classifier_names = ("fc.",)

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        depths: Sequence[int],
        *,
        published: str,
        output_stride: int = 32,
        classes: int | None = None,
    ) -> None:
        super().__init__()
        if output_stride not in (8, 16, 32):
            raise ValueError(f"output_stride is {output_stride}; ResNet offers 8, 16 and 32")
        self.published = published
        self.conv1 = nn.Conv2d(3, WIDTHS[0], 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(WIDTHS[0])
        strides, channels, dilation = [2], [WIDTHS[0]], 1
        total, inner = 4, WIDTHS[0]
        stages = []
        for index, (width, depth) in enumerate(zip(WIDTHS, depths, strict=True)):
            stride = 1 if index == 0 else 2
            first = dilation
            if total * stride > output_stride:
                stride, dilation = 1, dilation * 2
            blocks = []
            for number in range(depth):
                spread = first if number == 0 else dilation
                step = stride if number == 0 else 1
                blocks.append(block(inner, width, stride=step, dilation=spread, after=dilation))
                inner = width * block.expansion
            stages.append(nn.Sequential(*blocks))
            total *= stride
            strides.append(total)
            channels.append(inner)
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.strides, self.channels = tuple(strides), tuple(channels)
        if classes is not None:
            self.fc = nn.Linear(inner, classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map normalized images (N, 3, H, W) to five, (N, channels[i], ceil(H / strides[i]), ceil(W / strides[i]))."""
        features = [F.relu(self.bn1(self.conv1(images)))]
        x = F.max_pool2d(features[0], 3, stride=2, padding=1)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
            features.append(x)
        return features

    def classify(self, images: Tensor) -> Tensor:
        """Map normalized images (N, 3, H, W) to ImageNet logits (N, classes)."""
        logits: Tensor = self.fc(self(images)[-1].mean(dim=(2, 3)))
        return logits


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut: ResNet-18 and 34.

    `dilation` is of the one that would stride, `after` of what comes after it.
    """

    expansion = 1

    def __init__(self, in_channels: int, width: int, *, stride: int, dilation: int, after: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride, dilation, dilation, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, after, after, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = widening(in_channels, width, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(x)) + shortcut)


class Bottleneck(nn.Module):
    """1 x 1 down to a quarter of the channels, 3 x 3, 1 x 1 back up, beside a shortcut: ResNet-50 and 101."""

    expansion = 4

    def __init__(self, in_channels: int, width: int, *, stride: int, dilation: int, after: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, dilation, dilation, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, width * self.expansion, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(width * self.expansion)
        self.downsample = widening(in_channels, width * self.expansion, stride=stride)

    def forward(self, x: Tensor) -> Tensor:
        shortcut = x if self.downsample is None else self.downsample(x)
        x = F.relu(self.bn1(self.conv1(x)))
        x = F.relu(self.bn2(self.conv2(x)))
        return F.relu(self.bn3(self.conv3(x)) + shortcut)


def widening(in_channels: int, out_channels: int, *, stride: int) -> nn.Sequential | None:
    """A shortcut that changes the shape, or None where the shape stays."""
    if stride == 1 and in_channels == out_channels:
        return None
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 1, stride, bias=False), nn.BatchNorm2d(out_channels))


def resnet18(*, output_stride: int = 32, classes: int | None = None) -> ResNet:
    """11,689,512 parameters with the classifier of 1000 classes, 11,176,512 without."""
    published = "timm/resnet18.tv_in1k"
    return ResNet(BasicBlock, (2, 2, 2, 2), published=published, output_stride=output_stride, classes=classes)


def resnet34(*, output_stride: int = 32, classes: int | None = None) -> ResNet:
    """21,797,672 parameters with the classifier of 1000 classes, 21,284,672 without."""
    published = "timm/resnet34.tv_in1k"
    return ResNet(BasicBlock, (3, 4, 6, 3), published=published, output_stride=output_stride, classes=classes)


def resnet50(*, output_stride: int = 32, classes: int | None = None) -> ResNet:
    """25,557,032 parameters with the classifier of 1000 classes, 23,508,032 without."""
    published = "timm/resnet50.tv_in1k"
    return ResNet(Bottleneck, (3, 4, 6, 3), published=published, output_stride=output_stride, classes=classes)


def resnet101(*, output_stride: int = 32, classes: int | None = None) -> ResNet:
    """44,549,160 parameters with the classifier of 1000 classes, 42,500,160 without."""
    published = "timm/resnet101.tv_in1k"
    return ResNet(Bottleneck, (3, 4, 23, 3), published=published, output_stride=output_stride, classes=classes)

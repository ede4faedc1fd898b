"""MobileNetV3: MobileNetV2's blocks, found by search, that weigh their channels by what the whole picture shows.

Howard, Sandler, Chu et al., 2019, https://arxiv.org/abs/1905.02244, tables 1 and 2, figures 4 and 5.

Names and shapes are torchvision's; files with timm's names load too, and that is how the Hugging Face hub has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.backbones.backbone import Backbone

# kernel, stride, channels, whether it weighs its channels, whether it has hard swish, inner channels of each block:
# tables 1 and 2, a line for each stage of timm's
Stage = tuple[int, int, int, bool, bool, tuple[int, ...]]
LARGE: tuple[Stage, ...] = (
    (3, 1, 16, False, False, (16,)),
    (3, 2, 24, False, False, (64, 72)),
    (5, 2, 40, True, False, (72, 120, 120)),
    (3, 2, 80, False, True, (240, 200, 184, 184)),
    (3, 1, 112, True, True, (480, 672)),
    (5, 2, 160, True, True, (672, 960, 960)),
)
SMALL: tuple[Stage, ...] = (
    (3, 2, 16, True, False, (16,)),
    (3, 2, 24, False, False, (72, 88)),
    (5, 2, 40, True, True, (96, 240, 240)),
    (5, 1, 48, True, True, (120, 144)),
    (5, 2, 96, True, True, (288, 576, 576)),
)
STEM, WIDENING = 16, 6
EPSILON, TIMM_EPSILON = 1e-3, 1e-5


class MobileNetV3(Backbone):
    """Features of an RGB picture at strides 2, 4, 8, 16 and 32: the last maps before each halving, and the end.

    The last map is the wide one that the classifier takes the global mean of.
    `output_stride` 16 or 8 dilates the stages beyond it in place of their stride. `classes=1000` adds the ImageNet
    classifier, with `head` channels inside, which `classify` uses and `forward` does not.
    """

    classifier_names = ("classifier.",)

    def __init__(
        self, stages: Sequence[Stage], *, head: int, published: str, output_stride: int = 32, classes: int | None = None
    ) -> None:
        super().__init__()
        if output_stride not in (8, 16, 32):
            raise ValueError(f"output_stride is {output_stride}; MobileNetV3 offers 8, 16 and 32")
        self.stages = tuple(stages)
        self.published = published
        features: list[nn.Module] = [conv_norm(3, STEM, 3, stride=2, act=nn.Hardswish)]
        channels, nominal, total, dilation = STEM, 2, 2, 1
        ends = {2: (0, 2, STEM)}  # of each stride without dilation: the last feature, its true stride, its channels
        for kernel, stride, out_channels, weigh, swish, inner in stages:
            spread = dilation  # of the stage's first block, which still sees the grid before it
            nominal *= stride
            if total * stride > output_stride:
                stride, dilation = 1, dilation * 2
            total *= stride
            for number, width in enumerate(inner):
                features.append(
                    InvertedResidual(
                        channels,
                        width,
                        out_channels,
                        kernel,
                        stride=1 if number else stride,
                        dilation=dilation if number else spread,
                        weigh=weigh,
                        act=nn.Hardswish if swish else nn.ReLU,
                    )
                )
                channels = out_channels
            ends[nominal] = (len(features) - 1, total, channels)
        features.append(conv_norm(channels, channels * WIDENING, 1, act=nn.Hardswish))
        ends[nominal] = (len(features) - 1, total, channels * WIDENING)
        self.taps = tuple(tap for tap, _, _ in ends.values())
        self.strides = tuple(step for _, step, _ in ends.values())
        self.channels = tuple(width for _, _, width in ends.values())
        self.features = nn.Sequential(*features)
        if classes is not None:
            self.classifier = nn.Sequential(
                nn.Linear(self.channels[-1], head),
                nn.Hardswish(inplace=True),
                nn.Dropout(0.2, inplace=True),
                nn.Linear(head, classes),
            )
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out")
                if layer.bias is not None:
                    nn.init.zeros_(layer.bias)

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map normalized images (N, 3, H, W) to five, (N, channels[i], ceil(H / strides[i]), ceil(W / strides[i]))."""
        maps = []
        x = images
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in self.taps:
                maps.append(x)
        return maps

    def classify(self, images: Tensor) -> Tensor:
        """Map normalized images (N, 3, H, W) to ImageNet logits (N, classes)."""
        logits: Tensor = self.classifier(self(images)[-1].mean(dim=(2, 3)))
        return logits

    def renamed(self, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Tensors under torchvision's names, from a file with either torchvision's or timm's.

        timm's were trained with another epsilon of the batch normalization. It is added to each variance, so the
        difference is put there: the features are then exactly timm's.
        """
        if "conv_stem.weight" not in tensors:
            return tensors
        names = timm_names(self.stages)
        renamed = {}
        for name, tensor in tensors.items():
            layer, _, leaf = name.rpartition(".")
            if leaf == "running_var":
                tensor = tensor + (TIMM_EPSILON - EPSILON)
            if layer == "conv_head" and leaf == "weight":  # a 1 x 1 convolution there
                tensor = tensor.flatten(1)
            renamed[f"{names.get(layer, layer)}.{leaf}"] = tensor
        return renamed


class InvertedResidual(nn.Module):
    """Widen, filter each channel, weigh the channels, narrow without activation; a shortcut where the shape stays.

    Figure 4 of the paper; the first block does not widen.
    """

    def __init__(
        self,
        in_channels: int,
        inner: int,
        out_channels: int,
        kernel: int,
        *,
        stride: int,
        dilation: int,
        weigh: bool,
        act: type[nn.Module],
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [conv_norm(in_channels, inner, 1, act=act)] if inner != in_channels else []
        layers.append(conv_norm(inner, inner, kernel, stride=stride, dilation=dilation, groups=inner, act=act))
        if weigh:
            layers.append(SqueezeExcitation(inner))
        layers.append(conv_norm(inner, out_channels, 1))
        self.block = nn.Sequential(*layers)
        self.shortcut = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.block(x)
        return x + y if self.shortcut else y


class SqueezeExcitation(nn.Module):
    """Weigh each channel of a map (N, channels, H, W) by 0 .. 1, from the means of all of them.

    Hu, Shen & Sun, 2018, https://arxiv.org/abs/1709.01507, figure 2; here with a quarter of the channels between.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        squeezed = multiple_of_8(channels // 4)
        self.fc1 = nn.Conv2d(channels, squeezed, 1)
        self.fc2 = nn.Conv2d(squeezed, channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        means = x.mean(dim=(2, 3), keepdim=True)
        return x * F.hardsigmoid(self.fc2(F.relu(self.fc1(means))))


def conv_norm(
    in_channels: int,
    out_channels: int,
    kernel: int,
    *,
    stride: int = 1,
    dilation: int = 1,
    groups: int = 1,
    act: type[nn.Module] | None = None,
) -> nn.Sequential:
    """Convolution, batch normalization with the epsilon of the published weights, and an activation if there is one."""
    padding = dilation * (kernel // 2)
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding, dilation, groups, bias=False),
        nn.BatchNorm2d(out_channels, eps=EPSILON),
        *([] if act is None else [act(inplace=True)]),
    )


def multiple_of_8(channels: int) -> int:
    """The nearest multiple of 8 that is not more than a tenth below `channels`."""
    nearest = max(8, (channels + 4) // 8 * 8)
    return nearest + 8 if nearest < 0.9 * channels else nearest


def timm_names(stages: Sequence[Stage]) -> dict[str, str]:
    """The name of each layer with weights: in timm, and in torchvision."""
    names = {"conv_stem": "features.0.0", "bn1": "features.0.1"}
    before, number = STEM, 1
    for stage, (_, _, channels, weigh, _, inner) in enumerate(stages):
        for repeat, width in enumerate(inner):
            theirs, ours = f"blocks.{stage}.{repeat}", f"features.{number}.block"
            convolutions = ("pw", "dw", "pwl") if width != before else ("dw", "pw")
            for place, convolution in enumerate(convolutions):
                last = place == len(convolutions) - 1
                shifted = place + (weigh and last)  # past the weighing, which has no normalization
                names[f"{theirs}.conv_{convolution}"] = f"{ours}.{shifted}.0"
                names[f"{theirs}.bn{place + 1}"] = f"{ours}.{shifted}.1"
                if weigh and last:
                    names[f"{theirs}.se.conv_reduce"] = f"{ours}.{place}.fc1"
                    names[f"{theirs}.se.conv_expand"] = f"{ours}.{place}.fc2"
            before, number = channels, number + 1
    names |= {
        f"blocks.{len(stages)}.0.conv": f"features.{number}.0",
        f"blocks.{len(stages)}.0.bn1": f"features.{number}.1",
    }
    return names | {"conv_head": "classifier.0", "classifier": "classifier.3"}


def mobilenet_v3_large(*, output_stride: int = 32, classes: int | None = None) -> MobileNetV3:
    """5,483,032 parameters with the classifier of 1000 classes, 2,971,952 without."""
    published = "timm/mobilenetv3_large_100.ra_in1k"
    return MobileNetV3(LARGE, head=1280, published=published, output_stride=output_stride, classes=classes)


def mobilenet_v3_small(*, output_stride: int = 32, classes: int | None = None) -> MobileNetV3:
    """2,542,856 parameters with the classifier of 1000 classes, 927,008 without."""
    published = "timm/mobilenetv3_small_100.lamb_in1k"
    return MobileNetV3(SMALL, head=1024, published=published, output_stride=output_stride, classes=classes)

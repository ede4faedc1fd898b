"""MobileNetV2: blocks that are wide inside and narrow between, with one filter to each inner channel.

Sandler, Howard, Zhu, Zhmoginov & Chen, 2018, https://arxiv.org/abs/1801.04381, table 2 and figure 4d.

Names and shapes are torchvision's; files with timm's names load too, and that is how the Hugging Face hub has them.
"""

from __future__ import annotations

from collections.abc import Mapping

from torch import Tensor, nn

from perpixel.backbones.backbone import Backbone

# expansion, channels, repeats, stride: table 2
STAGES = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)
STEM, HEAD = 32, 1280


class MobileNetV2(Backbone):
    """Features of an RGB picture at strides 2, 4, 8, 16 and 32: the last maps before each halving, and the end.

    `output_stride` 16 or 8 dilates the stages beyond it in place of their stride. `classes=1000` adds the widening
    convolution (`features.18`) and the ImageNet classifier, which `classify` uses and `forward` does not.
    """

    published = "timm/mobilenetv2_100.ra_in1k"
    classifier_names = ("features.18.", "classifier.")

    def __init__(self, *, output_stride: int = 32, classes: int | None = None) -> None:
        super().__init__()
        if output_stride not in (8, 16, 32):
            raise ValueError(f"output_stride is {output_stride}; MobileNetV2 offers 8, 16 and 32")
        features: list[nn.Module] = [conv_norm_relu6(3, STEM, 3, stride=2)]
        inner, total, dilation = STEM, 2, 1
        ends: dict[int, tuple[int, int]] = {}
        for expansion, channels, repeats, stride in STAGES:
            first = dilation
            if total * stride > output_stride:
                stride, dilation = 1, dilation * 2
            for number in range(repeats):
                spread = first if number == 0 else dilation
                step = stride if number == 0 else 1
                features.append(InvertedResidual(inner, channels, stride=step, expansion=expansion, dilation=spread))
                inner = channels
            total *= stride
            ends[len(features) - 1] = (total, inner)
        self.taps = (1, 3, 6, 13, 17)
        self.strides = tuple(ends[tap][0] for tap in self.taps)
        self.channels = tuple(ends[tap][1] for tap in self.taps)
        if classes is not None:
            features.append(conv_norm_relu6(inner, HEAD, 1))
        self.features = nn.Sequential(*features)
        if classes is not None:
            self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(HEAD, classes))
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out")

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map normalized images (N, 3, H, W) to five, (N, channels[i], ceil(H / strides[i]), ceil(W / strides[i]))."""
        maps = []
        x = images
        for index in range(self.taps[-1] + 1):
            x = self.features[index](x)
            if index in self.taps:
                maps.append(x)
        return maps

    def classify(self, images: Tensor) -> Tensor:
        """Map normalized images (N, 3, H, W) to ImageNet logits (N, classes)."""
        x = self.features[-1](self(images)[-1])
        logits: Tensor = self.classifier(x.mean(dim=(2, 3)))
        return logits

    def renamed(self, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Tensors under torchvision's names, from a file with either torchvision's or timm's."""
        if "conv_stem.weight" not in tensors:
            return tensors
        names = timm_names()
        renamed = {}
        for name, tensor in tensors.items():
            layer, _, leaf = name.rpartition(".")
            renamed[f"{names.get(layer, layer)}.{leaf}"] = tensor
        return renamed


class InvertedResidual(nn.Module):
    """Widen with 1 x 1, filter each channel, narrow with 1 x 1 and no activation; a shortcut where the shape stays."""

    def __init__(self, in_channels: int, out_channels: int, *, stride: int, expansion: int, dilation: int) -> None:
        super().__init__()
        inner = in_channels * expansion
        widen = [conv_norm_relu6(in_channels, inner, 1)] if expansion > 1 else []
        self.conv = nn.Sequential(
            *widen,
            conv_norm_relu6(inner, inner, 3, stride=stride, dilation=dilation, groups=inner),
            nn.Conv2d(inner, out_channels, 1, bias=False),
            nn.BatchNorm2d(out_channels),
        )
        self.shortcut = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.conv(x)
        return x + y if self.shortcut else y


def conv_norm_relu6(
    in_channels: int, out_channels: int, kernel: int, *, stride: int = 1, dilation: int = 1, groups: int = 1
) -> nn.Sequential:
    """Convolution, batch normalization, and a ReLU that ends at 6."""
    padding = dilation * (kernel // 2)
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, padding, dilation, groups, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.ReLU6(inplace=True),
    )


def timm_names() -> dict[str, str]:
    """The name of each layer with weights: in timm, and in torchvision."""
    names = {"conv_stem": "features.0.0", "bn1": "features.0.1", "conv_head": "features.18.0", "bn2": "features.18.1"}
    names["classifier"] = "classifier.1"
    number = 1
    for stage, (expansion, _, repeats, _) in enumerate(STAGES):
        for repeat in range(repeats):
            theirs, ours = f"blocks.{stage}.{repeat}", f"features.{number}.conv"
            layers, places = "conv_pw bn1 conv_dw bn2 conv_pwl bn3", "0.0 0.1 1.0 1.1 2 3"
            if expansion == 1:
                layers, places = "conv_dw bn1 conv_pw bn2", "0.0 0.1 1 2"
            pairs = zip(layers.split(), places.split(), strict=True)
            names |= {f"{theirs}.{layer}": f"{ours}.{place}" for layer, place in pairs}
            number += 1
    return names


def mobilenet_v2(*, output_stride: int = 32, classes: int | None = None) -> MobileNetV2:
    """3,504,872 parameters with the classifier of 1000 classes, 1,811,712 without."""
    return MobileNetV2(output_stride=output_stride, classes=classes)

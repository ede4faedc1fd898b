"""DDRNet: a path that keeps the detail and a path that sees the whole, side by side, telling each other what they see.

Hong, Pan, Sun & Jia, 2021, https://arxiv.org/abs/2101.06085, figures 4 and 5, table 1. The rung for video: at 960 x 720
the paper's DDRNet-23-slim scores 74.7 on CamVid at 230 pictures a second, from ImageNet's pictures and CamVid's alone.

Why not another? PIDNet (https://arxiv.org/abs/2206.02066) scores about one point more on Cityscapes, by a third path
that is trained on the outlines of the classes: a target and a loss that no other rung has, and in a table of rungs one
could not tell the network from its loss. PP-LiteSeg (https://arxiv.org/abs/2204.02681) is a decoder, and stands on STDC
and its ImageNet weights. DDRNet learns by plain cross-entropy as all the others do, and its idea can be drawn in two
lines.

Differences from the paper: in the pyramid, normalization comes before the averages, which then leave the zeros beyond
the border out; so a batch of one picture can be learnt from, and where no window reaches over the border the trained
network gives the same numbers. It starts at random, not from ImageNet. The paper weights the auxiliary loss by 0.4;
here the plan says by how much.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.backbones.resnet import widening
from perpixel.layers.convolution import ConvNormAct
from perpixel.spec import Geometry

POOLS = ((5, 2), (9, 4), (17, 8))  # window and stride of the pyramid's averages: figure 5


class DDRNet(Segmenter):
    """DDRNet-23-slim by default: 5,695,923 parameters with 19 classes, and 38,355 in the auxiliary head.

    DDRNet-23 is `ddrnet23`.

    Args:
        width: channels at stride 4. The detailed path has 2 and in the end 4 times as many, the other up to 16 times.
        pooled: channels of each branch of the pyramid.
        head: channels before the classifier.
    """

    def __init__(
        self, num_classes: int, *, in_channels: int = 3, width: int = 32, pooled: int = 128, head: int = 64
    ) -> None:
        super().__init__(num_classes, in_channels=in_channels, stride=8, geometry=Geometry(multiple=8, minimum=8))
        detail = 2 * width
        self.stem = nn.Sequential(ConvNormAct(in_channels, width, stride=2), ConvNormAct(width, width, stride=2))
        self.shared = nn.Sequential(
            stage(width, width, stride=1), nn.ReLU(inplace=True), stage(width, detail, stride=2), nn.ReLU(inplace=True)
        )
        self.detailed = nn.ModuleList(stage(detail, detail, stride=1) for _ in range(2))
        self.whole = nn.ModuleList(stage(step * width, 2 * step * width, stride=2) for step in (2, 4))
        self.fuse = nn.ModuleList(Fusion(detail, times * detail) for times in (2, 4))
        self.detailed_end = Bottleneck(detail, detail, stride=1)
        self.whole_end = Bottleneck(8 * width, 8 * width, stride=2)
        self.pyramid = Pyramid(16 * width, pooled, 4 * width)
        self.classify = classifier(4 * width, head, num_classes)
        self.auxiliary = classifier(detail, head, num_classes)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to "logits" (N, num_classes, H / 8, W / 8).

        In training also to "auxiliary", of the same shape, from the detailed path after the first exchange.
        """
        detailed = whole = self.shared(self.stem(images))
        exchanged = []
        for keep, descend, fuse in zip(self.detailed, self.whole, self.fuse, strict=True):
            detailed, whole = fuse(keep(detailed), descend(whole))
            exchanged.append(detailed)
            detailed, whole = F.relu(detailed), F.relu(whole)
        detailed = self.detailed_end(detailed)
        around = resize(self.pyramid(self.whole_end(whole)), detailed)
        outputs = {"logits": self.classify(detailed + around)}
        if self.training:
            outputs["auxiliary"] = self.auxiliary(exchanged[0])
        return outputs


class Fusion(nn.Module):
    """Bilateral fusion, figure 4: each path gets the other's map at its own size, added before the activation.

    Maps (N, detail, H, W) and (N, whole, h, w), which is `whole / detail` times smaller, to the same shapes.
    """

    def __init__(self, detail: int, whole: int) -> None:
        super().__init__()
        self.up = conv_norm(whole, detail, 1)
        down, channels = [], detail
        while channels < whole:
            down += [conv_norm(channels, 2 * channels, 3, stride=2), nn.ReLU(inplace=True)]
            channels *= 2
        self.down = nn.Sequential(*down[:-1])

    def forward(self, detailed: Tensor, whole: Tensor) -> tuple[Tensor, Tensor]:
        return (
            detailed + resize(self.up(F.relu(whole)), detailed),
            whole + self.down(F.relu(detailed)),
        )


class Pyramid(nn.Module):
    """Deep aggregation pyramid pooling (DAPPM), figure 5: averages of growing windows, each added to the one before.

    Maps (N, in_channels, h, w) to (N, out_channels, h, w).
    """

    def __init__(self, in_channels: int, width: int, out_channels: int) -> None:
        super().__init__()
        branches = len(POOLS) + 2  # the map itself, and the mean of all of it
        self.norm = nn.ModuleList(nn.BatchNorm2d(in_channels) for _ in range(branches))
        self.reduce = nn.ModuleList(nn.Conv2d(in_channels, width, 1, bias=False) for _ in range(branches))
        self.process = nn.ModuleList(norm_act_conv(width, width, 3) for _ in range(branches - 1))
        self.compress = norm_act_conv(branches * width, out_channels, 1)
        self.shortcut = norm_act_conv(in_channels, out_channels, 1)

    def forward(self, x: Tensor) -> Tensor:
        normalized = [norm(x) for norm in self.norm]
        pooled = [normalized[0]]
        for values, (window, stride) in zip(normalized[1:-1], POOLS, strict=True):
            pooled.append(F.avg_pool2d(values, window, stride, window // 2, count_include_pad=False))
        pooled.append(normalized[-1].mean(dim=(2, 3), keepdim=True))
        first, *others = [reduce(F.relu(values)) for values, reduce in zip(pooled, self.reduce, strict=True)]
        maps = [first]
        for values, process in zip(others, self.process, strict=True):
            maps.append(process(resize(values, x) + maps[-1]))
        answer: Tensor = self.compress(torch.cat(maps, dim=1)) + self.shortcut(x)
        return answer


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut, without the activation at the end: others are added first."""

    def __init__(self, in_channels: int, width: int, *, stride: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(ConvNormAct(in_channels, width, stride=stride), conv_norm(width, width, 3))
        self.shortcut = widening(in_channels, width, stride=stride) or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.inner(x) + self.shortcut(x)
        return answer


class Bottleneck(nn.Module):
    """1 x 1, 3 x 3, and 1 x 1 to twice the channels, beside a shortcut, without the activation at the end."""

    def __init__(self, in_channels: int, width: int, *, stride: int) -> None:
        super().__init__()
        self.inner = nn.Sequential(
            ConvNormAct(in_channels, width, 1), ConvNormAct(width, width, stride=stride), conv_norm(width, 2 * width, 1)
        )
        self.shortcut = widening(in_channels, 2 * width, stride=stride) or nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        answer: Tensor = self.inner(x) + self.shortcut(x)
        return answer


def stage(in_channels: int, width: int, *, stride: int) -> nn.Sequential:
    """Two basic blocks, of which the first strides."""
    return nn.Sequential(
        BasicBlock(in_channels, width, stride=stride), nn.ReLU(inplace=True), BasicBlock(width, width, stride=1)
    )


def classifier(in_channels: int, width: int, num_classes: int) -> nn.Sequential:
    """From a map before its activation to logits: 3 x 3, then 1 x 1."""
    return nn.Sequential(
        norm_act_conv(in_channels, width, 3),
        nn.BatchNorm2d(width),
        nn.ReLU(inplace=True),
        nn.Conv2d(width, num_classes, 1),
    )


def conv_norm(in_channels: int, out_channels: int, kernel: int, *, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(out_channels)
    )


def norm_act_conv(in_channels: int, out_channels: int, kernel: int) -> nn.Sequential:
    return nn.Sequential(
        nn.BatchNorm2d(in_channels),
        nn.ReLU(inplace=True),
        nn.Conv2d(in_channels, out_channels, kernel, padding=kernel // 2, bias=False),
    )


def resize(x: Tensor, like: Tensor) -> Tensor:
    """A map (N, C, h, w), as high and wide as `like`: small maps round their size up, so no factor would do."""
    return F.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=False)


def ddrnet23(num_classes: int, *, in_channels: int = 3) -> DDRNet:
    """DDRNet-23, twice as wide: 20,148,819 parameters with 19 classes, and 150,419 in the auxiliary head."""
    return DDRNet(num_classes, in_channels=in_channels, width=64, head=128)

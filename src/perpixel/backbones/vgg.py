"""VGG: nothing but 3 x 3 convolutions, in five stages with a maximum pooling after each.

Simonyan & Zisserman, 2014, https://arxiv.org/abs/1409.1556, table 1, column D (16 layers with weights).

Names and shapes are torchvision's, so that published files load; files with timm's names load too, and that is how the
Hugging Face hub has them. Batch normalization after each convolution came later: it is torchvision's second variant.

Differences from the paper: pooling keeps a last odd row or column by itself (Caffe's rounding), which changes nothing
at multiples of 32.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.backbones.backbone import Backbone

WIDTHS = (64, 128, 256, 512, 512)
DEPTHS = (2, 2, 3, 3, 3)  # convolutions of each stage
HIDDEN = 4096
GRID = 7  # the side of the last map of a picture of 224 pixels; the classifier takes no other
TIMM_NAMES = {"pre_logits.fc1": "classifier.0", "pre_logits.fc2": "classifier.3", "head.fc": "classifier.6"}


class VGG(Backbone):
    """Features of an RGB picture at strides 2, 4, 8, 16 and 32: the last maps before each halving, and the end.

    The map at stride 1 is left out, so that every backbone has the same five. A network that pools in its own way
    takes the stages one by one: `stage`.

    Args:
        norm: whether batch normalization follows each convolution.
        widths: channels of the five stages.
        classes: 1000 adds the ImageNet classifier, which `classify` uses and `forward` does not.
        hidden: width of the classifier's two hidden layers.
    """

    classifier_names = ("classifier.", *TIMM_NAMES)

    def __init__(
        self,
        *,
        norm: bool,
        widths: Sequence[int] = WIDTHS,
        classes: int | None = None,
        hidden: int = HIDDEN,
    ) -> None:
        super().__init__()
        if len(widths) != len(DEPTHS):
            raise ValueError(f"widths {tuple(widths)}: VGG has {len(DEPTHS)} stages")
        self.published = f"timm/vgg16{'_bn' if norm else ''}.tv_in1k"
        self.strides = (2, 4, 8, 16, 32)
        self.channels = (*widths[1:], widths[-1])
        layers: list[nn.Module] = []
        self.stages: list[range] = []  # where in `features` the layers of each stage are; the pooling follows
        inner = 3
        for width, depth in zip(widths, DEPTHS, strict=True):
            start = len(layers)
            for _ in range(depth):
                layers.append(nn.Conv2d(inner, width, 3, padding=1))
                layers += [nn.BatchNorm2d(width)] if norm else []
                layers.append(nn.ReLU(inplace=True))
                inner = width
            self.stages.append(range(start, len(layers)))
            layers.append(nn.MaxPool2d(2, ceil_mode=True))
        self.features = nn.Sequential(*layers)
        if classes is not None:
            self.classifier = nn.Sequential(
                nn.Linear(inner * GRID * GRID, hidden),
                nn.ReLU(inplace=True),
                nn.Dropout(),
                nn.Linear(hidden, hidden),
                nn.ReLU(inplace=True),
                nn.Dropout(),
                nn.Linear(hidden, classes),
            )
        for layer in self.features:
            if isinstance(layer, nn.Conv2d):
                initialize(layer)

    def stage(self, number: int, x: Tensor) -> Tensor:
        """The convolutions of stage 0 to 4, without the pooling after them: (N, channels, H, W) at the size of `x`."""
        for index in self.stages[number]:
            x = self.features[index](x)
        return x

    def forward(self, images: Tensor) -> list[Tensor]:
        """Map normalized images (N, 3, H, W) to five, (N, channels[i], ceil(H / strides[i]), ceil(W / strides[i]))."""
        maps = []
        x = images
        for number, layers in enumerate(self.stages):
            x = self.stage(number, x)
            if number > 0:
                maps.append(x)
            x = self.features[layers.stop](x)
        return [*maps, x]

    def classify(self, images: Tensor) -> Tensor:
        """Map normalized images (N, 3, H, W) to ImageNet logits (N, classes); 224 x 224 is what it was trained on."""
        grid = F.adaptive_avg_pool2d(self(images)[-1], GRID)
        logits: Tensor = self.classifier(grid.flatten(1))
        return logits

    def renamed(self, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """Tensors under torchvision's names, from a file with either torchvision's or timm's.

        Timm keeps the two hidden layers as convolutions; they become matrices again.
        """
        renamed = {}
        for name, tensor in tensors.items():
            layer, _, leaf = name.rpartition(".")
            if layer in TIMM_NAMES:
                name, tensor = f"{TIMM_NAMES[layer]}.{leaf}", tensor.flatten(1) if leaf == "weight" else tensor
            renamed[name] = tensor
        return renamed


class ConvolutionalVGG(VGG):
    """VGG whose classifier's two hidden layers are convolutions, `fc6` and `fc7`, for networks that go on from them.

    Long, Shelhamer & Darrell, 2015, https://arxiv.org/abs/1411.4038, figure 2. `forward` does not use the two.

    Args:
        kernel: side of `fc6`, which is not padded; the public weights are for 7.
    """

    classifier_names = ("classifier.6.",)

    def __init__(self, *, norm: bool, widths: Sequence[int] = WIDTHS, hidden: int = HIDDEN, kernel: int = GRID) -> None:
        super().__init__(norm=norm, widths=widths)
        self.fc6 = nn.Conv2d(widths[-1], hidden, kernel)
        self.fc7 = nn.Conv2d(hidden, hidden, 1)
        initialize(self.fc6)
        initialize(self.fc7)

    def renamed(self, tensors: Mapping[str, Tensor]) -> Mapping[str, Tensor]:
        """As `VGG.renamed`, the hidden layers' matrices as filters: row by row they are (channels, 7, 7)."""
        renamed = {}
        for name, tensor in super().renamed(tensors).items():
            layer, _, leaf = name.rpartition(".")
            side = {"classifier.0": GRID, "classifier.3": 1}.get(layer)
            if side is not None:
                name = f"{'fc6' if side == GRID else 'fc7'}.{leaf}"
                if leaf == "weight" and tensor.shape[1] % side**2 == 0:
                    tensor = tensor.reshape(tensor.shape[0], -1, side, side)
            renamed[name] = tensor
        return renamed


def initialize(layer: nn.Conv2d) -> None:
    """He's start, by what comes in: without normalization the numbers keep their spread through all layers."""
    nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)


def vgg16(*, widths: Sequence[int] = WIDTHS, classes: int | None = None, hidden: int = HIDDEN) -> VGG:
    """138,357,544 parameters with the classifier of 1000 classes, 14,714,688 without."""
    return VGG(norm=False, widths=widths, classes=classes, hidden=hidden)


def vgg16_bn(*, widths: Sequence[int] = WIDTHS, classes: int | None = None, hidden: int = HIDDEN) -> VGG:
    """138,365,992 parameters with the classifier of 1000 classes, 14,723,136 without."""
    return VGG(norm=True, widths=widths, classes=classes, hidden=hidden)

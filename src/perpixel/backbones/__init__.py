"""Networks made to name pictures, as sources of features: the table of them by name."""

from __future__ import annotations

from collections.abc import Callable

from perpixel.backbones.backbone import Backbone
from perpixel.backbones.densenet import densenet121
from perpixel.backbones.efficientnet_lite import efficientnet_lite0, efficientnet_lite1, efficientnet_lite2
from perpixel.backbones.mit import mit_b0, mit_b1, mit_b2, mit_b3, mit_b4, mit_b5
from perpixel.backbones.mobilenet_v2 import mobilenet_v2
from perpixel.backbones.mobilenet_v3 import mobilenet_v3_large, mobilenet_v3_small
from perpixel.backbones.resnet import resnet18, resnet34, resnet50, resnet101
from perpixel.backbones.vgg import vgg16, vgg16_bn

__all__ = ["BACKBONES"]

BACKBONES: dict[str, Callable[..., Backbone]] = {
    "densenet121": densenet121,
    "efficientnet_lite0": efficientnet_lite0,
    "efficientnet_lite1": efficientnet_lite1,
    "efficientnet_lite2": efficientnet_lite2,
    "mit_b0": mit_b0,
    "mit_b1": mit_b1,
    "mit_b2": mit_b2,
    "mit_b3": mit_b3,
    "mit_b4": mit_b4,
    "mit_b5": mit_b5,
    "mobilenet_v2": mobilenet_v2,
    "mobilenet_v3_large": mobilenet_v3_large,
    "mobilenet_v3_small": mobilenet_v3_small,
    "resnet18": resnet18,
    "resnet34": resnet34,
    "resnet50": resnet50,
    "resnet101": resnet101,
    "vgg16": vgg16,
    "vgg16_bn": vgg16_bn,
}

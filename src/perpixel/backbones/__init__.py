"""Networks made to name pictures, as sources of features: the table of them by name."""

from __future__ import annotations

from perpixel.backbones.efficientnet_lite import efficientnet_lite0, efficientnet_lite1, efficientnet_lite2
from perpixel.backbones.mobilenet_v2 import mobilenet_v2
from perpixel.backbones.resnet import resnet18, resnet34, resnet50, resnet101

__all__ = ["BACKBONES"]

BACKBONES = {
    "efficientnet_lite0": efficientnet_lite0,
    "efficientnet_lite1": efficientnet_lite1,
    "efficientnet_lite2": efficientnet_lite2,
    "mobilenet_v2": mobilenet_v2,
    "resnet18": resnet18,
    "resnet34": resnet34,
    "resnet50": resnet50,
    "resnet101": resnet101,
}

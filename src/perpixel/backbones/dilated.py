"""A backbone that stops halving early and dilates instead, made ready for a network."""

from __future__ import annotations

import inspect

from perpixel.backbones import BACKBONES
from perpixel.backbones.backbone import Backbone
from perpixel.backbones.pretrained import adapt_channels
from perpixel.errors import ModelError


def dilated(name: str, output_stride: int, *, pretrained: bool, in_channels: int) -> Backbone:
    """The backbone of that name whose last map has the stride `output_stride`, of which every layer sees as far.

    Yu & Koltun, 2016, https://arxiv.org/abs/1511.07122, put distance between the taps of a filter (dilation) in the
    place of distance between the filter's positions (stride): same weights, finer map.

    Raises:
        ModelError: this backbone cannot be dilated; or the pretrained weights cannot be had.
        ValueError: it does not offer this stride.
    """
    able = [other for other, make in BACKBONES.items() if "output_stride" in inspect.signature(make).parameters]
    if name not in able:
        raise ModelError(f"{name} cannot keep its last map at stride {output_stride}; take one of {', '.join(able)}")
    features = BACKBONES[name](output_stride=output_stride)
    if pretrained:
        features.load_pretrained()
    adapt_channels(features, in_channels)
    return features

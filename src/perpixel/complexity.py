"""What a network costs: its parameters, and the arithmetic of one picture, without doing it.

The network runs on torch's meta device, where tensors have a size and no values: neither memory nor time is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from perpixel.architecture import Segmenter, surround


@dataclass(frozen=True)
class Complexity:
    """What a network costs.

    Attributes:
        parameters: numbers that are learnt, those of auxiliary heads among them.
        flops: floating-point operations to answer one picture: two for each multiplication and addition of
            convolutions and matrix products. Normalization, activations, pooling and resizing are left out, as papers
            leave them out; papers that count a multiplication and its addition as one have half of this number.
        size: (height, width) of that picture.
    """

    parameters: int
    flops: int
    size: tuple[int, int]


def complexity(model: Segmenter, size: tuple[int, int]) -> Complexity:
    """Count a network that was built under `torch.device("meta")`.

        >>> from perpixel.models import build
        >>> with torch.device("meta"):
        ...     model = build("unet", 11)
        >>> complexity(model, (360, 480)).parameters
        31038283

    The picture is widened to a size that the network takes, as a checkpoint's graph does it, and that is counted. What
    only training computes (auxiliary heads) is in the parameters, but not in the operations. Of a second stage are
    counted as many regions and things as its rules allow at most; a picture of few things costs less.

    Args:
        model: its parameters hold no values; its mode is left as it was.
        size: (height, width) of the picture.

    Raises:
        ValueError: the size is not positive, or the network lies elsewhere and would be run for its numbers.
    """
    if min(size) < 1:
        raise ValueError(f"size {size} must be a height and a width of at least one pixel")
    devices = {value.device.type for value in (*model.parameters(), *model.buffers())}
    if devices - {"meta"}:
        raise ValueError(f"the network lies on {', '.join(sorted(devices))}; build it under torch.device('meta')")
    training = model.training
    with torch.device("meta"), torch.inference_mode():
        images = torch.empty(1, model.in_channels, *size)
        if model.geometry.margin:
            images = surround(images, model.geometry)
        with FlopCounterMode(display=False) as counter:
            model.eval().outputs(images)
            heads: Any = model.second_stage
            if heads is not None and model.rules is not None:
                heads(*heads.example(model.rules.proposals, model.rules.detections))
    model.train(training)
    return Complexity(sum(values.numel() for values in model.parameters()), counter.get_total_flops(), size)

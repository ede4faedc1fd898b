"""Boxes as tensors: overlap, and the numbers that move one box onto another."""

from __future__ import annotations

import torch
from torch import Tensor


def box_iou(a: Tensor, b: Tensor) -> Tensor:
    """(N, M) intersection over union of boxes (N, 4) and (M, 4), x0 y0 x1 y1; 0 where both have no area."""
    width, height = (
        (torch.minimum(a[:, None, axis + 2], b[:, axis + 2]) - torch.maximum(a[:, None, axis], b[:, axis])).clamp(min=0)
        for axis in (0, 1)
    )
    common = width * height
    areas = [(boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1]) for boxes in (a, b)]
    return common / (areas[0][:, None] + areas[1] - common).clamp(min=1e-9)


def encode_boxes(boxes: Tensor, anchors: Tensor, *, weights: tuple[float, ...]) -> Tensor:
    """The deltas (N, 4) that make boxes (N, 4) of anchors (N, 4): what `perpixel.kernels.regions.decode_boxes` undoes.

    Shifts of the center in sides of the anchor, logarithms of the growth of its sides, times `weights`. Ren, He,
    Girshick & Sun, 2015, https://arxiv.org/abs/1506.01497, equation 2.
    """
    sides, bases = boxes[:, 2:] - boxes[:, :2], anchors[:, 2:] - anchors[:, :2]
    shifts = ((boxes[:, 2:] + boxes[:, :2]) - (anchors[:, 2:] + anchors[:, :2])) / 2 / bases
    return torch.cat([shifts, torch.log(sides / bases)], dim=1) * boxes.new_tensor(weights)

"""Logits and truth brought to one size, so that they can be compared pixel by pixel."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def fit(logits: Tensor, truths: Tensor, *, like: Tensor | None = None, stride: int) -> tuple[Tensor, Tensor]:
    """Give logits (N, K, h, w) and truths (N, H, W) or (N, K, H, W) the same height and width.

    Coarse logits are upsampled bilinearly by their stride and cropped to the picture, exactly as at prediction. Logits
    that cover less than the picture come from valid convolutions: the truth's center is cropped out.

    Args:
        like: the main logits, when `logits` are another head's of its own stride: both cover the same picture.
        stride: picture pixels to one pixel of the main logits.
    """
    height, width = truths.shape[-2:]
    main = logits if like is None else like
    covered = main.shape[-2] * stride, main.shape[-1] * stride
    if logits.shape[-2:] != covered:
        logits = F.interpolate(logits, size=covered, mode="bilinear", align_corners=False)
    top, left = max(height - covered[0], 0) // 2, max(width - covered[1], 0) // 2
    truths = truths[..., top : top + covered[0], left : left + covered[1]]
    return logits[:, :, :height, :width], truths


def center(maps: Tensor, *, like: Tensor) -> Tensor:
    """The middle of maps (N, H, W), as high and wide as `like` (N, h, w): of weights, what `fit` left of truths."""
    top, left = ((maps.shape[axis] - like.shape[axis]) // 2 for axis in (1, 2))
    return maps[:, top : top + like.shape[1], left : left + like.shape[2]]

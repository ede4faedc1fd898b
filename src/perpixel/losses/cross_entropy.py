"""Cross-entropy: the negative log of the probability that each pixel's true class was given."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    ignored: int,
    weights: Tensor | None = None,
    pixel_weights: Tensor | None = None,
) -> Tensor:
    """The mean over judged pixels, weighted by the weight of each pixel's true class and its own added to that.

    A batch without a judged pixel (or with none of a weight above 0) gives 0 with gradients of 0, not NaN.

    Args:
        logits: (N, K, H, W) of any float type; computed in float32.
        target: (N, H, W) integers below K, or `ignored`.
        weights: (K,) or None for all alike.
        pixel_weights: (N, H, W), not negative, or None. A pixel weighs as much as its class (1 without `weights`) and
            this together, as in U-Net's equation 2.
    """
    labels = target.long()
    logits = logits.float()
    judged = labels != ignored
    if pixel_weights is not None:
        each = F.cross_entropy(logits, labels, ignore_index=ignored, reduction="none")
        known = labels.masked_fill(~judged, 0)
        pixels = (pixel_weights.float() + (1 if weights is None else weights[known])).masked_fill(~judged, 0)
        mass = pixels.sum()
        return (pixels * each).sum() / mass.where(mass > 0, mass.new_ones(()))
    total = F.cross_entropy(logits, labels, weights, ignore_index=ignored, reduction="sum")
    if weights is None:
        return total / judged.sum().clamp(min=1)
    mass = weights[labels.masked_fill(~judged, 0)].masked_fill(~judged, 0).sum()
    return total / mass.where(mass > 0, mass.new_ones(()))

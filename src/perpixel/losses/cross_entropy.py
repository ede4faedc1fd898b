"""Cross-entropy: the negative log of the probability that each pixel's true class was given."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def cross_entropy(logits: Tensor, target: Tensor, *, ignored: int, weights: Tensor | None = None) -> Tensor:
    """The mean over judged pixels, weighted by the weight of each pixel's true class.

    A batch without a judged pixel (or with none of a weight above 0) gives 0 with gradients of 0, not NaN.

    Args:
        logits: (N, K, H, W) of any float type; computed in float32.
        target: (N, H, W) integers below K, or `ignored`.
        weights: (K,) or None for all alike.
    """
    labels = target.long()
    logits = logits.float()
    total = F.cross_entropy(logits, labels, weights, ignore_index=ignored, reduction="sum")
    judged = labels != ignored
    if weights is None:
        return total / judged.sum().clamp(min=1)
    mass = weights[labels.masked_fill(~judged, 0)].masked_fill(~judged, 0).sum()
    return total / mass.where(mass > 0, mass.new_ones(()))

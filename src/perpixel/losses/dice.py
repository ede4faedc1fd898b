"""Dice: how far the probabilities of each class overlap with where it is; small classes count as much as large ones."""

from __future__ import annotations

import torch
from torch import Tensor


def dice(logits: Tensor, target: Tensor, *, ignored: int) -> Tensor:
    """1 - 2 |P and T| / (|P| + |T|), with sums of probabilities for sizes; the mean over classes present in the batch.

    Counted over the whole batch. No smoothing is needed, since a class that is present has a size of at least 1;
    probability given to an absent class costs what it takes from the others. A batch without a judged pixel gives 0
    with gradients of 0.

    Differs from Milletari et al., 2016, https://arxiv.org/abs/1606.04797, in plain sums where they sum squares.

    Args:
        logits: (N, K, H, W) of any float type; computed in float32.
        target: (N, H, W) integers below K, or `ignored`.
    """
    judged = (target != ignored)[:, None]
    probabilities = logits.float().softmax(1).masked_fill(~judged, 0)
    classes = torch.arange(logits.shape[1], device=logits.device)
    member = target.long()[:, None] == classes[:, None, None]
    overlap = probabilities.masked_fill(~member, 0).sum((0, 2, 3))
    truth = member.sum((0, 2, 3))
    size = probabilities.sum((0, 2, 3)) + truth
    present = truth > 0
    losses = (1 - 2 * overlap / size.where(present, 1)).masked_fill(~present, 0)
    return losses.sum() / present.sum().clamp(min=1)

"""Losses of independent yes-or-no questions, one a class: logits (N, K, H, W) against targets of 0, 1 and ignored.

A sigmoid of each class by itself, so that classes may overlap, or none be there.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from perpixel.losses.lovasz import jaccard_steps


def binary_cross_entropy(logits: Tensor, target: Tensor, *, ignored: int, weights: Tensor | None = None) -> Tensor:
    """The mean over judged pixels and classes of the negative log of the probability of what is true.

    A batch without a judged pixel gives 0 with gradients of 0.

    Args:
        logits: (N, K, H, W) of any float type; computed in float32.
        target: (N, K, H, W), 1 where the class is, 0 where it is not, or `ignored`.
        weights: (K,) by which a pixel counts more where the class is, or None.
    """
    judged = target != ignored
    truth = torch.where(judged, target, torch.zeros_like(target)).float()
    positive = None if weights is None else weights.view(-1, 1, 1)
    losses = F.binary_cross_entropy_with_logits(logits.float(), truth, pos_weight=positive, reduction="none")
    return losses.masked_fill(~judged, 0).sum() / judged.sum().clamp(min=1)


def binary_dice(logits: Tensor, target: Tensor, *, ignored: int) -> Tensor:
    """1 - (2 |P and T| + 1) / (|P| + |T| + 1), with sums of probabilities for sizes; the mean over the classes.

    Counted over the whole batch. The ones make a class that is nowhere cost nothing where nothing is predicted.

    Args:
        logits: (N, K, H, W) of any float type; computed in float32.
        target: (N, K, H, W), 1, 0 or `ignored`.
    """
    judged = target != ignored
    probabilities = logits.float().sigmoid().masked_fill(~judged, 0)
    truth = (target == 1).float()
    overlap = (probabilities * truth).sum((0, 2, 3))
    size = probabilities.sum((0, 2, 3)) + truth.sum((0, 2, 3))
    return (1 - (2 * overlap + 1) / (size + 1)).mean()


def pooled_dice(logits: Tensor, target: Tensor, *, ignored: int) -> Tensor:
    """1 - (2 |P and T| + 1) / (|P| + |T| + 1) of all classes and pictures of the batch together.

    The Dice loss of many Keras kernels. Large masks outweigh small ones, and a false mask on an empty picture costs
    little while others of the batch are full; `binary_dice` counts every class alike.

    Args:
        logits: (N, K, H, W) of any float type; computed in float32.
        target: (N, K, H, W), 1, 0 or `ignored`.
    """
    probabilities = logits.float().sigmoid().masked_fill(target == ignored, 0)
    truth = (target == 1).float()
    return 1 - (2 * (probabilities * truth).sum() + 1) / (probabilities.sum() + truth.sum() + 1)


def lovasz_hinge(logits: Tensor, target: Tensor, *, ignored: int) -> Tensor:
    """The Lovász extension of the Jaccard loss of the hinge errors of each class; the mean over classes in the batch.

    Berman, Triki & Blaschko, 2018, https://arxiv.org/abs/1705.08790, section 2.1.

    Args:
        logits: (N, K, H, W) of any float type; computed in float32.
        target: (N, K, H, W), 1, 0 or `ignored`.
    """
    losses = []
    for scores, truth in zip(logits.float().movedim(1, 0), target.movedim(1, 0), strict=True):
        judged = truth != ignored
        member = truth[judged] == 1
        if member.any():
            errors = (1 - scores[judged] * (2.0 * member - 1)).clamp(min=0)
            errors, order = errors.sort(descending=True, stable=True)
            losses.append(torch.dot(errors, jaccard_steps(member[order])))
    return torch.stack(losses).mean() if losses else logits.float().sum() * 0

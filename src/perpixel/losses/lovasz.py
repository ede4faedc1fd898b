"""Lovász-Softmax: a smooth stand-in for 1 - IoU that equals it wherever the network is sure.

Berman, Triki & Blaschko, 2018, https://arxiv.org/abs/1705.08790, section 2.2 and algorithm 1.
"""

from __future__ import annotations

import torch
from torch import Tensor


def lovasz(logits: Tensor, target: Tensor, *, ignored: int) -> Tensor:
    """The Lovász extension of the Jaccard loss of each class, the mean over classes present in the batch.

    Counted over the whole batch, as the score is counted over the whole data set. On hard predictions (probabilities
    0 and 1) it is the mean of 1 - IoU. A batch without a judged pixel gives 0 with gradients of 0.

    Args:
        logits: (N, K, H, W) of any float type; computed in float32.
        target: (N, H, W) integers below K, or `ignored`.
    """
    judged = (target != ignored).flatten()
    labels = target.flatten()[judged].long()
    probabilities = logits.float().movedim(1, 0).flatten(1)[:, judged].softmax(0)
    losses = []
    for index in torch.unique(labels).tolist():
        member = labels == index
        errors, order = (member.float() - probabilities[index]).abs().sort(descending=True, stable=True)
        losses.append(torch.dot(errors, jaccard_steps(member[order])))
    return torch.stack(losses).mean() if losses else probabilities.sum()


def jaccard_steps(member: Tensor) -> Tensor:
    """How much the Jaccard loss grows with each further wrong pixel, the worst first: (M,) float32.

    With the first i pixels wrong, the missed members have left the intersection and the false ones joined the union.
    """
    size = member.sum()
    missed = member.cumsum(0)
    false = (~member).cumsum(0)
    loss = 1 - (size - missed) / (size + false)
    return torch.cat([loss[:1], loss[1:] - loss[:-1]])

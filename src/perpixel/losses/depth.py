"""Losses of depth bins, whose order counts: to be one bin off is a smaller error than to be ten off."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def information_gain(logits: Tensor, target: Tensor, *, ignored: int, alpha: float = 0.2) -> Tensor:
    """- sum_q H(p, q) log P(q), H(p, q) = exp(-alpha (p - q)^2), for the true bin p; the mean over judged pixels.

    Cao, Wu & Shen, 2017 (the journal's version of https://arxiv.org/abs/1605.02305), equation 3. Different from the
    paper: the weights H of each p are divided by their sum, so that the loss has cross-entropy's size.

    Args:
        logits: (N, K, H, W) of any float type; computed in float32.
        target: (N, H, W) numbers of bins below K, or `ignored`.
        alpha: how fast the weight falls with the distance in bins.
    """
    count = logits.shape[1]
    number = torch.arange(count, device=logits.device, dtype=torch.float32)
    gain = torch.exp(-alpha * (number[:, None] - number[None]) ** 2)
    gain = gain / gain.sum(1, keepdim=True)
    judged = target != ignored
    labels = target.long()[judged]
    logs = F.log_softmax(logits.float(), dim=1).movedim(1, -1)[judged]
    return -(gain[labels] * logs).sum() / judged.sum().clamp(min=1)


def ordinal(logits: Tensor, target: Tensor, *, ignored: int) -> Tensor:
    """- sum_{k < l} log P_k - sum_{k >= l} log(1 - P_k), P_k the probability that depth lies behind bin k.

    Fu et al., DORN, 2018, https://arxiv.org/abs/1806.02446, equations 2 and 3; P_k is the sigmoid of logit k (there,
    the softmax of a pair). The mean over judged pixels, and over the K questions, which the paper sums.

    Args:
        logits: (N, K, H, W) of any float type; computed in float32.
        target: (N, H, W) numbers l of bins below K, or `ignored`.
    """
    judged = target != ignored
    number = torch.arange(logits.shape[1], device=logits.device).view(-1, 1, 1)
    behind = (number < target.long()[:, None]).float()
    losses = F.binary_cross_entropy_with_logits(logits.float(), behind, reduction="none").mean(1)
    return losses.masked_fill(~judged, 0).sum() / judged.sum().clamp(min=1)

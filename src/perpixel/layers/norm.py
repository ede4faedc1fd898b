"""Batch normalization of maps that may have shrunk to a single value."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn


class SteadyBatchNorm2d(nn.BatchNorm2d):
    """Batch normalization that takes one picture with one pixel in training too, by its running statistics.

    A single value has no spread to divide by, and torch refuses it; but the mean over a whole map is such a value
    wherever the batch is a single picture. The running statistics then stay as they are. In all else, names
    included, it is `nn.BatchNorm2d`.
    """

    def forward(self, input: Tensor) -> Tensor:
        if not self.training or input.shape[0] * input.shape[2] * input.shape[3] > 1:
            return super().forward(input)
        return F.batch_norm(input, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps)

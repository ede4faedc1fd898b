"""Bed of nails: every value at the upper left of a square of zeros."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.upsample.sizes import Size, enlarged


def bed_of_nails(x: Tensor, *, factor: int = 2, size: Size | None = None) -> Tensor:
    """Put zeros between the values of x (N, C, h, w), which stand at rows and columns 0, factor, ...: (N, C, H, W).

    It is what a convolution of stride `factor` does backward to the gradient, before it filters: a transposed
    convolution is a bed of nails and a plain convolution.

    >>> import torch
    >>> bed_of_nails(torch.tensor([[[[1.0, 2.0]]]]))[0, 0].tolist()
    [[1.0, 0.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0]]

    Args:
        size: (H, W), to drop the last rows or columns; see `enlarged`.

    Raises:
        ValueError: a size that does not fit.
    """
    height, width = enlarged(x, factor, size)
    rows, columns = x.shape[2:]
    spread = F.pad(x[:, :, :, None, :, None], (0, factor - 1, 0, 0, 0, factor - 1))
    return spread.reshape(x.shape[0], x.shape[1], rows * factor, columns * factor)[..., :height, :width]


class BedOfNails(nn.Module):
    """`bed_of_nails` as a layer: maps (N, C, h, w) to (N, C, factor * h, factor * w), or to the size that is passed."""

    def __init__(self, factor: int = 2) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor, size: Size | None = None) -> Tensor:
        return bed_of_nails(x, factor=self.factor, size=size)

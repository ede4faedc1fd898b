"""Nearest neighbor: every value fills a square of its own."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.upsample.sizes import Size, enlarged


def nearest(x: Tensor, *, factor: int = 2, size: Size | None = None) -> Tensor:
    """Repeat every value of x (N, C, h, w) in `factor` rows and columns: (N, C, H, W).

    >>> import torch
    >>> nearest(torch.tensor([[[[1.0, 2.0]]]]))[0, 0].tolist()
    [[1.0, 1.0, 2.0, 2.0], [1.0, 1.0, 2.0, 2.0]]

    Args:
        size: (H, W), to drop the last rows or columns; see `enlarged`.

    Raises:
        ValueError: a size that does not fit.
    """
    height, width = enlarged(x, factor, size)
    return F.interpolate(x, scale_factor=float(factor), mode="nearest")[..., :height, :width]


class Nearest(nn.Module):
    """`nearest` as a layer: maps (N, C, h, w) to (N, C, factor * h, factor * w), or to the size that is passed."""

    def __init__(self, factor: int = 2) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor, size: Size | None = None) -> Tensor:
        return nearest(x, factor=self.factor, size=size)

"""Bilinear: a straight line between the centers of neighboring values, down and across."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.upsample.sizes import Size, enlarged


def bilinear(x: Tensor, *, factor: int = 2, size: Size | None = None) -> Tensor:
    """Interpolate x (N, C, h, w) to (N, C, H, W); beyond the outermost centers their values go on.

    Values are at the centers of their squares (`align_corners=False`), so that the grid keeps its place in the picture.

    >>> import torch
    >>> bilinear(torch.tensor([[[[0.0, 4.0]]]]))[0, 0, 0].tolist()
    [0.0, 1.0, 3.0, 4.0]

    Args:
        size: (H, W), to drop the last rows or columns; see `enlarged`.

    Raises:
        ValueError: a size that does not fit.
    """
    height, width = enlarged(x, factor, size)
    return F.interpolate(x, scale_factor=float(factor), mode="bilinear", align_corners=False)[..., :height, :width]


def bilinear_kernel(size: int) -> Tensor:
    """The filter (size, size) by which a transposed convolution interpolates bilinearly.

    A tent that falls to zero one step beyond `factor = (size + 1) // 2`. Long, Shelhamer & Darrell, 2015,
    https://arxiv.org/abs/1411.4038, section 3.3.

    >>> bilinear_kernel(4)[0].tolist()
    [0.0625, 0.1875, 0.1875, 0.0625]
    """
    factor = (size + 1) // 2
    center = factor - 1.0 if size % 2 else factor - 0.5
    tent = 1 - (torch.arange(size) - center).abs() / factor
    return tent[:, None] * tent


class Bilinear(nn.Module):
    """`bilinear` as a layer: maps (N, C, h, w) to (N, C, factor * h, factor * w), or to the size that is passed."""

    def __init__(self, factor: int = 2) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor, size: Size | None = None) -> Tensor:
        return bilinear(x, factor=self.factor, size=size)

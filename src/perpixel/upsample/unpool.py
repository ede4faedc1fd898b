"""Max pooling that remembers where each maximum was, and unpooling that puts values back there.

Zeiler & Fergus, 2014, https://arxiv.org/abs/1311.2901, section 2.1; as a way to segment, Badrinarayanan et al., 2017,
https://arxiv.org/abs/1511.00561, figure 3.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.upsample.sizes import Size, enlarged


def max_pool_with_positions(x: Tensor, *, factor: int = 2) -> tuple[Tensor, Tensor]:
    """The maximum of each `factor` x `factor` square of x (N, C, H, W), and where it was.

    Of equal maxima the first in reading order counts. That matters: after a ReLU many squares are all zero.
    A last row or column that fills no square is pooled by itself.

    Returns:
        (N, C, ceil(H / factor), ceil(W / factor)): the maxima, and their positions, row * W + column, int64.
    """
    if torch.compiler.is_exporting():
        return _pool_by_phases(x, factor)
    pooled, positions = F.max_pool2d(x, factor, ceil_mode=True, return_indices=True)
    return pooled, positions


def max_unpool(x: Tensor, positions: Tensor, *, factor: int = 2, size: Size | None = None) -> Tensor:
    """Put each value of x (N, C, h, w) where `positions` says, among zeros: (N, C, H, W).

    The values need not be those that were pooled: a decoder sends its own back to where the encoder's came from.

    Args:
        positions: (N, C, h, w), as `max_pool_with_positions` gave them for a map of this size.
        size: (H, W) of that map, if it is not (factor * h, factor * w).

    Raises:
        ValueError: a size that does not fit.
    """
    height, width = enlarged(x, factor, size)
    # Not `F.max_unpool2d`: it does not export. No two squares overlap, so nothing is written twice.
    flat = x.new_zeros(x.shape[0], x.shape[1], height * width)
    placed = flat.scatter(2, positions.flatten(2), x.flatten(2))
    return placed.reshape(x.shape[0], x.shape[1], height, width)


def _pool_by_phases(x: Tensor, factor: int) -> tuple[Tensor, Tensor]:
    """The same for graphs, whose own pooling gives wrong positions where the last square is not full."""
    height, width = x.shape[2:]
    full = F.pad(x, (0, -width % factor, 0, -height % factor), value=float("-inf"))
    phases = [full[:, :, row::factor, column::factor] for row in range(factor) for column in range(factor)]
    squares = torch.stack(phases, dim=-1)
    pooled = squares.amax(dim=-1)
    first = (squares == pooled[..., None]).to(torch.int32).argmax(dim=-1)
    rows, columns = (factor * torch.arange(side, device=x.device) for side in pooled.shape[2:])
    row = rows[:, None] + first // factor
    return pooled, row * width + columns + first % factor


class MaxPoolWithPositions(nn.Module):
    """`max_pool_with_positions` as a layer."""

    def __init__(self, factor: int = 2) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return max_pool_with_positions(x, factor=self.factor)


class MaxUnpool(nn.Module):
    """`max_unpool` as a layer: maps (N, C, h, w) and positions to (N, C, factor * h, factor * w), or to `size`."""

    def __init__(self, factor: int = 2) -> None:
        super().__init__()
        self.factor = factor

    def forward(self, x: Tensor, positions: Tensor, size: Size | None = None) -> Tensor:
        return max_unpool(x, positions, factor=self.factor, size=size)

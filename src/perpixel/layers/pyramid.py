"""Pyramid pooling: the whole scene as means over grids of one to a few cells, laid beside every pixel.

Zhao, Shi, Qi, Wang & Jia, 2017, PSPNet, https://arxiv.org/abs/1612.01105, figure 3c.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.layers.norm import SteadyBatchNorm2d


class PyramidPooling(nn.Module):
    """Means over grids of `bins` x `bins` cells, each mixed to `width` channels, enlarged and put beside the map.

    Maps (N, in_channels, H, W) to (N, in_channels + len(bins) * width, H, W); the grids may have more cells than the
    map has pixels.

    Difference from the paper's program: a mean belongs to the middle of its cell when it is enlarged
    (`align_corners=False`), not to the map's corners.
    """

    def __init__(self, in_channels: int, width: int, *, bins: Sequence[int] = (1, 2, 3, 6)) -> None:
        super().__init__()
        self.bins = tuple(bins)
        self.levels = nn.ModuleList(
            nn.Sequential(nn.Conv2d(in_channels, width, 1, bias=False), SteadyBatchNorm2d(width), nn.ReLU(inplace=True))
            for _ in bins
        )

    def forward(self, x: Tensor) -> Tensor:
        beside = [level(cell_means(x, cells)) for cells, level in zip(self.bins, self.levels, strict=True)]
        size = x.shape[2:]
        return torch.cat([x, *(F.interpolate(grid, size, mode="bilinear", align_corners=False) for grid in beside)], 1)


def cell_means(x: Tensor, cells: int) -> Tensor:
    """Means of x (N, C, H, W) over a grid of cells x cells: (N, C, cells, cells).

    Equal to `F.adaptive_avg_pool2d(x, cells)`, which exports for one size only: here all that depends on the size is
    computed from it, in the graph too. Cells overlap where the side is no multiple of `cells`.
    """
    if cells == 1:
        return x.mean(dim=(2, 3), keepdim=True)
    down, right = (membership(side, cells, like=x) for side in x.shape[2:])
    # Sums first, then division: 0 and 1 are exact in half precision, and one side at a time stays in its range.
    columns = (x @ right) / right.sum(dim=0)
    means = (columns.transpose(2, 3) @ down) / down.sum(dim=0)
    return means.transpose(2, 3)


def membership(side: int, cells: int, *, like: Tensor) -> Tensor:
    """One where a pixel of a side belongs to a cell, else zero: (side, cells), of the type and on the device of `like`.

    Cell i spans the pixels from floor(i * side / cells) to ceil((i + 1) * side / cells), the latter not included: all
    that it touches. Multiplied out, no division is left that could be rounded another way elsewhere.
    """
    pixel = torch.arange(side, device=like.device)[:, None]
    cell = torch.arange(cells, device=like.device)
    return (((pixel + 1) * cells > cell * side) & (pixel * cells < (cell + 1) * side)).to(like.dtype)

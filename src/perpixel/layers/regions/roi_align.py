"""RoIAlign: what a map holds inside a box, as a grid of one size for all boxes, without rounding any place.

He, Gkioxari, Dollár & Girshick, 2017, Mask R-CNN, https://arxiv.org/abs/1703.06870, section 3 and figure 3; the level
of a pyramid that a box is read from follows Lin et al., 2017, https://arxiv.org/abs/1612.03144, equation 1.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor


def roi_align(
    maps: Sequence[Tensor],
    boxes: Tensor,
    pictures: Tensor,
    *,
    strides: Sequence[int],
    size: int,
    ratio: int = 2,
    aligned: bool = False,
    canonical: float = 224.0,
) -> Tensor:
    """Read each box as size x size bins: the mean of ratio x ratio samples, each interpolated bilinearly.

    With several maps a box is read from one of them: from the third if its area is that of a square with the side
    `canonical`, from the next coarser or finer for each doubling or halving of the side. A sample more than one step
    outside its map is 0; nearer to it, the map's border goes on.

    It is differentiable by the maps, not by the boxes, and exports to ONNX for any number of boxes.

    Args:
        maps: (N, C, h_i, w_i) each.
        boxes: (M, 4) float x0 y0 x1 y1 in pixels of the picture.
        pictures: (M,) int64, which of the N pictures each box is in.
        strides: of the maps.
        size: bins on each side.
        ratio: samples on each side of a bin.
        aligned: a value of the map belongs to the middle of its square, as everywhere else in perpixel. Published
            networks were trained with False: it belongs to the upper left corner, and no side is shorter than one step.
        canonical: see above.

    Returns:
        (M, C, size, size) float32.

    Raises:
        ValueError: another number of strides than of maps.
    """
    if len(maps) != len(strides):
        raise ValueError(f"{len(maps)} maps and {len(strides)} strides; give one for each")
    with torch.no_grad():
        level = pyramid_levels(boxes, len(maps), canonical=canonical)
        scaled = boxes.float() / torch.tensor(strides, dtype=torch.float32, device=boxes.device)[level][:, None]
        sides = torch.stack([torch.stack([_number(side, boxes) for side in x.shape[2:]]) for x in maps])
        steps = sides.prod(dim=1) * maps[0].shape[0]
        height, width = sides[level].unbind(1)
        first = (torch.cumsum(steps, 0) - steps)[level] + pictures * height * width
        index, weight = bin_samples(scaled, first, height, width, size=size, ratio=ratio, aligned=aligned)
    flat = torch.cat([x.float().permute(0, 2, 3, 1).reshape(-1, x.shape[1]) for x in maps])
    bins = _weighted_sums(flat, index.flatten(0, 1), weight.flatten(0, 1))
    return bins.view(-1, size, size, flat.shape[1]).permute(0, 3, 1, 2)


def pyramid_levels(boxes: Tensor, count: int, *, canonical: float) -> Tensor:
    """Which of `count` maps each box (M, 4) is read from, (M,) int64."""
    side = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).float().clamp(min=1e-6).sqrt()
    level = torch.floor(2 + torch.log2(side / canonical) + 1e-6)  # as torchvision: exact doublings belong above
    return level.clamp(0, count - 1).long()


def bin_samples(
    boxes: Tensor, first: Tensor, height: Tensor, width: Tensor, *, size: int, ratio: int, aligned: bool
) -> tuple[Tensor, Tensor]:
    """Where the bins of boxes lie in maps that are written as rows of values one after the other.

    Args:
        boxes: (M, 4) float in steps of the map.
        first: (M,) int64, where the map of each box begins.
        height, width: (M,) int64 of that map.

    Returns:
        For every box and bin the values that it is made of: indices (M, size * size, n) int64, and weights like them.
    """
    moved = boxes - (0.5 if aligned else 0.0)
    start, end = moved[:, :2], moved[:, 2:]
    extent = end - start if aligned else (end - start).clamp(min=1.0)
    place = (torch.arange(size * ratio, device=boxes.device) + 0.5) / (size * ratio)
    x, y = (start[:, axis, None] + extent[:, axis, None] * place for axis in (0, 1))
    rows, down = _taps(y, height, size)
    columns, across = _taps(x, width, size)
    index = (first[:, None, None] + rows * width[:, None, None])[:, :, None, :, None] + columns[:, None, :, None, :]
    weight = down[:, :, None, :, None] * across[:, None, :, None, :] / ratio**2
    return index.flatten(3).flatten(1, 2), weight.flatten(3).flatten(1, 2)


def _taps(place: Tensor, side: Tensor, size: int) -> tuple[Tensor, Tensor]:
    """The two values beside each place (M, size * ratio) along a side (M,), and their weights: (M, size, 2 * ratio)."""
    last = (side - 1)[:, None]
    inside = (place >= -1) & (place <= side[:, None])
    place = place.clamp(min=0.0)
    low = torch.minimum(place.clamp(max=1e9).floor().long(), last)
    fraction = (place - low).clamp(max=1.0)  # beyond the last, both taps are the last
    index = torch.stack([low, torch.minimum(low + 1, last)], dim=2)
    weight = torch.stack([1 - fraction, fraction], dim=2) * inside[:, :, None]
    shape = (len(place), size, 2 * place.shape[1] // size)
    return index.view(shape), weight.view(shape)


def _weighted_sums(flat: Tensor, index: Tensor, weight: Tensor) -> Tensor:
    """Sums (B, C) of rows of flat (P, C), which index (B, n) names and weight (B, n) weighs."""
    if torch.compiler.is_exporting():  # the bag has no counterpart in ONNX
        return (flat[index] * weight[:, :, None]).sum(dim=1)
    # Never holds the rows themselves, which are n times as many numbers as the sums.
    return F.embedding_bag(index, flat, mode="sum", per_sample_weights=weight)


def _number(side: int, like: Tensor) -> Tensor:
    """A side as a tensor that an exported graph computes from the map that it is given."""
    return torch.arange(side, device=like.device)[-1] + 1

"""What a map of ids says of things: their boxes and classes, how much of a box is a crowd, and masks inside boxes."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from perpixel.layers.regions.roi_align import bin_samples


class Things(NamedTuple):
    """The things of one picture.

    Attributes:
        boxes: (G, 4) float32 x0 y0 x1 y1, half-open.
        labels: (G,) int64 classes from 1; 0 is the background.
        numbers: (G,) the number of each in `ids`, rising.
        ids: (H, W) int32; 0 is nothing, -1 not judged.
        crowded: whether any pixel is not judged.
    """

    boxes: Tensor
    labels: Tensor
    numbers: Tensor
    ids: Tensor
    crowded: bool


def things(truth: Tensor, num_classes: int, *, ignored: int) -> Things:
    """Read a truth (2, H, W): ids (0 nothing, from 1 things with or without gaps, -1 crowd), and labels under them.

    A pixel of a thing whose label is `ignored` is not judged either.

    Args:
        num_classes: the background, which is the first, among them.

    Raises:
        ValueError: a thing of a class that is not one of them, or of the background.
    """
    ids, labels = truth[0].to(torch.int32), truth[1].long()
    ids = torch.where((ids > 0) & (labels == ignored), -1, ids)
    rows, columns = (ids > 0).nonzero().unbind(1)
    numbers, index = torch.unique(ids[rows, columns], return_inverse=True)
    count = len(numbers)
    low, high = (
        torch.stack(
            [
                torch.zeros(count, dtype=torch.int64, device=ids.device).scatter_reduce(
                    0, index, place + after, reduce, include_self=False
                )
                for place in (columns, rows)
            ],
            dim=1,
        )
        for reduce, after in (("amin", 0), ("amax", 1))
    )
    found = labels.new_zeros(count).scatter_reduce(0, index, labels[rows, columns], "amax", include_self=False)
    wrong = (found < 1) | (found >= num_classes)
    if wrong.any():
        first = int(wrong.nonzero()[0])
        raise ValueError(
            f"thing {int(numbers[first])} has the label {int(found[first])}; classes of things are 1 to "
            f"{num_classes - 1}, 0 is the background, and {ignored} is not judged"
        )
    return Things(torch.cat([low, high], dim=1).float(), found, numbers, ids, bool((ids < 0).any()))


def crowd_share(crowd: Tensor, boxes: Tensor) -> Tensor:
    """How much of each box (R, 4), as far as it is in the picture, lies on crowd (H, W) bool: (R,) in [0, 1]."""
    height, width = crowd.shape
    sums = torch.zeros(height + 1, width + 1, device=crowd.device)
    sums[1:, 1:] = crowd.float().cumsum(0).cumsum(1)
    x0, y0, x1, y1 = boxes.round().long().unbind(1)
    x0, x1, y0, y1 = x0.clamp(0, width), x1.clamp(0, width), y0.clamp(0, height), y1.clamp(0, height)
    covered = sums[y1, x1] - sums[y0, x1] - sums[y1, x0] + sums[y0, x0]
    return covered / ((x1 - x0) * (y1 - y0)).clamp(min=1)


def mask_targets(ids: Tensor, boxes: Tensor, pictures: Tensor, owners: Tensor, *, side: int) -> Tensor:
    """The mask of a thing inside a box, as a grid (M, side, side) of shares in [0, 1]: RoIAlign of the mask.

    A pixel's value belongs to its middle, so that pasting such a grid into its box gives the mask back.

    Args:
        ids: (N, H, W) of N pictures.
        boxes: (M, 4) in pixels.
        pictures: (M,) int64, which of them each box is in.
        owners: (M,) the number of the thing.
    """
    height, width = (torch.full_like(pictures, length) for length in ids.shape[1:])
    index, weight = bin_samples(boxes, pictures * height * width, height, width, size=side, ratio=2, aligned=True)
    there = ids.flatten()[index] == owners[:, None, None]
    return (there * weight).sum(dim=2).view(-1, side, side)

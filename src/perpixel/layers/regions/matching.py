"""Which box of the truth a region is taught to find, and which regions are taught from at all."""

from __future__ import annotations

import torch
from torch import Tensor

NOTHING, BETWEEN = -1, -2
"""In place of a truth's number: the region is background; or it is neither, and is not taught from."""


def match(overlaps: Tensor, *, low: float, high: float, every_truth: bool) -> Tensor:
    """The truth of each region, or `NOTHING`, or `BETWEEN`: (R,) int64.

    A region belongs to the truth that it overlaps most, if by at least `high`; it is background below `low`.

    Args:
        overlaps: (G, R) intersection over union of G truths with R regions; G may be 0.
        low, high: thresholds.
        every_truth: also take the regions that overlap a truth more than any other region does, however little: then
            no truth goes without. (Such a region belongs to the truth that it overlaps most itself.)
    """
    if not overlaps.shape[0]:
        return torch.full((overlaps.shape[1],), NOTHING, device=overlaps.device)
    most, truth = overlaps.max(dim=0)
    found = truth.clone()
    found[most < high] = BETWEEN
    found[most < low] = NOTHING
    if every_truth and overlaps.shape[1]:
        best = overlaps.max(dim=1, keepdim=True).values
        chosen = ((overlaps == best) & (best > 0)).any(dim=0)
        found[chosen] = truth[chosen]
    return found


def draw(matches: Tensor, *, count: int, share: float) -> tuple[Tensor, Tensor]:
    """Draw `count` regions at random, at most `share` of them with a truth: indices of those with one, and without.

    Where there are fewer with a truth, background fills up. torch's global generator is used, as by dropout.

    Args:
        matches: (R,) as `match` gives them.
    """
    found, nothing = (matches >= 0).nonzero().flatten(), (matches == NOTHING).nonzero().flatten()
    with_truth = min(len(found), int(count * share))
    without = min(len(nothing), count - with_truth)
    return (
        found[torch.randperm(len(found), device=found.device)[:with_truth]],
        nothing[torch.randperm(len(nothing), device=nothing.device)[:without]],
    )

"""Boundary IoU: how well two masks agree near their edges, where masks of large things that look alike differ.

Cheng, Girshick, Dollár, Berg & Kirillov, "Boundary IoU: Improving object-centric image segmentation evaluation", 2021,
https://arxiv.org/abs/2103.16562. With the numbers of the authors' COCO evaluation: an edge is as deep as a fiftieth of
the picture's diagonal, and AP matches by the lesser of the two IoUs, but with a crowd by that of the masks alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.thing_edges import edge_ids, edge_runs
from perpixel.masks.runs import Runs
from perpixel.masks.runs.runs import together
from perpixel.metrics.cells import Overlaps

DEPTH = 0.02
"""Of the picture's diagonal."""


def edge_depth(size: tuple[int, int]) -> int:
    """How many pixels of a thing are its edge, counted inward, in a picture of (height, width); at least 1.

    >>> edge_depth((480, 640))
    16
    """
    return max(round(DEPTH * float(np.hypot(*size))), 1)


def edge_overlaps(*, truth: NDArray[np.int32], prediction: NDArray[np.int32]) -> Overlaps:
    """What the edges share of things in two maps (H, W) of ids, numbered as `Overlaps.of` numbers the things."""
    depth = edge_depth((truth.shape[0], truth.shape[1]))
    return Overlaps.of(truth=edge_ids(truth, depth), prediction=edge_ids(prediction, depth))


def edge_overlaps_of_runs(*, truth: Sequence[Runs], prediction: Sequence[Runs]) -> Overlaps:
    """The same of masks of one size that are free to overlap."""
    if not truth or not prediction:
        return Overlaps.of_runs(truth=truth, prediction=prediction)
    size = truth[0].size
    edges = [edge_runs(together(masks), size, edge_depth(size)) for masks in (truth, prediction)]
    return Overlaps.of_many(truth=edges[0], prediction=edges[1], height=size[0])


def lesser(ious: NDArray[np.float64], edges: Overlaps, *, crowd: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(P, T) the lesser of the IoUs of masks and of their edges; with a crowd, what `ious` says.

    Args:
        ious: (P, T) of the masks, as `Overlaps.matrix` gives them.
        edges: what the edges share.
        crowd: (T,) truths that stand for a whole group.
    """
    return np.where(crowd, ious, np.minimum(ious, edges.matrix(crowd=crowd)))

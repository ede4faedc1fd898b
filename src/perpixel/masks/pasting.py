"""Masks that fill a box each, back to where they are in the picture: regions, run lengths, or one map of ids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.masks.runs.runs import Runs
from perpixel.results import Instances


class Region(NamedTuple):
    """A mask and where it is: pixel (y, x) of `mask` (h, w) bool is pixel (top + y, left + x) of the picture.

    It may have no pixel at all: then `mask` is of shape (0, 0), (0, w) or (h, 0), or false everywhere.
    """

    top: int
    left: int
    mask: NDArray[np.bool_]

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the picture that it covers."""
        height, width = self.mask.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


def paste_regions(
    masks: NDArray[np.float32], boxes: NDArray[Any], size: tuple[int, int], *, threshold: float = 0.5
) -> Iterator[Region]:
    """Enlarge each mask to its box: the pixels of the picture whose centers lie in the box, and where it is above half.

    Between the centers of a mask's cells is interpolated bilinearly; outside the outermost centers their values go on.
    One mask at a time is computed, of the size of its box.

    Args:
        masks: (N, m, m) probabilities in [0, 1].
        boxes: (N, 4) x0 y0 x1 y1 in pixels of the picture, no whole numbers needed.
        size: (height, width) of the picture; what lies outside is cut off.
        threshold: above which a pixel is inside.

    Raises:
        ValueError: shapes that do not fit each other.
    """
    if masks.ndim != 3 or boxes.shape != (len(masks), 4):
        raise ValueError(f"masks are {masks.shape} and boxes {boxes.shape}; expected (N, m, m) and (N, 4)")
    for mask, (x0, y0, x1, y1) in zip(masks, boxes.tolist(), strict=True):
        top, rows = _interpolation(y0, y1, size[0], mask.shape[0])
        left, columns = _interpolation(x0, x1, size[1], mask.shape[1])
        yield Region(top, left, rows @ mask @ columns.T > threshold)


def region_runs(region: Region, size: tuple[int, int]) -> Runs:
    """The run lengths of a region in a picture (height, width), without a map of the whole picture."""
    height, width = region.mask.shape
    beside = np.zeros((width, height + 2), np.int8)
    beside[:, 1:-1] = region.mask.T
    column, row = np.nonzero(np.diff(beside, axis=1))  # where each run down a column begins and ends, in turn
    places = (region.left + column) * size[0] + region.top + row
    return Runs(size, np.diff(places, prepend=0, append=size[0] * size[1]))


def paste_instances(
    masks: NDArray[np.float32],
    boxes: NDArray[Any],
    labels: NDArray[Any],
    scores: NDArray[np.float32],
    classes: ClassTable,
    size: tuple[int, int],
    *,
    threshold: float = 0.5,
    most_hidden: float = 1.0,
) -> Instances:
    """One map of ids: where masks overlap, the higher score wins; of equals, the first.

    Things of which no pixel is left are dropped, and so are those of which surer ones hide more than `most_hidden`; the
    others are in the order of their scores, the highest first.

    Args:
        masks, boxes, size, threshold: as `paste_regions`.
        labels: (N,) class of each.
        scores: (N,) in [0, 1].
        classes: what the labels mean.
        most_hidden: share of a mask's pixels.

    Raises:
        ValueError: shapes that do not fit each other.
    """
    if labels.shape != scores.shape or labels.shape != masks.shape[:1]:
        raise ValueError(f"{len(masks)} masks, labels {labels.shape} and scores {scores.shape}; expected one for each")
    order = np.argsort(-scores, kind="stable")
    ids = np.zeros(size, np.int32)
    kept = []
    for place, region in zip(order, paste_regions(masks[order], boxes[order], size, threshold=threshold), strict=True):
        window = ids[region.window]
        free = region.mask & (window == 0)
        area, left = np.count_nonzero(region.mask), np.count_nonzero(free)
        if left and area - left <= most_hidden * area:
            kept.append(place)
            window[free] = len(kept)
    chosen = np.array(kept, np.intp)
    return Instances(ids, labels[chosen].astype(np.intp), classes, scores[chosen].astype(np.float32))


def _interpolation(low: float, high: float, side: int, cells: int) -> tuple[int, NDArray[np.float32]]:
    """The first pixel with its center in [low, high), and the weights (pixels, cells) of the cells for each pixel."""
    first = min(max(int(np.ceil(low - 0.5)), 0), side)
    last = min(max(int(np.ceil(high - 0.5)), first), side)
    centers = np.arange(first, last) + 0.5
    place = np.clip((centers - low) / max(high - low, 1e-6) * cells - 0.5, 0, cells - 1)
    distance = np.abs(place[:, None] - np.arange(cells))
    return first, np.maximum(1 - distance, 0).astype(np.float32)

"""Things with masks that may overlap, and a label map below them, become segments that tile the picture.

Kirillov, He, Girshick, Rother & Dollár, 2019, Panoptic Segmentation, https://arxiv.org/abs/1801.00868, section 4.2 (the
heuristic combination), as Panoptic FPN (https://arxiv.org/abs/1901.02446, section 3) has it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.masks.pasting import Region
from perpixel.results import Panoptic


def merge_segments(
    regions: Iterable[Region],
    kinds: NDArray[Any],
    scores: NDArray[np.float32],
    labels: NDArray[Any],
    sure: NDArray[np.float32],
    classes: ClassTable,
    *,
    least_score: float = 0.5,
    most_hidden: float = 0.5,
    least_stuff: int = 0,
) -> Panoptic:
    """Lay down the things, the surest first, each on what is still free; then stuff on what no thing covers.

    Where the label map names a thing and none lies, there is nothing (id 0).

    Args:
        regions: the mask of each of N things and where it is.
        kinds: (N,) class of each; what has a class of stuff is left out.
        scores: (N,) in [0, 1]; of equal ones, the first is taken first.
        labels: (H, W) classes of pixels, 0 .. K - 1.
        sure: (H, W) in [0, 1], how sure each label is. Stuff's score is the mean over its pixels.
        classes: the K classes, and which are things.
        least_score: of a thing.
        most_hidden: share of a thing's pixels that surer things may hide; one with more hidden is left out.
        least_stuff: pixels; stuff of a class with fewer of them left in the picture becomes nothing. The paper has
            4096 on COCO's pictures of 0.3 megapixels; 0 keeps all of it.

    Returns:
        Things first, by falling score, then stuff by class.

    Raises:
        ValueError: numbers or shapes that do not fit each other.
    """
    masks = list(regions)
    if not len(masks) == len(kinds) == len(scores) or labels.shape != sure.shape:
        raise ValueError(
            f"{len(masks)} masks, {len(kinds)} classes and {len(scores)} scores, labels {labels.shape} and sureness "
            f"{sure.shape}; expected one of each for every thing, and maps of one size"
        )
    thing = np.array([entry.thing for entry in classes], np.bool_)
    ids, kept = np.zeros(labels.shape, np.int32), []
    for place in np.argsort(-scores, kind="stable").tolist():
        mask, window = masks[place].mask, ids[masks[place].window]
        if scores[place] < least_score or not thing[kinds[place]]:
            continue
        free = mask & (window == 0)
        area, left = np.count_nonzero(mask), np.count_nonzero(free)
        if left and area - left <= most_hidden * area:
            kept.append(place)
            window[free] = len(kept)
    chosen = np.array(kept, np.intp)
    ids, stuff, means = _filled(ids, len(chosen), labels, sure, ~thing, least_stuff)
    every = np.concatenate([scores[chosen], means]).astype(np.float32)
    return Panoptic(ids, np.concatenate([kinds[chosen], stuff]).astype(np.intp), classes, every)


def _filled(
    ids: NDArray[np.int32],
    count: int,
    labels: NDArray[Any],
    sure: NDArray[np.float32],
    stuff: NDArray[np.bool_],
    least: int,
) -> tuple[NDArray[np.int32], NDArray[np.intp], NDArray[np.float64]]:
    """The map with stuff where it was 0, numbered after `count`; of each new segment the class and mean sureness."""
    free = ids == 0
    areas = np.bincount(labels[free], minlength=len(stuff))
    sums = np.bincount(labels[free], weights=sure[free], minlength=len(stuff))
    found = np.flatnonzero(stuff & (areas >= max(least, 1)))
    numbers = np.zeros(len(stuff), np.int32)
    numbers[found] = count + np.arange(1, len(found) + 1)
    return np.where(free, numbers[labels], ids), found, np.clip(sums[found] / areas[found], 0, 1)

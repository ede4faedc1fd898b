"""Connected components: the separate pieces of a mask, or of classes in a label map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def components(*masks: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Ids (H, W) int32 from 1 on of the components of each mask, 0 outside all; pixels hang together by their sides."""
    ids = np.zeros(masks[0].shape, np.int32)
    count = 0
    for mask in masks:
        found, labels = cv2.connectedComponents(np.ascontiguousarray(mask).view(np.uint8), connectivity=4)
        ids[mask] = labels[mask] + count
        count += found - 1
    return ids


def drop_strays(ids: NDArray[np.int32], share: float) -> NDArray[np.int32]:
    """An id map (H, W), 0 where nothing is, without far parts of things that have under this share of the largest part.

    Parts are apart if no path over any things leads from one to the other; paths go by corners too.
    """
    if share <= 0 or not ids.any():
        return ids
    _, islands = cv2.connectedComponents((ids > 0).view(np.uint8), connectivity=8)
    width = int(ids.max()) + 1
    pairs, place, areas = np.unique(islands.astype(np.int64) * width + ids, return_inverse=True, return_counts=True)
    largest = np.zeros(width, np.int64)
    np.maximum.at(largest, pairs % width, areas)
    kept = np.where(areas >= share * largest[pairs % width], pairs % width, 0).astype(np.int32)
    return kept[place].reshape(ids.shape)


def cells_of(labels: NDArray[Any], classes: Sequence[int]) -> NDArray[np.int32]:
    """Ids (H, W) of the components of these classes in a label map; those of two classes are two, though they touch."""
    return components(*(labels == index for index in classes))


def drop_small(mask: NDArray[np.bool_], least: int) -> NDArray[np.bool_]:
    """A mask without its components of fewer than `least` pixels; pixels hang together by their corners too."""
    if least <= 1 or not mask.any():
        return mask
    _, labels, facts, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(mask).view(np.uint8), connectivity=8)
    large = facts[:, cv2.CC_STAT_AREA] >= least
    large[0] = False
    return np.asarray(large[labels])

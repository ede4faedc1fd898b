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

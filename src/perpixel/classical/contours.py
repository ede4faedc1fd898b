"""Edge-based segmentation: edges, closed where they have gaps, and what they enclose."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classical.edges import canny
from perpixel.classical.levels import levels
from perpixel.classical.parameters import whole
from perpixel.kernels.merging import merge_alike


def contours(
    image: NDArray[Any],
    *,
    low: float | None = None,
    high: float | None = None,
    sigma: float = 1.5,
    gap: int = 5,
    min_size: int = 50,
) -> NDArray[np.int32]:
    """Fill what closed edges enclose; all that no closed edge cuts off is one region with the rest.

    The weak point is the gap: an edge that fades for more than `gap` pixels encloses nothing. So this suits drawings,
    parts on a tray and cells; in photos most of what one sees is not enclosed (see `watershed`, which needs no closed
    edges). Edges lie a pixel wide between two regions, and go to the nearer one.

    Args:
        image: (H, W) or (H, W, C) uint8, uint16, or floats in [0, 1]: gray or RGB.
        low, high: Canny's thresholds; None has them chosen (see `edges.canny`).
        sigma: width of the Gaussian that smooths before, in pixels.
        gap: holes in edges up to about so many pixels are closed; 0 for none. It also cuts regions where they are
            narrower than that.
        min_size: smaller regions are joined to the neighbor that is most like them, in pixels.

    Returns:
        (H, W) int32 from 0, in raster order; each region hangs together.

    Raises:
        ValueError: a parameter is out of its range; or the picture is empty or has NaN.
    """
    gap, min_size = whole("gap", gap, least=0, most=1000), whole("min_size", min_size, least=0)
    colors = levels(image)
    edges = canny(image, low=low, high=high, sigma=sigma).astype(np.uint8)
    if edges.all():
        return np.zeros(edges.shape, np.int32)
    within = _spread(_enclosed(edges, gap), edges == 0)
    return merge_alike(_spread(within, edges >= 0).astype(np.int32), colors, tolerance=-1, min_size=min_size)


def _enclosed(edges: NDArray[np.uint8], gap: int) -> NDArray[np.float64]:
    """Labels from 1 of what is left between edges so wide that gaps are closed; and of what is too narrow for that.

    (Widening and then thinning, a morphological closing, would open the gaps again: a disc fits into a thin line's.)
    """
    radius = (gap + 1) // 2
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    count, found = cv2.connectedComponents(1 - cv2.dilate(edges, disc), connectivity=4)
    all_count, all_found = cv2.connectedComponents(1 - edges, connectivity=4)
    held = np.bincount(all_found[found > 0], minlength=all_count) > 0
    narrow = (all_found > 0) & ~held[all_found]
    return np.where(narrow, count + all_found, found).astype(np.float64)


def _spread(labels: NDArray[np.float64], where: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Labels grown by a pixel a turn over what has none, so that each stays in one piece."""
    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    free = where & (labels == 0)
    while True:
        grown = np.where(free, cv2.dilate(labels, cross), labels)
        if np.array_equal(grown, labels):
            return labels
        labels, free = grown, free & (grown == 0)

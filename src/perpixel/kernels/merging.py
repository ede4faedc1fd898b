"""Neighboring regions of like color become one, the most similar first."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled
from perpixel.kernels.raster import in_raster_order


def merge_alike(ids: NDArray[Any], image: NDArray[Any], *, tolerance: float, min_size: int = 1) -> NDArray[np.int32]:
    """Join neighbors whose mean colors differ by at most `tolerance`; then join what is small to what is like it.

    In rounds: the pairs of neighbors are sorted by the distance of their means, and gone through in that order; a pair
    is joined if its means, as they are by then, are still within the tolerance. Rounds end when one joins nothing.
    Then the same with pairs of which one has fewer than `min_size` pixels, whatever their distance. To measure anew
    after each single join would be the exact order, at a price that pictures cannot pay.

    Args:
        ids: (H, W) integers from 0 on. Neighbors share an edge of a pixel.
        image: (H, W, C).
        tolerance: Euclidean distance of mean colors; below 0 none are alike.
        min_size: pixels.

    Returns:
        (H, W) int32, numbered from 0 in raster order.
    """
    ids, count = in_raster_order(ids)
    flat = ids.ravel()
    sizes = np.bincount(flat, minlength=count).astype(np.float64)
    bands = image.reshape(-1, image.shape[2])
    sums = np.stack([np.bincount(flat, weights=band, minlength=count) for band in bands.T], axis=1)
    parents = np.arange(count)
    pairs = _neighbors(ids)
    for close, least in ((float(tolerance), 0), (-1.0, min_size)):
        while len(pairs := _between_roots(pairs, parents)):
            means = sums[pairs] / sizes[pairs][:, :, None]
            distances = np.sqrt(((means[:, 0] - means[:, 1]) ** 2).sum(1))
            asked = (distances <= close) | (sizes[pairs].min(1) < least)
            chosen = pairs[asked][np.argsort(distances[asked], kind="stable")]
            if not _join(chosen, parents, sums, sizes, close, least):
                break
    return in_raster_order(_roots(parents)[ids])[0]


def _neighbors(ids: NDArray[np.int32]) -> NDArray[np.int64]:
    """All pairs (N, 2) of different ids that are neighbors in a row or a column."""
    beside = np.stack([ids[:, :-1].ravel(), ids[:, 1:].ravel()], axis=1)
    below = np.stack([ids[:-1].ravel(), ids[1:].ravel()], axis=1)
    return np.concatenate([beside, below]).astype(np.int64)


def _between_roots(pairs: NDArray[np.int64], parents: NDArray[np.int64]) -> NDArray[np.int64]:
    """The pairs of the regions that these have become: each once, the lower first, sorted."""
    pairs = _roots(parents)[pairs]
    low, high = pairs.min(1), pairs.max(1)
    codes = np.unique(low[low < high] * len(parents) + high[low < high])
    return np.stack([codes // len(parents), codes % len(parents)], axis=1)


@compiled
def _roots(parents: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of each region the one that it belongs to: the lowest, so that one pass finds all."""
    for region in range(len(parents)):
        parents[region] = parents[parents[region]]
    return parents.copy()


@compiled
def _join(pairs: Any, parents: Any, sums: Any, sizes: Any, tolerance: float, min_size: int) -> int:
    joined = 0
    for pair in range(len(pairs)):
        low, high = pairs[pair, 0], pairs[pair, 1]
        while parents[low] != low:
            low = parents[low]
        while parents[high] != high:
            high = parents[high]
        if low == high:
            continue
        square = 0.0
        for c in range(sums.shape[1]):
            square += (sums[low, c] / sizes[low] - sums[high, c] / sizes[high]) ** 2
        if np.sqrt(square) > tolerance and min(sizes[low], sizes[high]) >= min_size:
            continue
        low, high = min(low, high), max(low, high)
        parents[high] = low
        for c in range(sums.shape[1]):
            sums[low, c] += sums[high, c]
        sizes[low] += sizes[high]
        joined += 1
    return joined

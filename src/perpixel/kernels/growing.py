"""Regions that grow from seeds, the most similar pixel first."""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled


def grow_seeds(
    image: NDArray[np.float32], seeds: NDArray[Any], *, tolerance: float, connectivity: int, follow: bool
) -> NDArray[np.int32]:
    """Spread seeds over their neighbors while these differ by at most `tolerance` from what reaches them.

    Of all pixels beside regions the most similar one is taken first, and of equals the one that was met first (the
    order of Adams & Bischof, 1994, https://doi.org/10.1109/34.295913). A pixel is measured once by each neighbor that
    reaches it, at the moment when that neighbor was taken.

    Args:
        image: (H, W, C).
        seeds: (H, W) integers; 0 is no seed, pixels of one number are one region, whether they hang together or not.
        tolerance: the largest Euclidean distance of colors.
        connectivity: 4 or 8.
        follow: measure against the mean of the region as it is by then, instead of against the pixel among the seeds
            from which the way came.

    Returns:
        (H, W) int32: the seeds' numbers; 0 where none came.
    """
    grown = np.array(seeds, np.int32)
    if grown.any():
        colors = np.ascontiguousarray(image, np.float32).reshape(grown.size, -1)
        _grow(colors, grown.reshape(-1), grown.shape, int(grown.max()), float(tolerance), connectivity == 8, follow)
    return grown


@compiled
def _grow(
    colors: NDArray[np.float32],
    regions: NDArray[np.int32],
    size: tuple[int, int],
    most: int,
    tolerance: float,
    eight: bool,
    follow: bool,
) -> None:
    """Colors (H * W, C), regions (H * W), of which `most` is the highest number."""
    height, width = size
    channels = colors.shape[1]
    sums, sizes = np.zeros((most + 1, channels)), np.zeros(most + 1)
    beside = [(0.0, 0, 0, 0)]  # distance, how many were met before, pixel, its origin among the seeds
    heappop(beside)
    met = 0
    for pixel in range(height * width):
        if regions[pixel]:
            sizes[regions[pixel]] += 1
            for c in range(channels):
                sums[regions[pixel], c] += colors[pixel, c]
            heappush(beside, (-1.0, met, pixel, pixel))  # before all others
            met += 1
    while beside:
        distance, _, pixel, origin = heappop(beside)
        region = regions[origin]
        if distance >= 0:
            if regions[pixel]:
                continue
            regions[pixel] = region
            sizes[region] += 1
            for c in range(channels):
                sums[region, c] += colors[pixel, c]
        for k in range(9):
            dy, dx = k // 3 - 1, k % 3 - 1
            y, x = pixel // width + dy, pixel % width + dx
            if (dy and dx and not eight) or y < 0 or x < 0 or y >= height or x >= width or regions[y * width + x]:
                continue
            square = 0.0
            for c in range(channels):
                like = sums[region, c] / sizes[region] if follow else np.float64(colors[origin, c])
                square += (colors[y * width + x, c] - like) ** 2
            if np.sqrt(square) <= tolerance:
                heappush(beside, (np.sqrt(square), met, y * width + x, origin))
                met += 1

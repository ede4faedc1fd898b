"""Graph-based segmentation: neighbors merge unless the step between them is large beside the steps within them.

Felzenszwalb & Huttenlocher, "Efficient graph-based image segmentation", IJCV 59, 2004,
https://doi.org/10.1023/B:VISI.0000022288.19776.77, and the authors' program of 2007.

Pixels are nodes, and a weight is how unlike two neighbors are. Edges are taken from the lightest to the heaviest. Two
regions become one if the edge between them is no heavier than the heaviest edge inside either one's spanning tree plus
`scale` divided by its pixels. By default everything is as in the authors' program: eight neighbors, Euclidean distance
of colors, smoothing, and a last step that joins small regions. Differences: equal weights are taken in raster order
(there: as the sorting left them), and regions are numbered in raster order (there: by nodes).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classical.graph_nearest import nearest_neighbor_regions
from perpixel.classical.graph_skimage import skimage_regions
from perpixel.classical.picture import channels_last
from perpixel.kernels.graph import join_small, merge
from perpixel.kernels.grid_edges import grid_edges


def graph_regions(
    image: NDArray[Any],
    *,
    sigma: float = 0.5,
    scale: float = 500.0,
    min_size: int = 20,
    connectivity: Literal[4, 8] = 8,
    neighbors: int | None = None,
    color: Literal["distance", "intersect"] = "distance",
    compat: Literal["skimage"] | None = None,
) -> NDArray[np.int32]:
    """Segment a picture by Felzenszwalb & Huttenlocher's graph.

    `scale` is in units of the picture's values: 500 for 0 to 255 is 500 * 257 for 16 bits and 500 / 255 for floats in
    [0, 1]. It is no size: a larger scale gives larger regions, but small ones survive where the contrast is high.

        >>> graph_regions(np.array([[0, 0, 0, 10, 10, 10]]), sigma=0, scale=29, min_size=1)
        array([[0, 0, 0, 1, 1, 1]], dtype=int32)

    Args:
        image: (H, W) or (H, W, C), integers or floats, any number of channels; computed in float32.
        sigma: of the Gaussian that smooths the picture first, in pixels; 0 for none.
        scale: k of the paper.
        min_size: at the end regions of fewer pixels are joined to a neighbor, across the lightest edge; 1 for none.
        connectivity: 4 or 8 neighbors.
        neighbors: instead of the grid, join each pixel to this many nearest ones in the space of place and color (the
            paper's section 6 takes 10), so that regions need not hang together. It takes seconds for each 100,000
            pixels, and scipy.
        color: "distance": one run on the Euclidean distance of all channels. "intersect": one run for each channel, and
            pixels are together if they are in all of them (the paper's way); small regions are joined afterwards.
        compat: "skimage" gives what `skimage.segmentation.felzenszwalb` of version 0.26 gives, in its order of
            computing; then `scale` is divided by 255 and integers are brought to [0, 1], as there. Needs scipy.

    Returns:
        (H, W) int32, regions from 0 on in raster order.

    Raises:
        ValueError: an empty picture, NaN or infinity, a negative or infinite option, or options that exclude others.
        TypeError: a picture that is not of numbers.
        ModelError: scipy is asked for and not there.
    """
    image = channels_last(image)
    _check(sigma, [scale], min_size, connectivity, color)
    if compat not in (None, "skimage"):
        raise ValueError(f'compat {compat!r} is not known; expected "skimage" or None')
    if neighbors is not None and (compat or color != "distance"):
        raise ValueError("neighbors have their own graph: they go with neither compat nor color='intersect'")
    if compat:
        if connectivity != 8 or color != "distance":
            raise ValueError("scikit-image has 8 neighbors and the distance of colors: leave connectivity and color")
        return skimage_regions(image, sigma=sigma, scale=scale, min_size=min_size)
    if neighbors is not None:
        smooth = np.moveaxis(_smooth(image, sigma), 0, 2)
        return nearest_neighbor_regions(smooth, neighbors=neighbors, scale=scale, min_size=min_size)
    several = graph_scales(image, [scale], sigma=sigma, min_size=min_size, connectivity=connectivity, color=color)
    return np.array(several[0], np.int32)


def graph_scales(
    image: NDArray[Any],
    scales: Sequence[float],
    *,
    sigma: float = 0.5,
    min_size: int = 20,
    connectivity: Literal[4, 8] = 8,
    color: Literal["distance", "intersect"] = "distance",
) -> NDArray[np.int32]:
    """The regions of several scales, (S, H, W): the same as one call of `graph_regions` each, in less time.

    The edges are weighed and spread once. A larger scale's regions are not unions of a smaller one's.

    Args:
        scales: at least one.
        image, sigma, min_size, connectivity, color: as `graph_regions` takes them.
    """
    image = channels_last(image)
    _check(sigma, scales, min_size, connectivity, color)
    channels, diagonal = _smooth(image, sigma), connectivity == 8
    parts = [channels] if color == "distance" else [channels[c : c + 1] for c in range(len(channels))]
    edges = [grid_edges(part, diagonal=diagonal) for part in parts]
    found = np.empty((len(scales), *image.shape[:2]), np.int32)
    for number, scale in enumerate(scales):
        maps = [merge(each, image.shape[:2], scale=scale) for each in edges]
        labels, sizes = maps[0] if len(maps) == 1 else _intersect([labels for labels, _ in maps], diagonal)
        found[number], _ = join_small(channels, labels, sizes, min_size=min_size, diagonal=diagonal)
    return found


def _check(sigma: float, scales: Sequence[float], min_size: int, connectivity: int, color: str) -> None:
    if not 0 <= sigma < np.inf:
        raise ValueError(f"sigma {sigma} must be a number of pixels, 0 or more")
    if not len(scales):
        raise ValueError("no scale was given; expected at least one")
    for scale in scales:
        if not 0 <= scale < np.inf:
            raise ValueError(f"scale {scale} must be a number, 0 or more")
    if min_size < 0:
        raise ValueError(f"min_size {min_size} must be a number of pixels, 0 or more")
    if connectivity not in (4, 8):
        raise ValueError(f"connectivity {connectivity} must be 4 or 8")
    if color not in ("distance", "intersect"):
        raise ValueError(f'color {color!r} is not known; expected "distance" or "intersect"')


def _smooth(image: NDArray[Any], sigma: float) -> NDArray[np.float32]:
    """(C, H, W) float32, smoothed by a Gaussian that ends after four sigma; the edge's pixels go on beyond it."""
    height, width, depth = image.shape
    kernel = _gaussian(sigma)
    smooth = np.empty((depth, height, width), np.float32)
    for c in range(depth):
        plane = np.ascontiguousarray(image[:, :, c])
        if plane.dtype not in (np.uint8, np.uint16, np.float32):
            with np.errstate(over="ignore"):
                plane = plane.astype(np.float32)
        cv2.sepFilter2D(plane, cv2.CV_32F, kernel, kernel, dst=smooth[c], borderType=cv2.BORDER_REPLICATE)
    if image.dtype.kind == "f" and not np.isfinite(smooth).all():
        raise ValueError("the picture has values beyond float32, 3.4e38; scale them down")
    return smooth


def _gaussian(sigma: float) -> NDArray[np.float32]:
    """The mask of the authors' program, of 2 * ceil(4 * sigma) + 1 values that sum to 1."""
    if sigma == 0:
        return np.ones(1, np.float32)
    places = np.arange(-np.ceil(4 * sigma), np.ceil(4 * sigma) + 1)
    mask = np.exp(-0.5 * (places / sigma) ** 2)
    return np.array(mask / mask.sum(), np.float32)


def _intersect(maps: Sequence[NDArray[np.int32]], diagonal: bool) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Regions of pixels that hang together and are in one region of every map.

    These are the regions of a picture whose channels are the maps' numbers, when only equal pixels merge. A number is
    told in two halves, each of which is exact in float32.
    """
    halves = [half.astype(np.float32) for labels in maps for half in (labels & 0xFFFF, labels >> 16)]
    return merge(grid_edges(np.stack(halves), diagonal=diagonal), maps[0].shape, scale=0)

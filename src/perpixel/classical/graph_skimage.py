"""What `skimage.segmentation.felzenszwalb` gives, computed in the same order, so that the same rounding decides."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classical.extra import require
from perpixel.kernels.edge_list import merge_edge_list
from perpixel.kernels.raster import in_raster_order


def skimage_regions(image: NDArray[Any], *, sigma: float, scale: float, min_size: int) -> NDArray[np.int32]:
    """Segment (H, W, C) as scikit-image 0.26 does.

    It smooths and weighs in float64, compares strictly with thresholds rounded to float32, and sorts all edges, the
    right ones before the lower ones before the two diagonals, by a sorting that leaves equals in no stated order. The
    method hangs on such trifles: a region that tips the other way changes all that follow it.

    Raises:
        ValueError: integers other than uint8 and uint16.
        ModelError: scipy is not there.
    """
    if image.dtype.kind == "f":
        values = image.astype(np.float64)
    elif image.dtype in (np.uint8, np.uint16):
        values = image / np.float64(np.iinfo(image.dtype).max)
    else:
        raise ValueError(f"the picture is {image.dtype}; with compat='skimage' it must be uint8, uint16 or float")
    height, width = values.shape[:2]
    values = require("scipy.ndimage").gaussian_filter(values, sigma=[sigma, sigma, 0])
    numbers = np.arange(height * width, dtype=np.int32).reshape(height, width)
    here = slice(None, -1), slice(1, None)
    pairs = (
        ((slice(None), here[1]), (slice(None), here[0])),
        ((here[1], slice(None)), (here[0], slice(None))),
        ((here[1], here[1]), (here[0], here[0])),
        ((here[1], here[0]), (here[0], here[1])),
    )
    weights = np.hstack([np.sqrt(((values[a] - values[b]) ** 2).sum(axis=-1)).ravel() for a, b in pairs])
    ends = np.hstack([np.stack((numbers[a].ravel(), numbers[b].ravel())) for a, b in pairs]).T
    order = np.argsort(weights)
    regions = merge_edge_list(
        ends[order],
        weights[order],
        nodes=height * width,
        scale=scale / 255,
        min_size=min_size,
        strictly=True,
    )
    return in_raster_order(regions.reshape(height, width))[0]

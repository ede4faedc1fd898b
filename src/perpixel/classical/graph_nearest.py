"""The paper's other graph: each pixel joined to its nearest neighbors in the space of place and color.

Felzenszwalb & Huttenlocher 2004, section 6. So a region may have parts that do not touch: flowers in a meadow are one.
The paper searches approximately; here the neighbors are exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classical.extra import require
from perpixel.kernels.edge_list import merge_edge_list
from perpixel.kernels.raster import in_raster_order


def nearest_neighbor_regions(image: NDArray[Any], *, neighbors: int, scale: float, min_size: int) -> NDArray[np.int32]:
    """Segment (H, W, C) by the graph of the `neighbors` nearest pixels; weights are distances of (x, y, values).

    Raises:
        ValueError: fewer than one neighbor.
        ModelError: scipy is not there.
    """
    if neighbors < 1:
        raise ValueError(f"neighbors {neighbors} must be 1 or more")
    height, width, depth = image.shape
    rows, columns = np.indices((height, width), np.float64)
    points = np.concatenate((columns[..., None], rows[..., None], image), axis=2).reshape(-1, depth + 2)
    count = min(neighbors, len(points) - 1)
    if count == 0:
        return np.zeros((height, width), np.int32)
    distances, others = require("scipy.spatial").cKDTree(points).query(points, k=count + 1)
    own = np.repeat(np.arange(len(points)), count)
    ends = np.stack((own, others[:, 1:].ravel()), axis=1).astype(np.int32)
    weights = distances[:, 1:].ravel()
    order = np.argsort(weights, kind="stable")
    regions = merge_edge_list(ends[order], weights[order], nodes=len(points), scale=scale, min_size=min_size)
    return in_raster_order(regions.reshape(height, width))[0]

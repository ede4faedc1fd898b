"""The grid of MathWorks' example, number for number.

"Create Occupancy Grid Using Monocular Camera and Semantic Segmentation",
https://www.mathworks.com/help/driving/ug/create-occupancy-grid-using-monocular-camera-sensor.html

Its steps: the free space seen from above, 256 pixels wide, bilinear, and zero where the camera sees nothing; then for
each cell the mean of one minus that over 20 x 20 bilinear samples. Its peculiarities are kept: the cells' edges are
`linspace(0, length, cells)`, so that they are a little too wide and the last ones lie beyond the border, where samples
are clipped to it; and what was not seen is occupied.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from perpixel.camera import BirdsEye, Camera, Extent, grid_size
from perpixel.results import OccupancyGrid

Array = NDArray[np.float64]

WIDTH = 256
SAMPLES = 20


def mathworks_grid(
    probability: NDArray[np.float32], camera: Camera, *, extent: Extent = (0.0, 20.0, -3.0, 3.0), cell: float = 0.25
) -> OccupancyGrid:
    """The example's grid of free space (H, W) float32 in [0, 1]; every cell is known."""
    size = grid_size(extent, cell)
    view = _view(camera, extent).picture(np.asarray(probability, np.float32))
    free = np.clip(mean_of_samples(view, extent, size), 0, 1)  # sums of weights err in the last bit
    return OccupancyGrid(1 - free, extent, cell)


@lru_cache(maxsize=4)
def _view(camera: Camera, extent: Extent) -> BirdsEye:
    half = (extent[3] - extent[2]) / WIDTH / 2
    # Its pixel k (from 1) is at k pixels from the corner of the view: half a pixel beside our centers.
    shifted = (extent[0] - half, extent[1] - half, extent[2] - half, extent[3] - half)
    return BirdsEye.of_width(camera, shifted, WIDTH)


def mean_of_samples(
    view: NDArray[np.float32], extent: Extent, size: tuple[int, int], *, samples: int = SAMPLES
) -> NDArray[np.float32]:
    """(cells along X, cells along Y) float32: the means of `samples` x `samples` bilinear samples of a view from above.

    The samples of a cell are a product of two lists of places, and so are the weights that bilinear interpolation and
    clipping give to rows and columns: the means are two products of matrices, which touch each pixel once.

    Args:
        view: (height, width) float32, forward up; its pixels are squares of (Y to - Y from) / width metres.
        extent: X from, X to, Y from, Y to, metres.
        size: (cells along X, cells along Y), at least 2 each.
    """
    if min(size) < 2:
        raise ValueError(f"size {size}: the example's grid has two cells at least along each axis")
    height, width = view.shape
    scale = width / (extent[3] - extent[2])
    rows = _weights((extent[1] - _places(extent[0], extent[1], size[0], samples)) * scale - 1, height)
    columns = _weights((extent[3] - _places(extent[2], extent[3], size[1], samples)) * scale - 1, width)
    return np.asarray(rows @ view @ columns.T, np.float32)


def _places(start: float, to: float, cells: int, samples: int) -> Array:
    """(cells, samples) metres: the example's edges, and its samples from each edge to the next."""
    edges = np.linspace(start, to, cells)
    return np.asarray(edges[:, None] + np.arange(samples) * (edges[1] - edges[0]) / (samples - 1))


def _weights(places: Array, length: int) -> NDArray[np.float32]:
    """(cells, length): how much each pixel of a line counts in the mean of samples at places (cells, samples)."""
    cells, samples = places.shape
    places = np.clip(places, 0, length - 1)
    low = np.minimum(np.floor(places), max(length - 2, 0)).astype(np.intp)
    share = places - low
    weights = np.zeros((cells, length))
    cell = np.arange(cells)[:, None]
    np.add.at(weights, (cell, low), (1 - share) / samples)
    np.add.at(weights, (cell, np.minimum(low + 1, length - 1)), share / samples)
    return weights.astype(np.float32)

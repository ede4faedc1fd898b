"""Split and merge: quarter the picture until each block is of one color, then join blocks that are alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classical.levels import levels
from perpixel.classical.parameters import number, whole
from perpixel.kernels.merging import merge_alike
from perpixel.kernels.quadtree import quarter


def split_merge(image: NDArray[Any], *, tolerance: float = 40.0, min_size: int = 50) -> NDArray[np.int32]:
    """Quarter blocks in which a pixel is further than `tolerance` from the mean, then join neighbors of like means.

    Borders keep some of the blocks' stairs where they are weak. What is joined is decided by means only: a slow ramp
    is first cut and then joined in steps of the tolerance.

    Args:
        image: (H, W) or (H, W, C) uint8, uint16, or floats in [0, 1]; any number of channels.
        tolerance: Euclidean distance of colors, in levels of 0 to 255: of a pixel from the mean of its block, and of
            the means of two regions that become one.
        min_size: smaller regions are joined to the neighbor that is most like them, in pixels.

    Returns:
        (H, W) int32 from 0, in raster order; each region hangs together.

    Raises:
        ValueError: a parameter is out of its range, or the picture is empty or has NaN.

    Horowitz & Pavlidis, 1976, https://doi.org/10.1145/321941.321956
    """
    tolerance, min_size = number("tolerance", tolerance), whole("min_size", min_size, least=0)
    colors = levels(image)
    blocks, _ = quarter(colors, tolerance=tolerance)
    return merge_alike(blocks, colors, tolerance=tolerance, min_size=min_size)

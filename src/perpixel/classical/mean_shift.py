"""Mean shift: every pixel climbs to the nearest peak of density in place and color."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classical.parameters import number, whole
from perpixel.classical.picture import as_rgb
from perpixel.kernels.merging import merge_alike


def mean_shift(
    image: NDArray[Any], *, spatial_radius: float = 8.0, color_radius: float = 24.0, min_size: int = 100
) -> NDArray[np.int32]:
    """Flatten the picture by mean shift, then join neighbors of like color.

    The number of regions is not asked for: it follows from the radii. Time grows with the square of `spatial_radius`.
    By OpenCV, which climbs in a picture of half the size first, and again only near borders.

    Args:
        image: (H, W) or (H, W, C) uint8, uint16, or floats in [0, 1]: gray or RGB.
        spatial_radius: of the window, in pixels.
        color_radius: of the window, in CIE Lab with lightness from 0 to 255; neighbors within half of it are joined
            afterwards.
        min_size: smaller regions are joined to the neighbor that is most like them, in pixels.

    Returns:
        (H, W) int32 from 0, in raster order; each region hangs together.

    Raises:
        ValueError: a parameter is out of its range, or the picture is empty or has NaN.

    Comaniciu & Meer, 2002, https://doi.org/10.1109/34.1000236
    """
    spatial_radius = number("spatial_radius", spatial_radius, least=1)
    color_radius = number("color_radius", color_radius, least=1)
    min_size = whole("min_size", min_size, least=0)
    lab = cv2.cvtColor(as_rgb(image), cv2.COLOR_RGB2LAB)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    flat = cv2.pyrMeanShiftFiltering(lab, spatial_radius, color_radius, maxLevel=1, termcrit=stop)
    pixels = np.arange(flat.shape[0] * flat.shape[1]).reshape(flat.shape[:2])
    return merge_alike(pixels, flat, tolerance=color_radius / 2, min_size=min_size)

"""Watershed: water rises from markers, and where two floods meet is a border."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classical.extra import require
from perpixel.classical.levels import levels
from perpixel.classical.parameters import number, one_of
from perpixel.classical.strokes import checked_strokes
from perpixel.classical.threshold import otsu
from perpixel.kernels.raster import in_raster_order

Floats = NDArray[np.float32]


def watershed(
    image: NDArray[Any],
    *,
    strokes: NDArray[Any] | None = None,
    min_depth: float | None = None,
    sigma: float = 2.0,
    on: str = "gradient",
) -> NDArray[np.int32]:
    """Flood a relief from markers: the edges of a picture, or how far inside of bright objects a pixel is.

    Every basin of the relief would become a region, thousands in a photo: `min_depth` fills the shallow ones. Or
    strokes say what is to be found, and then nothing else is.

    `on="distance"` separates bright objects that touch: those brighter than Otsu's level, cut at their waists. For
    dark objects hand in the picture's negative.

    Args:
        image: (H, W) or (H, W, C) uint8, uint16, or floats in [0, 1]; any number of channels.
        strokes: (H, W) integers: 0 nothing, else a label. None makes markers of the basins.
        min_depth: basins must be deeper. On the gradient, in levels of 0 to 255 (a sharp step is as high as its
            levels differ): by default 10. On the distance, in pixels: by default 1.
        sigma: width of the Gaussian that smooths first, in pixels.
        on: "gradient" or "distance".

    Returns:
        (H, W) int32. With strokes, their labels. On the gradient, from 0 in raster order. On the distance, 0 is
        the background, and objects are numbered from 1 in raster order.

    Raises:
        ModelError: scikit-image is not installed.
        TypeError: strokes are not integers, or a parameter is no number.
        ValueError: a parameter is out of its range; or the picture is empty or has NaN.

    Meyer, 1991; Soille, Morphological Image Analysis, 2003, for markers by depth.
    """
    one_of("on", on, ("gradient", "distance"))
    sigma = number("sigma", sigma)
    min_depth = number("min_depth", {"gradient": 10, "distance": 1}[on] if min_depth is None else min_depth)
    segmentation = require("skimage.segmentation")
    colors = _smooth(levels(image), sigma)
    bright = None
    if on == "gradient":
        relief = _steepness(colors)
    else:
        bright = otsu(colors[:, :, :3] if colors.shape[2] >= 3 else colors[:, :, 0]).astype(bool)
        if not bright.any():
            return np.zeros(bright.shape, np.int32)
        relief = -_depth_inside(bright)
    if strokes is not None:
        markers = checked_strokes(strokes, (relief.shape[0], relief.shape[1]))
    else:
        markers = _basins(relief, min_depth, bright)
    flooded = segmentation.watershed(relief, markers, connectivity=1, mask=bright)
    if strokes is not None:
        return np.asarray(flooded, np.int32)
    if bright is None:
        return in_raster_order(flooded)[0]
    return _objects_in_order(flooded)


def _smooth(colors: Floats, sigma: float) -> Floats:
    if not sigma:
        return colors
    bands = [cv2.GaussianBlur(np.ascontiguousarray(band), (0, 0), sigma) for band in np.moveaxis(colors, 2, 0)]
    return np.stack(bands, axis=2)


def _steepness(colors: Floats) -> Floats:
    """The largest gradient of any channel; on both sides of a sharp step it is the step's height."""
    steepest = np.zeros(colors.shape[:2], np.float32)
    for band in np.moveaxis(colors, 2, 0):
        band = np.ascontiguousarray(band)
        across, down = (cv2.Sobel(band, cv2.CV_32F, *order, scale=1 / 4) for order in ((1, 0), (0, 1)))
        np.maximum(steepest, cv2.magnitude(across, down), out=steepest)
    return steepest


def _depth_inside(bright: NDArray[np.bool_]) -> Floats:
    """Distance to the nearest pixel that is not bright; beyond the picture counts as more of the same."""
    distance = cv2.distanceTransform(bright.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance, np.float32)


def _basins(relief: Floats, min_depth: float, within: NDArray[np.bool_] | None) -> NDArray[np.int32]:
    """Markers 1.. at the bottoms of all basins that are at least so deep, and of the lowest one in any case."""
    morphology = require("skimage.morphology")
    if min_depth:
        relief = morphology.reconstruction(relief + np.float32(min_depth), relief, method="erosion")
    bottoms = morphology.local_minima(relief, connectivity=1)
    if within is not None:
        bottoms &= within
    return np.asarray(cv2.connectedComponents(bottoms.astype(np.uint8), connectivity=4)[1], np.int32)


def _objects_in_order(flooded: NDArray[Any]) -> NDArray[np.int32]:
    """0 stays, objects are numbered from 1 in raster order."""
    framed = np.zeros((flooded.shape[0] + 1, flooded.shape[1]), np.int64)  # a first row of background
    framed[1:] = flooded
    return in_raster_order(framed)[0][1:]

"""SLIC superpixels: many small regions of about one size that follow the borders."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classical.extra import require
from perpixel.classical.levels import perceived
from perpixel.classical.parameters import number, whole
from perpixel.kernels.raster import in_raster_order


def slic(
    image: NDArray[Any], *, regions: int = 250, compactness: float = 10.0, sigma: float = 0.0
) -> NDArray[np.int32]:
    """Cut a picture in about `regions` superpixels: k-means of color and place, each center within its own window.

    The number comes out near to what was asked, rarely equal. By scikit-image, which measures gray pictures on another
    scale than color ones; here both are in CIE Lab, so that `compactness` means the same.

    Args:
        image: (H, W) or (H, W, C) uint8, uint16, or floats in [0, 1]. More than four channels are taken as they are.
        regions: about how many.
        compactness: how much place counts against color (0 to 100 from black to white): 1 follows every border, 40
            gives nearly squares.
        sigma: width of the Gaussian that smooths first, in pixels; about 1 for noisy pictures.

    Returns:
        (H, W) int32 from 0, in raster order; each region hangs together.

    Raises:
        ModelError: scikit-image is not installed.
        ValueError: a parameter is out of its range, or the picture is empty or has NaN.

    Achanta et al., 2012, https://doi.org/10.1109/TPAMI.2012.120
    """
    regions = whole("regions", regions, least=1)
    compactness, sigma = number("compactness", compactness), number("sigma", sigma)
    if not compactness:
        raise ValueError("compactness 0 must be more than 0: superpixels need some place")
    segmentation = require("skimage.segmentation")
    colors = perceived(image)
    if regions == 1:
        return np.zeros(colors.shape[:2], np.int32)
    # scikit-image stretches what it gets to [0, 1] and weighs place against that
    spread = float(colors.max() - colors.min()) or 1.0
    labels = segmentation.slic(
        colors,
        n_segments=min(regions, colors[:, :, 0].size),
        compactness=compactness / spread,
        sigma=sigma,
        convert2lab=False,
        enforce_connectivity=True,
        start_label=0,
        channel_axis=2,
    )
    return in_raster_order(labels)[0]

"""The surface of a solid that is given in slices, by marching cubes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import PerpixelError


def surface(slices: NDArray[Any], *, thickness: float) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Points (N, 3) x, y, z and triangles (M, 3) of the surface where slices cross one half; none if they never do.

    Lorensen & Cline, 1987, by scikit-image (Lewiner et al., 2003). The surface is closed: around the slices is nothing.

    Args:
        slices: (K, H, W) bool, or probabilities; the nearest first.
        thickness: of a slice, in pixels. x and y are pixels to the right and down, z is from the first slice on.

    Raises:
        PerpixelError: scikit-image is not installed.
    """
    try:
        from skimage.measure import marching_cubes
    except ImportError as error:
        raise PerpixelError('surfaces need scikit-image: pip install "perpixel[classical]"') from error
    volume = np.pad(np.asarray(slices, np.float32), 1)
    if volume.max() <= 0.5:
        return np.zeros((0, 3)), np.zeros((0, 3), np.int64)
    find: Any = marching_cubes  # without types in some versions
    corners, faces, _, _ = find(volume, 0.5)
    z, y, x = (corners - 1).T
    return np.stack([x, y, (z + 0.5) * thickness], axis=1).astype(np.float64), np.asarray(faces, np.int64)

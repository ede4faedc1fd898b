"""K-means: pixels of like color, and if wanted of like place and texture, in a given number of groups."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classical.filter_bank import oriented_energy
from perpixel.classical.levels import perceived
from perpixel.classical.parameters import number, whole
from perpixel.kernels.raster import in_raster_order

SAME = 1e-2
"""Centers nearer than this, in CIE Lab, are one color: k-means found more centers than there are colors."""


def kmeans(
    image: NDArray[Any], *, clusters: int = 4, position: float = 0.0, texture: float = 0.0, seed: int = 0
) -> NDArray[np.int32]:
    """Group pixels around the `clusters` colors that are nearest to them all.

    A group is a color, not a region: it may lie in many pieces. Colors are compared in CIE Lab, where the same
    distance is about as visible everywhere. A picture with fewer colors gives fewer groups. Starts are drawn by
    k-means++ three times and the best is kept; another seed may give another, equally good, answer.

    Args:
        image: (H, W) or (H, W, C) uint8, uint16, or floats in [0, 1]. More than four channels are taken as they are.
        clusters: how many groups at most.
        position: weight of the place: at 1 the longer side of the picture is as far as from black to white. It keeps
            groups together and cuts large even areas in parts.
        texture: weight of the energies of Gabor filters at three widths and four directions; about 1 to 4.
        seed: of the random starts. The random state of OpenCV, which the process shares, is set by it.

    Returns:
        (H, W) int32 from 0, in raster order.

    Raises:
        ValueError: a parameter is out of its range, or the picture is empty or has NaN.
    """
    clusters = whole("clusters", clusters, least=1)
    position, texture = number("position", position), number("texture", texture)
    seed = whole("seed", seed, least=0)
    colors = perceived(image)
    height, width = colors.shape[:2]
    features = [colors]
    if position:
        rows, columns = np.mgrid[:height, :width].astype(np.float32)
        features.append(np.stack([columns, rows], axis=2) * np.float32(100 * position / max(height, width)))
    if texture:
        gray = np.ascontiguousarray(colors[:, :, 0] if colors.shape[2] == 3 else colors.mean(2))
        features.append(oriented_energy(gray, scales=(1, 2, 4)) * np.float32(texture))
    points = np.concatenate(features, axis=2).reshape(height * width, -1)
    if len(points) == 1:  # which OpenCV would read as several points of one number
        return np.zeros((1, 1), np.int32)
    cv2.setRNGSeed(seed)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 100, 0.05)
    _, labels, centers = cv2.kmeans(
        points,
        min(clusters, len(points)),
        None,
        stop,
        3,
        cv2.KMEANS_PP_CENTERS,  # type: ignore[call-overload]
    )
    same = np.linalg.norm(centers[:, None] - centers[None], axis=2) < SAME
    return in_raster_order(same.argmax(1)[labels].reshape(height, width))[0]

"""Streets of rectangles, whose grids one can tell by looking: what is ahead of a level camera at 1.5 m."""

from __future__ import annotations

import numpy as np

from perpixel.camera import Camera
from perpixel.kernels.ground_rays import GROUND, STANDING, UNJUDGED
from perpixel.occupancy import FreeSpace

CAMERA = Camera((400, 400), (199.5, 60.0), (200, 400), height=1.5)


def street(*boxes: tuple[float, float, float, float, float], camera: Camera = CAMERA) -> FreeSpace:
    """Free road to the horizon, and boxes X from, X to, Y from, Y to, height that stand on it."""
    rows, columns = np.indices(camera.size, np.float64)
    pixels = np.stack([columns, rows], axis=-1)
    _, hit = camera.ground_from_image(pixels)
    kinds = np.where(hit, GROUND, UNJUDGED).astype(np.uint8)
    for x0, _, y0, y1, tall in boxes:  # the front face and the top's far edge hide all that can be seen of the box
        corners = np.array([[x0, y, z] for y in (y0, y1) for z in (0.0, tall)])
        seen, _ = camera.project(corners)
        low, high = seen.min(axis=0), seen.max(axis=0)
        inside = (pixels >= low).all(axis=-1) & (pixels <= high).all(axis=-1)
        kinds[inside] = STANDING
    return FreeSpace((kinds == GROUND).astype(np.float32), kinds)

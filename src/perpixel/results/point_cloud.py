"""A point cloud: what a depth is in the world of its camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perpixel.camera import Camera
from perpixel.results.depth import Depth


@dataclass(frozen=True)
class PointCloud:
    """Where pixels are in the vehicle frame of a camera: X forward, Y to the left, Z up from the ground, metres.

    Attributes:
        points: (H, W, 3) float32, NaN where nothing is valid.
    """

    points: NDArray[np.float32]

    @classmethod
    def of(cls, depth: Depth, camera: Camera) -> PointCloud:
        """Every pixel as far along its ray as its depth says.

        Raises:
            ValueError: the camera's pictures have another size.
        """
        if camera.size != depth.size:
            raise ValueError(f"the depth is {depth.size}, the camera's pictures are {camera.size}; see Camera.resized")
        rows, columns = np.indices(depth.size, np.float64)
        rays = camera.rays(np.stack([columns, rows], axis=-1).reshape(-1, 2)).reshape(*depth.size, 3)
        metres = np.where(depth.valid, depth.metres.astype(np.float64), np.nan)
        return cls(np.asarray(rays * metres[..., None] + camera.position, np.float32))

    @property
    def heights(self) -> NDArray[np.float32]:
        """(H, W) metres above the ground, NaN where nothing is valid."""
        return self.points[..., 2]

    @property
    def valid(self) -> NDArray[np.bool_]:
        """(H, W): where there is a point."""
        return np.asarray(np.isfinite(self.points).all(axis=-1))

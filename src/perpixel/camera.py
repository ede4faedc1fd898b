"""A camera on a vehicle: where points of the world are in the picture, and where pixels meet the ground.

Vehicle frame in metres: X forward, Y to the left, Z up, the origin on the ground below the camera.
Pictures: x to the right, y down, pixel centers at whole numbers. Angles in radians.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.warp import Size


@dataclass(frozen=True)
class Camera:
    """A pinhole camera at a height over flat ground, looking forward.

    Attributes:
        focal: (fx, fy) pixels.
        principal: (cx, cy) pixels, where the optical axis meets the picture.
        size: (height, width) of the picture.
        height: metres over the ground.
        pitch: positive where the camera is tilted toward the ground.
        roll: positive where the camera is turned clockwise, seen from behind.
    """

    focal: tuple[float, float]
    principal: tuple[float, float]
    size: Size
    height: float
    pitch: float = 0.0
    roll: float = 0.0

    def __post_init__(self) -> None:
        if min(self.focal) <= 0 or self.height <= 0 or min(self.size) <= 0:
            raise ValueError(f"focal {self.focal}, height {self.height} and size {self.size} must all be positive")

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Camera:
        """From what `to_dict` gives, or a `camera.yaml` holds: the same keys, angles and roll optional.

        Raises:
            ValueError: a key is missing, or a value has no sense.
        """
        missing = [key for key in ("image_size", "focal_length", "principal_point", "height") if key not in data]
        if missing:
            raise ValueError(f"a camera without {missing[0]}; image_size, focal_length, principal_point, height needed")
        height, width = (int(value) for value in data["image_size"])
        fx, fy = (float(value) for value in data["focal_length"])
        cx, cy = (float(value) for value in data["principal_point"])
        angles = float(data.get("pitch", 0.0)), float(data.get("roll", 0.0))
        return cls((fx, fy), (cx, cy), (height, width), float(data["height"]), *angles)

    def to_dict(self) -> dict[str, Any]:
        """As plain YAML or JSON data."""
        return {
            "image_size": list(self.size),
            "focal_length": list(self.focal),
            "principal_point": list(self.principal),
            "height": self.height,
            "pitch": self.pitch,
            "roll": self.roll,
        }

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3): from vehicle axes to camera axes (x right, y down, z along the optical axis)."""
        cosine, sine = np.cos(self.pitch), np.sin(self.pitch)
        level = np.array([[0.0, -1.0, 0.0], [-sine, 0.0, -cosine], [cosine, 0.0, -sine]])
        cosine, sine = np.cos(self.roll), np.sin(self.roll)
        turn = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
        return np.asarray(turn @ level)

    @property
    def position(self) -> NDArray[np.float64]:
        """(3,): the camera's center in the vehicle frame."""
        return np.array([0.0, 0.0, self.height])

    @property
    def horizon(self) -> float:
        """The row of the horizon in the principal column; the horizon of a rolled camera is a slanted line."""
        up = self.rotation @ np.array([0.0, 0.0, 1.0])
        # Of all directions in the principal column, (0, v, 1), the level one has no part along up.
        return float(self.principal[1] - self.focal[1] * up[2] / up[1])

    def to_camera(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (..., 3) of the vehicle frame in camera axes: x right, y down, z depth; metres."""
        return np.asarray((points - self.position) @ self.rotation.T)

    def project(self, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Where points (N, 3) of the vehicle frame are in the picture.

        Points behind the camera have no place there: their pixels are NaN, not a mirrored phantom.

        Returns:
            pixels (N, 2) float64 x, y, which may lie outside the picture; in front (N,) bool.
        """
        x, y, z = np.moveaxis(self.to_camera(np.asarray(points, np.float64)), -1, 0)
        in_front = z > 0
        depth = np.where(in_front, z, np.nan)
        pixels = np.stack([self.focal[0] * x / depth, self.focal[1] * y / depth], axis=-1) + self.principal
        return pixels, in_front

    def rays(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Directions (N, 3) in the vehicle frame that pixels (N, 2) look along; one metre of depth long."""
        scaled = (np.asarray(pixels, np.float64) - self.principal) / self.focal
        return np.asarray(np.concatenate([scaled, np.ones_like(scaled[..., :1])], axis=-1) @ self.rotation)

    def ground_from_image(
        self, pixels: NDArray[np.float64], *, elevation: float = 0.0
    ) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Where pixels (N, 2) see the level plane Z = `elevation`.

        Returns:
            points (N, 2) float64 X, Y metres, NaN where a pixel looks at or over the horizon; hit (N,) bool.
        """
        rays = self.rays(pixels)
        hit = rays[..., 2] * (elevation - self.height) > 0
        distance = (elevation - self.height) / np.where(hit, rays[..., 2], np.nan)
        return rays[..., :2] * distance[..., None], hit

"""A camera on a vehicle: where points of the world are in the picture, and where pixels meet the ground.

Vehicle frame in metres: X forward, Y to the left, Z up, the origin on the ground below the camera.
Pictures: x to the right, y down, pixel centers at whole numbers. Angles in radians.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.camera.distortion import Distortion
from perpixel.warp import Size

_NEEDED = ("image_size", "focal_length", "principal_point", "height")
_OPTIONAL = ("pitch", "roll", "yaw", "radial_distortion", "tangential_distortion")


@dataclass(frozen=True)
class Camera:
    """A pinhole camera at a height over flat ground, looking forward, behind a lens that may bend.

    Attributes:
        focal: (fx, fy) pixels.
        principal: (cx, cy) pixels, where the optical axis meets the picture.
        size: (height, width) of the picture.
        height: metres over the ground.
        pitch: positive where the camera is tilted toward the ground.
        roll: positive where the camera is turned clockwise, seen from behind.
        yaw: positive where the camera is turned to the left of the vehicle.
        distortion: of the lens; None where there is none, or the pictures are rectified.
    """

    focal: tuple[float, float]
    principal: tuple[float, float]
    size: Size
    height: float
    pitch: float = 0.0
    roll: float = 0.0
    yaw: float = 0.0
    distortion: Distortion | None = None

    def __post_init__(self) -> None:
        numbers = (*self.focal, *self.principal, self.height, self.pitch, self.roll, self.yaw)
        if not all(map(math.isfinite, numbers)):
            raise ValueError(f"focal, principal, height and angles {numbers} must all be finite numbers")
        if min(self.focal) <= 0 or self.height <= 0 or min(self.size) <= 0:
            raise ValueError(f"focal {self.focal}, height {self.height} and size {self.size} must all be positive")
        for name, most in (("pitch", math.pi / 2), ("roll", math.pi), ("yaw", math.pi)):
            angle = getattr(self, name)
            if abs(angle) > most + 1e-9:
                raise ValueError(
                    f"{name} {angle:g} is not from -{most:.4f} to {most:.4f}; angles are in radians: "
                    f"{angle:g} degrees are {math.radians(angle):.4f}"
                )

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Camera:
        """From what `to_dict` gives, or a `camera.yaml` holds: the same keys, angles and distortion optional.

        Raises:
            ValueError: a key is missing or not known, or a value has no sense.
        """
        missing = [key for key in _NEEDED if key not in data]
        if missing:
            raise ValueError(f"a camera without {missing[0]}; image_size, focal_length, principal_point, height needed")
        for key in data:
            if key not in (*_NEEDED, *_OPTIONAL):
                near = get_close_matches(str(key), (*_NEEDED, *_OPTIONAL), n=1)
                guess = f"did you mean {near[0]!r}? " if near else ""
                raise ValueError(
                    f"{key!r} is nothing of a camera; {guess}known are {', '.join((*_NEEDED, *_OPTIONAL))}"
                )
        height, width = _numbers(data, "image_size", (2,))
        if height != int(height) or width != int(width):
            raise ValueError(f"image_size {data['image_size']} is not height, width in whole pixels")
        fx, fy = _numbers(data, "focal_length", (2,))
        cx, cy = _numbers(data, "principal_point", (2,))
        radial = (*_numbers(data, "radial_distortion", (2, 3)), 0.0)
        p1, p2 = _numbers(data, "tangential_distortion", (2,))
        bent = any((*radial, p1, p2))
        return cls(
            (fx, fy),
            (cx, cy),
            (int(height), int(width)),
            _number(data, "height"),
            pitch=_number(data, "pitch"),
            roll=_number(data, "roll"),
            yaw=_number(data, "yaw"),
            distortion=Distortion((radial[0], radial[1], radial[2]), (p1, p2)) if bent else None,
        )

    def to_dict(self) -> dict[str, Any]:
        """As plain YAML or JSON data."""
        data = {
            "image_size": list(self.size),
            "focal_length": list(self.focal),
            "principal_point": list(self.principal),
            "height": self.height,
            "pitch": self.pitch,
            "roll": self.roll,
            "yaw": self.yaw,
        }
        if self.distortion is not None:
            data["radial_distortion"] = list(self.distortion.radial)
            data["tangential_distortion"] = list(self.distortion.tangential)
        return data

    def resized(self, size: Size) -> Camera:
        """The camera of the same pictures at another size (height, width); the outer borders stay where they are."""
        down, across = size[0] / self.size[0], size[1] / self.size[1]
        principal = ((self.principal[0] + 0.5) * across - 0.5, (self.principal[1] + 0.5) * down - 0.5)
        return replace(self, focal=(self.focal[0] * across, self.focal[1] * down), principal=principal, size=size)

    def straight(self) -> Camera:
        """The same camera behind a lens that does not bend: that of `straightened` pictures."""
        return replace(self, distortion=None)

    def straightened(self, image: NDArray[Any], *, nearest: bool = False, outside: float = 0.0) -> NDArray[Any]:
        """A picture (H, W[, C]) as the `straight` camera would take it; the picture itself if there is no distortion.

        Args:
            nearest: take the nearest pixel and never a mixture, as labels need.
            outside: what stands where the picture shows nothing.
        """
        if image.shape[:2] != self.size:
            raise ValueError(f"the picture is {image.shape[:2]}, the camera's are {self.size}; see Camera.resized")
        if self.distortion is None:
            return image
        rows, columns = np.indices(self.size, np.float64)
        scaled = (np.stack([columns, rows], axis=-1) - self.principal) / self.focal
        bent = np.nan_to_num(self.distortion.bend(scaled), nan=-1e6) * self.focal + self.principal
        how = cv2.INTER_NEAREST if nearest else cv2.INTER_LINEAR
        x, y = np.ascontiguousarray(np.moveaxis(bent, -1, 0), np.float32)
        return np.asarray(cv2.remap(image, x, y, how, borderMode=cv2.BORDER_CONSTANT, borderValue=outside))

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3): from vehicle axes to camera axes (x right, y down, z along the optical axis)."""
        cosine, sine = np.cos(self.pitch), np.sin(self.pitch)
        level = np.array([[0.0, -1.0, 0.0], [-sine, 0.0, -cosine], [cosine, 0.0, -sine]])
        cosine, sine = np.cos(self.roll), np.sin(self.roll)
        turn = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
        cosine, sine = np.cos(self.yaw), np.sin(self.yaw)
        aside = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0], [0.0, 0.0, 1.0]])
        return np.asarray(turn @ level @ aside)

    @property
    def position(self) -> NDArray[np.float64]:
        """(3,): the camera's center in the vehicle frame."""
        return np.array([0.0, 0.0, self.height])

    @property
    def horizon(self) -> float:
        """The row of the horizon in the principal column; the horizon of a rolled camera is a slanted line."""
        up = self.rotation @ np.array([0.0, 0.0, 1.0])
        # Of all directions in the principal column, (0, v, 1), the level one has no part along up.
        level = np.array([0.0, -up[2] / up[1]])
        if self.distortion is not None:
            level = self.distortion.bend(level)
        return float(self.principal[1] + self.focal[1] * level[1])

    @property
    def homography(self) -> NDArray[np.float64]:
        """(3, 3): ground (X, Y, 1) to (x d, y d, d) of the `straight` camera, with the depth d in metres."""
        matrix = np.array([[self.focal[0], 0, self.principal[0]], [0, self.focal[1], self.principal[1]], [0, 0, 1.0]])
        rotation = self.rotation
        columns = [rotation[:, 0], rotation[:, 1], -rotation @ self.position]
        return np.asarray(matrix @ np.stack(columns, axis=1))

    def to_camera(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points (..., 3) of the vehicle frame in camera axes: x right, y down, z depth; metres."""
        return np.asarray((points - self.position) @ self.rotation.T)

    def project(self, points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Where points (N, 3) of the vehicle frame are in the picture.

        Points behind the camera have no place there: their pixels are NaN, not a mirrored phantom. Nor have points so
        far aside that the lens's polynomial folds back.

        Returns:
            pixels (N, 2) float64 x, y, which may lie outside the picture; in front (N,) bool: those that have a pixel.
        """
        x, y, z = np.moveaxis(self.to_camera(np.asarray(points, np.float64)), -1, 0)
        in_front = z > 0
        depth = np.where(in_front, z, np.nan)
        scaled = np.stack([x / depth, y / depth], axis=-1)
        if self.distortion is not None:
            scaled = self.distortion.bend(scaled)
            in_front = in_front & np.isfinite(scaled[..., 0])
        return scaled * self.focal + self.principal, in_front

    def rays(self, pixels: NDArray[np.float64]) -> NDArray[np.float64]:
        """Directions (N, 3) in the vehicle frame that pixels (N, 2) look along; one metre of depth long.

        NaN where a bent lens shows nothing.
        """
        scaled = (np.asarray(pixels, np.float64) - self.principal) / self.focal
        if self.distortion is not None:
            scaled = self.distortion.straighten(scaled)
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


def _number(data: Mapping[str, Any], key: str) -> float:
    return _numbers({key: [data.get(key, 0.0)]}, key, (1,))[0]


def _numbers(data: Mapping[str, Any], key: str, counts: Sequence[int]) -> tuple[float, ...]:
    """The numbers of a key; zeros if it is not there."""
    given = data.get(key, [0.0] * counts[0])
    right = isinstance(given, list | tuple) and len(given) in counts
    if not right or not all(isinstance(value, int | float) and not isinstance(value, bool) for value in given):
        shown = given[0] if isinstance(given, list) and counts == (1,) else given
        raise ValueError(f"{key} {shown!r} is not {' or '.join(map(str, counts))} number{'s' * (max(counts) > 1)}")
    return tuple(map(float, given))

"""What lane lines tell of a camera: pitch and yaw from where they meet, height from how far they lie apart.

Lines that run along the vehicle's way meet in the picture at the image of its forward axis (Caprile & Torre, 1990,
https://doi.org/10.1007/BF00127813). Bends are no straight lines: give the near part of a lane only. Errors are one
standard deviation, propagated to first order.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from perpixel.camera.camera import Camera

Array = NDArray[np.float64]

_STEPS = 20
_SMALL = 1e-6


@dataclass(frozen=True)
class Orientation:
    """How a camera looks, relative to the lines.

    Attributes:
        pitch: radians, positive toward the ground.
        yaw: radians, positive to the left of the lines.
        covariance: (2, 2) of pitch and yaw.
        point: (2,) x, y pixels of the picture (straightened) where the lines meet.
        point_covariance: (2, 2).
    """

    pitch: float
    yaw: float
    covariance: Array
    point: Array
    point_covariance: Array

    @property
    def pitch_error(self) -> float:
        """Radians."""
        return math.sqrt(self.covariance[0, 0])

    @property
    def yaw_error(self) -> float:
        """Radians."""
        return math.sqrt(self.covariance[1, 1])

    def of(self, camera: Camera) -> Camera:
        """The camera with this pitch and yaw."""
        return replace(camera, pitch=self.pitch, yaw=self.yaw)


@dataclass(frozen=True)
class LaneHeight:
    """Metres over the ground, and the error of that."""

    height: float
    error: float

    def of(self, camera: Camera) -> Camera:
        """The camera at this height."""
        return replace(camera, height=self.height)


def orientation_from_lanes(lines: Sequence[Array], camera: Camera, *, sigma: float = 1.0) -> Orientation:
    """Pitch and yaw from lines that are parallel to the vehicle's way.

    Each line is fitted to its points; where it passes the others it is known the worse, the farther that is from its
    points, and counts less. Of three lines and more, the covariance grows with how badly they meet.

    Args:
        lines: two or more arrays (P, 2), P >= 2, of x, y pixels: segments or polylines.
        camera: whose focal lengths, principal point, roll and distortion are known; its other numbers are not used.
        sigma: error of a point across its line, pixels.

    Raises:
        ValueError: fewer than two lines, a line of one point, or lines that meet nowhere near.
    """
    if len(lines) < 2:
        raise ValueError(f"{len(lines)} lines; two at least are needed, such as both borders of the lane")
    fitted = [_fit(_straight(line, camera)) for line in lines]
    point, covariance = _meeting(fitted, sigma)

    def angles(place: Array) -> Array:
        camera_axes = np.append((place - camera.principal) / camera.focal, 1.0)
        cosine, sine = math.cos(camera.roll), math.sin(camera.roll)
        a, b, c = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]]) @ camera_axes
        pitch = -math.atan(b / c)
        return np.array([pitch, math.atan(a / c * math.cos(pitch))])

    pitch, yaw = angles(point)
    slopes = np.stack([(angles(point + step) - angles(point - step)) / 2e-3 for step in np.eye(2) * 1e-3], axis=1)
    return Orientation(float(pitch), float(yaw), slopes @ covariance @ slopes.T, point, covariance)


def height_from_lane(
    left: Array,
    right: Array,
    camera: Camera,
    *,
    width: float = 3.5,
    width_error: float = 0.2,
    sigma: float = 1.0,
    orientation: Orientation | None = None,
) -> LaneHeight:
    """The camera's height from the two borders of a lane of known width.

    The error adds up that of the width (by default 0.2 m, about what lanes called 3.5 m wide differ by), of the points,
    and of the orientation if one is given; the three are taken as independent.

    Args:
        left: (P, 2) x, y pixels, P >= 1; right: (Q, 2).
        camera: with pitch and yaw; its height is not used.
        width: metres from border to border, in the middle of the painted lines.
        sigma: error of a point, pixels.
        orientation: of the camera, for its covariance.

    Raises:
        ValueError: a point at or over the horizon, or `left` is not left of `right`.
    """
    unit = replace(camera, height=1.0)
    apart = _aside(left, unit)[0] - _aside(right, unit)[0]
    if not apart > 0:
        raise ValueError("left is not to the left of right on the ground; exchange them, or check pitch and roll")
    points = _aside(left, unit, sigma)[1] + _aside(right, unit, sigma)[1]
    turned = 0.0
    if orientation is not None:
        slopes = []
        for name in ("pitch", "yaw"):
            values = []
            for step in (_SMALL, -_SMALL):
                other = replace(unit, **{name: getattr(unit, name) + step})
                values.append(_aside(left, other)[0] - _aside(right, other)[0])
            slopes.append((values[0] - values[1]) / (2 * _SMALL))
        turned = float(np.array(slopes) @ orientation.covariance @ np.array(slopes))
    height = width / apart
    relative = (width_error / width) ** 2 + (points + turned) / apart**2
    return LaneHeight(height, height * math.sqrt(relative))


def _straight(line: Array, camera: Camera) -> Array:
    """Points of the picture where a lens that does not bend would put them."""
    line = np.asarray(line, np.float64)
    if line.ndim != 2 or line.shape[1] != 2 or len(line) < 2:
        raise ValueError(f"a line is {line.shape}; expected (P, 2) x, y with two points at least")
    if camera.distortion is None:
        return line
    return camera.distortion.straighten((line - camera.principal) / camera.focal) * camera.focal + camera.principal


def _fit(line: Array) -> tuple[Array, Array, float, int]:
    """Middle, direction, sum of squares along it, and number of points."""
    middle = line.mean(axis=0)
    _, scales, axes = np.linalg.svd(line - middle, full_matrices=False)
    if scales[0] < 1e-9:
        raise ValueError(f"all points of a line are at {middle.tolist()}; two different ones are needed")
    return middle, axes[0], float(scales[0] ** 2), len(line)


def _meeting(lines: Sequence[tuple[Array, Array, float, int]], sigma: float) -> tuple[Array, Array]:
    """The point nearest to all lines, in units of how well each is known there, and its covariance."""
    middles, along = np.array([line[0] for line in lines]), np.array([line[1] for line in lines])
    across = np.stack([-along[:, 1], along[:, 0]], axis=1)
    spread, counts = np.array([line[2] for line in lines]), np.array([line[3] for line in lines])
    offsets = (across * middles).sum(axis=1)
    errors = np.full(len(lines), sigma)
    for _ in range(_STEPS):
        rows = across / errors[:, None]
        normal = rows.T @ rows
        if np.linalg.cond(normal) > 1e12:
            raise ValueError("the lines are parallel in the picture and meet nowhere; give both borders of a lane")
        point = np.linalg.solve(normal, rows.T @ (offsets / errors))
        reach = ((point - middles) * along).sum(axis=1)
        errors = sigma * np.sqrt(1 / counts + reach**2 / spread)
    covariance = np.linalg.inv(normal)
    if len(lines) > 2:
        misses = ((across @ point - offsets) / errors) ** 2
        covariance = covariance * max(1.0, float(misses.sum()) / (len(lines) - 2))
    return point, covariance


def _aside(line: Array, camera: Camera, sigma: float = 0.0) -> tuple[float, float]:
    """Y of a line on the ground, near points counting more, and its variance by the points' errors."""
    line = np.atleast_2d(np.asarray(line, np.float64))
    ground, hit = camera.ground_from_image(line)
    if not hit.all():
        raise ValueError("a point of the lane is at or over the horizon; give the near part only, or check the pitch")
    weights = 1 / (ground**2).sum(axis=1)
    weights /= weights.sum()
    shifted, _ = camera.ground_from_image(line + np.array((_SMALL, 0.0)))
    errors = sigma * (shifted[:, 1] - ground[:, 1]) / _SMALL
    return float(weights @ ground[:, 1]), float(((weights * errors) ** 2).sum())

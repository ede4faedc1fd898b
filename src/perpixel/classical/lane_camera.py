"""Cameras for pictures of which nothing is known, from the two borders of the vehicle's lane."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.camera import BirdsEye, Camera, height_from_lane, orientation_from_lanes
from perpixel.classical.lane_curves import lane_view
from perpixel.classical.lanes import SIDES, straight_lanes
from perpixel.results import Polylines
from perpixel.warp import Size

FOCAL = 1.0  # of the width: 53 degrees across, as dash cameras have
HEIGHTS = (0.8, 3.0)  # metres; a camera outside was not seen right
PITCH, YAW = 0.25, 0.25  # radians
LOOKED_AT = 60  # pictures, the last ones, from which the guess is taken
ALIKE = 0.02  # of the height that horizons differ by, in pictures of one camera


@dataclass
class LaneCameras:
    """The camera of each picture: the one that is given, or a guess from the pictures of its size.

    A picture that seems to show another horizon than the rest may have a camera of its own.

    Attributes:
        given: None if it is not known.
        width: of a lane, metres, from which the height follows.
    """

    given: Camera | None
    width: float = 3.5
    _seen: dict[Size, list[Camera]] = field(default_factory=dict, init=False)
    _last: BirdsEye | None = field(default=None, init=False)

    def look(self, image: NDArray[Any]) -> None:
        """Learn from a picture, if the camera is not given.

        Raises:
            TypeError, ValueError: as `straight_lanes`.
        """
        if self.given is None:
            size = image.shape[0], image.shape[1]
            camera = _of_one(straight_lanes(image), size, self.width)
            if camera is not None:
                seen = self._seen.setdefault(size, [])
                seen.append(camera)
                del seen[:-LOOKED_AT]

    def views(self, image: NDArray[Any], *, alone: bool) -> list[BirdsEye]:
        """Views from above in which to look for a picture's lines; the clearest lines tell which is right.

        Args:
            image: the picture.
            alone: it may have a camera of its own, as frames of a video have not.

        Raises:
            ValueError: the given camera takes pictures of another shape.
        """
        size = image.shape[0], image.shape[1]
        if self.given is not None:
            return [self._view(fitting(self.given, size))]
        common = _middle(self._seen.get(size, ()))
        own = _of_one(straight_lanes(image), size, self.width) if alone else None
        if common is None:
            level = self._view(level_camera(size))
            return [level] if own is None else [lane_view(own), level]
        differs = own is not None and abs(own.horizon - common.horizon) > ALIKE * size[0]
        return [self._view(common), *([lane_view(own)] if own is not None and differs else [])]

    def _view(self, camera: Camera) -> BirdsEye:
        """A new one only if the camera is no longer about the same, as its maps take longer than the lines."""
        if self._last is None or not _alike(self._last.camera, camera):
            self._last = lane_view(camera)
        return self._last


def fitting(camera: Camera, size: Size) -> Camera:
    """A camera for its pictures in another size.

    Raises:
        ValueError: pictures of another shape.
    """
    if camera.size == size:
        return camera
    high, wide = camera.size
    if abs(size[0] * wide / (size[1] * high) - 1) > 0.01:
        raise ValueError(f"the picture is {size[0]}x{size[1]}, its camera's are {high}x{wide}: another shape")
    return camera.resized(size)


def lane_camera(borders: Iterable[Polylines], size: Size, *, width: float = 3.5) -> Camera | None:
    """The middle of what the borders of straight lanes say in pictures of one camera; None if none shows both.

    The focal length is taken to be the picture's width. Where it is not, distances ahead are wrong by as much, but not
    the lines that are found, which go back into the picture as they came.

    Args:
        borders: of each picture, as `straight_lanes` gives them.
        size: (height, width) of the pictures.
        width: of a lane, metres.
    """
    return _middle([camera for each in borders if (camera := _of_one(each, size, width)) is not None])


def _middle(found: Sequence[Camera]) -> Camera | None:
    if not found:
        return None
    pitch, yaw, high = np.median([(each.pitch, each.yaw, each.height) for each in found], axis=0).tolist()
    return replace(found[0], pitch=pitch, yaw=yaw, height=high)


def level_camera(size: Size) -> Camera:
    """The guess where nothing is seen: the horizon in the middle, 1.4 metres high."""
    height, width = size
    return Camera((FOCAL * width, FOCAL * width), ((width - 1) / 2, (height - 1) / 2), size, height=1.4)


def _alike(one: Camera, other: Camera) -> bool:
    """Whether cameras differ by no more than guesses do."""
    turned = max(abs(one.pitch - other.pitch), abs(one.yaw - other.yaw))
    same = replace(one, pitch=other.pitch, yaw=other.yaw, height=other.height) == other
    return same and turned < 0.002 and abs(one.height / other.height - 1) < 0.02


def _of_one(borders: Polylines, size: Size, width: float) -> Camera | None:
    sides: dict[str, NDArray[np.float64]] = {
        SIDES[label].name: line for label, line in zip(borders.labels, borders.lines, strict=True)
    }
    if len(sides) < 2:
        return None
    camera = level_camera(size)
    try:
        camera = orientation_from_lanes([sides["left"], sides["right"]], camera).of(camera)
        if abs(camera.pitch) > PITCH or abs(camera.yaw) > YAW:
            return None
        camera = height_from_lane(sides["left"], sides["right"], camera, width=width).of(camera)
    except ValueError:  # the lines are parallel, or meet below their own upper ends
        return None
    return camera if HEIGHTS[0] <= camera.height <= HEIGHTS[1] else None

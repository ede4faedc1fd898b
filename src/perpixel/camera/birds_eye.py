"""The ground around a vehicle as it would look from straight above (inverse perspective mapping)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.camera.camera import Camera
from perpixel.camera.extent import Extent, grid_size
from perpixel.warp import Size

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BirdsEye:
    """A view from above: forward is up, left is left, all pixels are squares of the same size on flat ground.

    Whatever rises from the ground smears away from the camera. Pixels of the view are x to the right, y down, centers
    at whole numbers, as in every picture here: the view's upper left corner, X to and Y to of the extent, is at
    (-0.5, -0.5). MathWorks' birdsEyeView counts from that corner itself: its numbers are ours plus 0.5.

    Attributes:
        camera: that takes the pictures.
        extent: X from, X to, Y from, Y to; metres in the vehicle frame.
        resolution: side of a pixel, metres.

    Raises:
        ValueError: an empty extent, a resolution that is not positive, or a view of more than 32767 pixels a side.
    """

    camera: Camera
    extent: Extent = (0.0, 40.0, -10.0, 10.0)
    resolution: float = 0.05

    def __post_init__(self) -> None:
        grid_size(self.extent, self.resolution)

    @classmethod
    def of_width(cls, camera: Camera, extent: Extent, width: int) -> BirdsEye:
        """The view that is `width` pixels wide; its height follows."""
        if width < 1:
            raise ValueError(f"width {width} must be at least 1 pixel")
        return cls(camera, extent, (extent[3] - extent[2]) / width)

    @property
    def size(self) -> Size:
        """(height, width) of the view in pixels."""
        return grid_size(self.extent, self.resolution)

    def from_ground(self, points: Array) -> Array:
        """Pixels (..., 2) of the view where ground points (..., 2) X, Y are."""
        points = np.asarray(points, np.float64)
        corner = np.array([self.extent[3], self.extent[1]])
        return np.asarray((corner - points[..., ::-1]) / self.resolution - 0.5)

    def to_ground(self, pixels: Array) -> Array:
        """Ground points (..., 2) X, Y metres at pixels (..., 2) of the view."""
        corner = np.array([self.extent[3], self.extent[1]])
        return np.asarray((corner - (np.asarray(pixels, np.float64) + 0.5) * self.resolution)[..., ::-1])

    def from_image(self, pixels: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Where pixels (N, 2) of the picture are in the view.

        Returns:
            pixels (N, 2) of the view, NaN for those at or over the horizon; hit (N,) bool.
        """
        ground, hit = self.camera.ground_from_image(pixels)
        return self.from_ground(ground), hit

    def to_image(self, pixels: Array) -> tuple[Array, NDArray[np.bool_]]:
        """Where pixels (..., 2) of the view are in the picture.

        Returns:
            pixels (..., 2) of the picture, NaN behind the camera; seen (...) bool: those inside the picture.
        """
        ground = self.to_ground(pixels)
        found, _ = self.camera.project(np.concatenate([ground, np.zeros_like(ground[..., :1])], axis=-1))
        return found, _inside(found, self.camera.size)

    @cached_property
    def valid(self) -> NDArray[np.bool_]:
        """(height, width) bool of the view: where the picture shows the ground; never over the horizon or behind."""
        return self._to_image[1]

    def picture(self, image: NDArray[Any], *, outside: float = 0.0) -> NDArray[Any]:
        """The view (height, width[, C]) of a picture (H, W[, C]), between pixels bilinear; see `valid`."""
        return self._moved(image, self._to_image, self.camera.size, cv2.INTER_LINEAR, outside)

    def ids(self, ids: NDArray[Any], *, outside: int) -> NDArray[Any]:
        """The view of a map of labels or a mask (H, W): the nearest one, never a mixture."""
        return self._moved(ids, self._to_image, self.camera.size, cv2.INTER_NEAREST, outside)

    @cached_property
    def covered(self) -> NDArray[np.bool_]:
        """(H, W) bool of the picture: where it shows ground inside the view."""
        return self._to_view[1]

    def picture_back(self, view: NDArray[Any], *, outside: float = 0.0) -> NDArray[Any]:
        """The picture (H, W[, C]) of what is drawn in the view, such as a lane or a grid; see `covered`."""
        return self._moved(view, self._to_view, self.size, cv2.INTER_LINEAR, outside)

    def ids_back(self, ids: NDArray[Any], *, outside: int) -> NDArray[Any]:
        """The picture (H, W) of labels or a mask in the view: the nearest one."""
        return self._moved(ids, self._to_view, self.size, cv2.INTER_NEAREST, outside)

    @cached_property
    def _to_image(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        return _sources(*self.to_image(_centers(self.size)))

    @cached_property
    def _to_view(self) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
        pixels, _ = self.from_image(_centers(self.camera.size))
        return _sources(pixels, _inside(pixels, self.size))

    def _moved(
        self,
        array: NDArray[Any],
        sources: tuple[NDArray[np.float32], NDArray[np.bool_]],
        expected: Size,
        how: int,
        outside: float,
    ) -> NDArray[Any]:
        if array.shape[:2] != expected:
            raise ValueError(f"the picture is {array.shape[:2]}, expected {expected}; see Camera.resized")
        plain = array.view(np.uint8) if array.dtype == np.bool_ else array
        (x, y), seen = sources
        moved = cv2.remap(plain, x, y, how, borderMode=cv2.BORDER_REPLICATE).reshape(*seen.shape, *array.shape[2:])
        moved[~seen] = outside
        return moved.view(array.dtype)


def _centers(size: Size) -> Array:
    rows, columns = np.indices(size, np.float64)
    return np.stack([columns, rows], axis=-1)


def _inside(pixels: Array, size: Size) -> NDArray[np.bool_]:
    """Whether points (..., 2) are on a pixel of a picture; NaN is not."""
    high = np.array([size[1], size[0]]) - 0.5
    return np.asarray(((pixels >= -0.5) & (pixels <= high)).all(axis=-1))


def _sources(pixels: Array, seen: NDArray[np.bool_]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    found = np.where(seen[..., None], pixels, 0.0)
    return np.ascontiguousarray(np.moveaxis(found, -1, 0), np.float32), seen

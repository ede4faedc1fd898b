"""One geometric change, sampled once, that moves a picture and every kind of truth alike."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import ceil
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.stretch import stretch

Size = tuple[int, int]


@dataclass(frozen=True)
class Warp:
    """Where each pixel of the output comes from in the input.

    Output pixel (x, y) takes the input at `matrix @ (x + dx, y + dy, 1)`, where (dx, dy) is `displacement[y, x]`
    if there is one. Pixel centers are at whole numbers, x to the right, y down.

    Attributes:
        matrix: (3, 3) float64, affine, output to input.
        size: (height, width) of the output.
        displacement: (height, width, 2) float32 pixels of the output, or None.
    """

    matrix: NDArray[np.float64]
    size: Size
    displacement: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if self.matrix.shape != (3, 3) or not np.array_equal(self.matrix[2], (0, 0, 1)):
            raise ValueError(f"matrix {self.matrix.tolist()} is not affine: expected (3, 3) with a last row of 0 0 1")
        if min(self.size) < 1:
            raise ValueError(f"size {self.size} must be at least 1 x 1")
        if self.displacement is not None and self.displacement.shape != (*self.size, 2):
            raise ValueError(f"displacement is {self.displacement.shape}; expected {(*self.size, 2)}")

    @classmethod
    def identity(cls, size: Size) -> Warp:
        return cls(np.eye(3), size)

    @property
    def mirrored(self) -> bool:
        """Whether left and right change places, so that mirror classes must too."""
        return bool(np.linalg.det(self.matrix[:2, :2]) < 0)

    @property
    def exact(self) -> bool:
        """Whether pixels only move by whole steps (crops, flips): then nothing is resampled."""
        whole = np.array_equal(np.abs(self.matrix[:2, :2]), np.eye(2)) and np.array_equal(
            self.matrix, np.rint(self.matrix)
        )
        return whole and self.displacement is None

    @property
    def _upright(self) -> bool:
        """Whether rows stay rows and columns columns."""
        return bool(self.matrix[0, 1] == 0 == self.matrix[1, 0]) and self.displacement is None

    @property
    def shrink(self) -> float:
        """How many input pixels lie along one output pixel: 2 halves the picture, 0.5 doubles it."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:2, :2]))))

    def picture(self, image: NDArray[Any], *, outside: float | None = None) -> NDArray[Any]:
        """Move a picture (H, W[, C]), uint8, uint16 or float32, interpolating between pixels.

        `outside` fills what lies beyond the input; None mirrors the picture there. Down to half size the two by two
        pixels of bilinear interpolation cover the picture; beyond, it is blurred first, so that nothing flickers.
        """
        if outside is None and self._upright and not self.exact and self.shrink <= 2:
            m, layers = self.matrix, image.reshape(*image.shape[:2], -1)
            moved = stretch(layers, step=(m[1, 1], m[0, 0]), start=(m[1, 2], m[0, 2]), size=self.size)
            return moved.reshape(*self.size, *image.shape[2:])
        interpolation = cv2.INTER_NEAREST if self.exact else cv2.INTER_LINEAR
        return self._remap(image, interpolation, outside, sigma=(self.shrink - 1) / 2 if self.shrink > 2 else 0)

    def ids(self, ids: NDArray[Any], *, outside: int) -> NDArray[Any]:
        """Move a map of ids (H, W), any integer or bool type: the nearest one, never a mixture."""
        # OpenCV moves no int32, int64 or bool, but the nearest pixel's bytes move whatever they mean.
        part: np.dtype[Any] = np.dtype(np.uint16 if ids.dtype.itemsize in (2, 8) else np.uint8)
        fill = np.array([outside]).astype(ids.dtype).view(part)
        planes = np.ascontiguousarray(ids).view(part).reshape(*ids.shape, len(fill))
        return np.ascontiguousarray(self._remap(planes, cv2.INTER_NEAREST, fill)).view(ids.dtype)[:, :, 0]

    def values(self, values: NDArray[np.float32], *, outside: float) -> NDArray[Any]:
        """Move a map of measurements (H, W), each taken from its nearest pixel, not mixed with its neighbors."""
        return self._remap(values, cv2.INTER_NEAREST, outside)

    def points(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move points (N, 2) x, y of the input to the output.

        A displacement has no formula for its inverse: it is found by steps, to about a hundredth of a pixel where the
        displacement is smooth.
        """
        inverse = np.linalg.inv(self.matrix)
        straight: NDArray[np.float64] = points @ inverse[:2, :2].T + inverse[:2, 2]
        moved = straight
        if self.displacement is not None and len(points):
            for _ in range(_INVERSION_STEPS):
                moved = straight - _between(self.displacement, moved)
        return moved

    def _remap(
        self, array: NDArray[Any], interpolation: int, outside: float | NDArray[Any] | None, *, sigma: float = 0
    ) -> NDArray[Any]:
        """The output taken from an array (H, W[, C]) that is blurred by `sigma` before."""
        if self.exact and (inside := self._slice(array.shape)) is not None:
            return array[inside].copy()
        channels = array.shape[2] if array.ndim == 3 else 1
        if channels > 4:  # OpenCV fills a constant border only in the first four channels
            planes = [self._remap(array[:, :, i], interpolation, outside, sigma=sigma) for i in range(channels)]
            return np.stack(planes, axis=2)
        border = cv2.BORDER_REFLECT_101 if outside is None else cv2.BORDER_CONSTANT
        value = np.broadcast_to(0.0 if outside is None else np.asarray(outside, np.float64), channels).tolist()
        rows, columns = self._window(array.shape, margin=ceil(4 * sigma) + 1)
        near = array[rows, columns]
        if sigma:
            near = cv2.GaussianBlur(near, (0, 0), sigma, borderType=cv2.BORDER_REFLECT_101)
        if self.displacement is None:
            matrix = self.matrix[:2] - [[0, 0, columns.start], [0, 0, rows.start]]
            flags = interpolation | cv2.WARP_INVERSE_MAP
            moved = cv2.warpAffine(near, matrix, self.size[::-1], flags=flags, borderMode=border, borderValue=value)
        else:
            x, y = (plane - np.float32(part.start) for plane, part in zip(self._sources, (columns, rows), strict=True))
            moved = cv2.remap(near, x, y, interpolation, borderMode=border, borderValue=value)
        return moved.reshape(*self.size, *array.shape[2:])  # OpenCV drops a channel axis of one

    def _slice(self, shape: tuple[int, ...]) -> tuple[slice, slice] | None:
        """The rows and columns of the input that are the output, or None if some of it lies outside."""
        slices = []
        for axis, length, side in ((1, shape[0], self.size[0]), (0, shape[1], self.size[1])):
            step, first = int(self.matrix[axis, axis]), int(self.matrix[axis, 2])
            last = first + step * (side - 1)
            if min(first, last) < 0 or max(first, last) >= length:
                return None
            stop = last + step
            slices.append(slice(first, stop if stop >= 0 else None, step))
        return slices[0], slices[1]

    def _window(self, shape: tuple[int, ...], *, margin: int) -> tuple[slice, slice]:
        """The rows and columns of the input that the output can see, and a margin; mirrored places are seen too.

        OpenCV takes no picture of 32768 pixels or more a side, and what is not seen need not be touched.
        """
        low, high = self._seen
        last = np.array([shape[1], shape[0]]) - 1
        x0, y0 = np.clip(np.minimum(low, 2 * last - high) - margin, 0, last).tolist()
        x1, y1 = np.clip(np.maximum(high, -low) + margin, 0, last).tolist()
        return slice(y0, y1 + 1), slice(x0, x1 + 1)

    @cached_property
    def _seen(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The least and the greatest x and y of the input, as two pairs of whole numbers around all that is seen."""
        if self.displacement is None:
            right, bottom = self.size[1] - 1, self.size[0] - 1
            places = (self.matrix @ np.array([[0, right, 0, right], [0, 0, bottom, bottom], [1, 1, 1, 1]]))[:2]
        else:
            places = np.array([(plane.min(), plane.max()) for plane in self._sources], np.float64)
        return np.floor(places.min(axis=1)).astype(np.int64), np.ceil(places.max(axis=1)).astype(np.int64)

    @cached_property
    def _sources(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Where each output pixel comes from: x and y, each (height, width)."""
        displacement = np.zeros((*self.size, 2), np.float32) if self.displacement is None else self.displacement
        x = displacement[:, :, 0] + np.arange(self.size[1], dtype=np.float32)
        y = displacement[:, :, 1] + np.arange(self.size[0], dtype=np.float32)[:, None]
        m = self.matrix.astype(np.float32)
        return m[0, 0] * x + m[0, 1] * y + m[0, 2], m[1, 0] * x + m[1, 1] * y + m[1, 2]


_INVERSION_STEPS = 12


def _between(field: NDArray[np.float32], points: NDArray[np.float64]) -> NDArray[np.float64]:
    """The vectors (N, 2) of a field (H, W, 2) at points between its pixels; beyond its border, the border's."""
    limit = np.array([field.shape[1] - 1, field.shape[0] - 1], np.float64)
    inside = np.clip(points, 0, limit)
    low = np.minimum(np.floor(inside), np.maximum(limit - 1, 0)).astype(np.intp)
    high = np.minimum(low + 1, limit.astype(np.intp))
    share = inside - low
    upper = field[low[:, 1], low[:, 0]] * (1 - share[:, :1]) + field[low[:, 1], high[:, 0]] * share[:, :1]
    lower = field[high[:, 1], low[:, 0]] * (1 - share[:, :1]) + field[high[:, 1], high[:, 0]] * share[:, :1]
    return np.asarray(upper * (1 - share[:, 1:]) + lower * share[:, 1:])

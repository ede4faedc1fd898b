"""One geometric change, sampled once, that moves a picture and every kind of truth alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

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

    def picture(self, image: NDArray[Any], *, outside: float | None = None) -> NDArray[Any]:
        """Move a picture (H, W[, C]), uint8, uint16 or float32, interpolating between pixels.

        `outside` fills what lies beyond the input; None mirrors the picture there.
        """
        return self._remap(image, cv2.INTER_LINEAR, outside)

    def ids(self, ids: NDArray[Any], *, outside: int) -> NDArray[Any]:
        """Move a map of ids (H, W), any integer or bool type: the nearest one, never a mixture."""
        if ids.dtype in (np.uint8, np.uint16, np.int16):
            return self._remap(ids, cv2.INTER_NEAREST, outside)
        # OpenCV remaps no int32 or bool, and float32 holds whole numbers only to 2**24: float64 holds them all.
        return self._remap(ids.astype(np.float64), cv2.INTER_NEAREST, outside).astype(ids.dtype)

    def values(self, values: NDArray[np.float32], *, outside: float) -> NDArray[Any]:
        """Move a map of measurements (H, W), each taken from its nearest pixel, not mixed with its neighbors."""
        return self._remap(values, cv2.INTER_NEAREST, outside)

    def points(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Move points (N, 2) x, y of the input to the output. A displacement is undone to first order."""
        inverse = np.linalg.inv(self.matrix)
        moved = points @ inverse[:2, :2].T + inverse[:2, 2]
        if self.displacement is not None and len(moved):
            height, width = self.size
            column = np.clip(np.rint(moved[:, 0]), 0, width - 1).astype(np.intp)
            row = np.clip(np.rint(moved[:, 1]), 0, height - 1).astype(np.intp)
            moved = moved - self.displacement[row, column]
        return moved

    def _remap(self, array: NDArray[Any], interpolation: int, outside: float | None) -> NDArray[Any]:
        border = cv2.BORDER_REFLECT_101 if outside is None else cv2.BORDER_CONSTANT
        value = (0.0 if outside is None else float(outside),) * 4
        if array.ndim == 3 and array.shape[2] > 4:  # OpenCV fills a constant border only in the first four channels
            planes = [self._remap(array[:, :, c], interpolation, outside) for c in range(array.shape[2])]
            return np.stack(planes, axis=2)
        height, width = self.size
        if self.displacement is None:
            flags = interpolation | cv2.WARP_INVERSE_MAP
            return cv2.warpAffine(
                array, self.matrix[:2], (width, height), flags=flags, borderMode=border, borderValue=value
            )
        grid = np.indices(self.size, dtype=np.float32)
        x, y = grid[1] + self.displacement[:, :, 0], grid[0] + self.displacement[:, :, 1]
        m = self.matrix.astype(np.float32)
        from_x = m[0, 0] * x + m[0, 1] * y + m[0, 2]
        from_y = m[1, 0] * x + m[1, 1] * y + m[1, 2]
        return cv2.remap(array, from_x, from_y, interpolation, borderMode=border, borderValue=value)

"""A picture as a model takes it: its channels, its type."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.errors import ModelError
from perpixel.spec import InputSpec


def fit_input(image: NDArray[Any], expected: InputSpec) -> NDArray[Any]:
    """The picture (H, W[, C]) with the channels and the type that a graph takes.

    Gray becomes RGB by repeating; alpha is dropped; RGB becomes gray by its luma. 16 bits become 8 by dividing by 257,
    8 become 16 by multiplying. Floats must be of the model's own range.

    Raises:
        ModelError: another number of channels, or a type that cannot be made the model's.
    """
    image = image[:, :, None] if image.ndim == 2 else image
    if image.ndim != 3 or not image.size:
        raise ModelError(f"the picture is {image.shape}; expected (H, W, C) with at least one pixel")
    return _typed(_channels(image, expected.channels), np.dtype(expected.dtype))


def _channels(image: NDArray[Any], wanted: int) -> NDArray[Any]:
    found = image.shape[2]
    if found == wanted:
        return image
    if found == 4 and wanted in (1, 3):
        image, found = np.ascontiguousarray(image[:, :, :3]), 3
    if found == 2 and wanted in (1, 3):  # gray and alpha
        image, found = image[:, :, :1], 1
    if found == wanted:
        return image
    if found == 1 and wanted == 3:
        return np.repeat(image, 3, axis=2)
    if found == 3 and wanted == 1:
        return np.asarray(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY))[:, :, None]
    raise ModelError(f"the picture has {found} channels; the model takes {wanted}")


def _typed(image: NDArray[Any], wanted: np.dtype[Any]) -> NDArray[Any]:
    if image.dtype == wanted:
        return image
    if image.dtype == np.uint16 and wanted == np.uint8:
        return (image // 257).astype(np.uint8)
    if image.dtype == np.uint8 and wanted == np.uint16:
        return image.astype(np.uint16) * 257
    if image.dtype == np.bool_ and wanted == np.uint8:
        return image.astype(np.uint8) * 255
    raise ModelError(f"the picture is {image.dtype}; the model takes {wanted}")

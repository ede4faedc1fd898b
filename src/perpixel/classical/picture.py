"""What every classical method asks of a picture, and the forms in which it may want it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray


def channels_last(image: NDArray[Any]) -> NDArray[Any]:
    """(H, W, C) of a picture (H, W) or (H, W, C) that has pixels, and only finite ones; bool becomes uint8.

    Raises:
        TypeError: not numbers: neither bool, integers nor floats.
        ValueError: another shape, no pixels, or NaN or infinity; the message names the first.
    """
    image = np.asarray(image)
    if image.ndim not in (2, 3):
        raise ValueError(f"the picture has shape {image.shape}; expected (H, W) or (H, W, C)")
    if image.dtype.kind not in "buif":
        raise TypeError(f"the picture is of type {image.dtype}; expected integers or floats")
    if not image.size:
        raise ValueError(f"the picture of shape {image.shape} is empty; it needs at least one pixel")
    if image.dtype.kind == "f" and not np.isfinite(image).all():
        row, column = np.argwhere(~np.isfinite(image))[0][:2]
        raise ValueError(
            f"the picture has NaN or infinity, first at row {row}, column {column}; put numbers there, as by "
            "np.nan_to_num"
        )
    if image.dtype.kind == "b":
        image = image.view(np.uint8)
    return image if image.ndim == 3 else image[:, :, None]


def as_rgb(image: NDArray[Any]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 of what `channels_last` takes: for methods of OpenCV that know nothing else.

    uint16 is divided by 257; floats must be in [0, 1]; True is 255. One channel is repeated; a second or a fourth
    (alpha) is dropped.

    Raises:
        ValueError: floats outside [0, 1], or another type or number of channels; and as `channels_last` says.
    """
    bits = np.asarray(image).dtype.kind == "b"
    image = channels_last(image)
    count = image.shape[2]
    if count > 4:
        raise ValueError(f"the picture has {count} channels; this method sees gray or RGB: choose up to three of them")
    image = image[:, :, : 3 if count >= 3 else 1]
    if image.dtype == np.uint16:
        image = ((image.astype(np.uint32) + 128) // 257).astype(np.uint8)
    elif image.dtype.kind == "f":
        low, high = float(image.min()), float(image.max())
        if low < 0 or high > 1:
            raise ValueError(f"the picture's floats go from {low:g} to {high:g}; bring them to [0, 1] first")
        image = np.rint(image * 255).astype(np.uint8)
    elif bits:
        image = image * np.uint8(255)
    elif image.dtype != np.uint8:
        raise ValueError(f"the picture is of type {image.dtype}; this method sees uint8, uint16 or floats in [0, 1]")
    return np.ascontiguousarray(image if image.shape[2] == 3 else np.repeat(image, 3, axis=2))


def as_gray(image: NDArray[Any]) -> NDArray[np.uint8]:
    """(H, W) uint8 of what `as_rgb` takes: 0.299 red + 0.587 green + 0.114 blue."""
    if np.ndim(image) == 2 or np.shape(image)[-1] <= 2:
        return np.ascontiguousarray(as_rgb(image)[:, :, 0])
    return np.asarray(cv2.cvtColor(as_rgb(image), cv2.COLOR_RGB2GRAY), np.uint8)

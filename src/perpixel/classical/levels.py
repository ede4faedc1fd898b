"""Colors on one scale, so that a tolerance means the same in 8-bit, 16-bit and float pictures."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classical.picture import channels_last


def levels(image: NDArray[Any]) -> NDArray[np.float32]:
    """(H, W, C) float32 from 0 to 255 of any number of channels; nothing is rounded.

    uint16 is divided by 257, floats must be in [0, 1] and are multiplied by 255; so is bool.

    Raises:
        ValueError: floats outside [0, 1], or another type; and as `channels_last` says.
    """
    kind = np.asarray(image).dtype
    image = channels_last(image)
    if kind == np.uint8:
        return image.astype(np.float32)
    if kind == np.uint16:
        return image.astype(np.float32) / np.float32(257)
    if kind.kind == "b":
        return image.astype(np.float32) * 255
    if kind.kind != "f":
        raise ValueError(f"the picture is of type {kind}; this method sees uint8, uint16, bool or floats in [0, 1]")
    low, high = float(image.min()), float(image.max())
    if low < 0 or high > 1:
        raise ValueError(f"the picture's floats go from {low:g} to {high:g}; bring them to [0, 1] first")
    return image.astype(np.float32) * 255


def perceived(image: NDArray[Any]) -> NDArray[np.float32]:
    """(H, W, C) float32 in which equal distances look about equally far: CIE Lab of gray and RGB pictures.

    Lightness goes from 0 to 100, as does every channel of pictures with more than four, which nobody sees as colors.
    A second or a fourth channel is alpha, and dropped.
    """
    values = levels(image)
    count = values.shape[2]
    if count > 4:
        return values * np.float32(100 / 255)
    rgb = values[:, :, :3] if count >= 3 else np.repeat(values[:, :, :1], 3, axis=2)
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb) / np.float32(255), cv2.COLOR_RGB2LAB), np.float32)


def brightness(image: NDArray[Any]) -> NDArray[Any]:
    """(H, W) brightness in the picture's own units: 0.299 red + 0.587 green + 0.114 blue; one channel as it is.

    Raises:
        ValueError: more than four channels; and as `channels_last` says.
    """
    image = channels_last(image)
    count = image.shape[2]
    if count > 4:
        raise ValueError(f"the picture has {count} channels, and no brightness: choose one of them")
    if count <= 2:
        return image[:, :, 0]
    return np.asarray(image[:, :, :3] @ np.array([0.299, 0.587, 0.114]))

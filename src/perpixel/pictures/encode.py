"""Arrays to files: encoded in memory first, so that a file is whole or not there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.files import atomic_write


def write_png(path: Path, image: NDArray[Any]) -> None:
    """Write (H, W) or (H, W, 1 | 3 | 4), uint8 or uint16, RGB, as PNG.

    Raises:
        ValueError: another shape or type.
        PerpixelError: the file cannot be written.
    """
    atomic_write(path, encode_png(image))


def write_jpeg(path: Path, image: NDArray[np.uint8], *, quality: int = 90) -> None:
    """Write (H, W) or (H, W, 1 | 3) uint8, RGB, as JPEG of this quality, 1 to 100.

    Raises:
        ValueError: another shape or type.
        PerpixelError: the file cannot be written.
    """
    atomic_write(path, encode_jpeg(image, quality=quality))


def encode_png(image: NDArray[Any]) -> bytes:
    """The bytes that `write_png` writes."""
    _check(image, (1, 3, 4), (np.uint8, np.uint16))
    return _encode(".png", image, [])


def encode_jpeg(image: NDArray[np.uint8], *, quality: int = 90) -> bytes:
    """The bytes that `write_jpeg` writes."""
    _check(image, (1, 3), (np.uint8,))
    return _encode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])


def _check(image: NDArray[Any], channels: tuple[int, ...], types: tuple[type, ...]) -> None:
    found = 1 if image.ndim == 2 else image.shape[2] if image.ndim == 3 else 0
    if found not in channels or image.dtype not in types or not image.size:
        names = " or ".join(np.dtype(kind).name for kind in types)
        raise ValueError(
            f"a picture of shape {image.shape} and type {image.dtype}; expected (H, W, {channels}) {names}"
        )


def _encode(suffix: str, image: NDArray[Any], options: Sequence[int]) -> bytes:
    if image.ndim == 3 and image.shape[2] == 3:
        image = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    elif image.ndim == 3 and image.shape[2] == 4:
        image = cv2.cvtColor(image, cv2.COLOR_RGBA2BGRA)
    encoded, data = cv2.imencode(suffix, np.ascontiguousarray(image), options)
    if not encoded:
        raise ValueError(f"a picture of shape {image.shape} cannot be saved as {suffix}")
    return bytes(data)

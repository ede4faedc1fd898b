"""Bytes to arrays: the one door for pictures."""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.errors import PictureError
from perpixel.pictures import tiff
from perpixel.pictures.header import MAX_PIXELS, Header, read_header

PICTURE_SUFFIXES = frozenset((".jpg", ".jpeg", ".jpe", ".png", ".bmp", ".webp", ".tif", ".tiff"))


def decode_picture(
    data: bytes, *, max_pixels: int = MAX_PIXELS, orient: bool = True, name: str = "picture"
) -> NDArray[Any]:
    """Decode JPEG, PNG, BMP, WebP or TIFF to (H, W, C), uint8 or uint16.

    Always three-dimensional: gray has one channel. Color is RGB or RGBA; palettes are looked up and CMYK is converted;
    a TIFF may have any number of channels. With `orient` the picture is turned upright as its EXIF says.

    Raises:
        PictureError: not a picture, damaged, cut off, or of more than `max_pixels` pixels.
    """
    header = read_header(data, max_pixels=max_pixels, name=name)
    if header.format == "TIFF":
        try:
            image = tiff.read_picture(data)
        except ValueError as error:
            raise PictureError(f"{name}: {error}") from error
    else:
        image = _by_opencv(data, header, name)
    if image.shape[:2] != header.size:
        raise PictureError(f"{name}: the header says {header.size}, the picture is {image.shape[:2]}; copy it again")
    return upright(image, header.orientation) if orient else image


def read_picture(path: Path, *, max_pixels: int = MAX_PIXELS, orient: bool = True) -> NDArray[Any]:
    """Read a file as `decode_picture` does.

    Raises:
        PictureError: the file cannot be read, or is no picture.
    """
    return decode_picture(read_bytes(path), max_pixels=max_pixels, orient=orient, name=str(path))


def picture_size(path: Path, *, max_pixels: int = MAX_PIXELS) -> tuple[int, int]:
    """(height, width) after the orientation, from the header alone: some tens of microseconds.

    Raises:
        PictureError: the file cannot be read, or is no picture.
    """
    return read_file_header(path, max_pixels=max_pixels).upright_size


def read_file_header(path: Path, *, max_pixels: int = MAX_PIXELS) -> Header:
    """The header of a file, of which only the parts that are needed are read from the disk.

    Raises:
        PictureError: the file cannot be read, or is no picture.
    """
    try:
        with path.open("rb") as file:
            if not file.seek(0, 2):
                return read_header(b"", name=str(path))
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
                return read_header(view, max_pixels=max_pixels, name=str(path))
    except OSError as error:
        raise PictureError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_bytes(path: Path) -> bytes:
    """The bytes of a file.

    Raises:
        PictureError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"{path}: cannot be read: {error.strerror or error}") from error


def upright(image: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Turn (H, W[, C]) as EXIF's orientation 1 to 8 says."""
    if orientation >= 5:
        image = image.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)


def _by_opencv(data: bytes, header: Header, name: str) -> NDArray[Any]:
    try:
        # UNCHANGED keeps gray, alpha and 16 bits, and leaves the orientation to us.
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise PictureError(
            f"{name}: the {header.format} cannot be decoded ({error.err}); copy the file again"
        ) from error
    if image is None or image.dtype not in (np.uint8, np.uint16):
        raise PictureError(f"{name}: the {header.format} is damaged and cannot be decoded; copy the file again")
    stored = image[:, :, None] if image.ndim == 2 else image
    if header.format == "PNG":
        # A color key makes OpenCV add an alpha channel; a palette's transparency is no channel of the picture either.
        wanted = {1: 3 if header.palette else 1, 2: 4}.get(header.channels, header.channels)
        stored = _with_channels(stored, wanted)
    if stored.shape[2] == 3:
        return cv2.cvtColor(stored, cv2.COLOR_BGR2RGB)
    return cv2.cvtColor(stored, cv2.COLOR_BGRA2RGBA) if stored.shape[2] == 4 else stored


def _with_channels(image: NDArray[Any], wanted: int) -> NDArray[Any]:
    if image.shape[2] < wanted:
        code = {(1, 3): cv2.COLOR_GRAY2BGR, (1, 4): cv2.COLOR_GRAY2BGRA, (3, 4): cv2.COLOR_BGR2BGRA}
        return cv2.cvtColor(image, code[image.shape[2], wanted])
    return np.ascontiguousarray(image[:, :, :wanted])

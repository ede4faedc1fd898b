"""Masks as stored: the numbers in the file, never its colors, never turned, never cut from 16 bits to 8."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL.BmpImagePlugin import BmpImageFile
from PIL.PngImagePlugin import PngImageFile

from perpixel.errors import MaskError, PictureError
from perpixel.pictures import MAX_PIXELS, Header, decode_picture, read_header
from perpixel.pictures.tiff import read_values

_OPENERS: dict[str, Callable[[io.BytesIO], Any]] = {"PNG": PngImageFile, "BMP": BmpImageFile}


@dataclass(frozen=True)
class RawMask:
    """The numbers of a mask file.

    Attributes:
        values: (H, W) uint8 or uint16, or (H, W, 3) where the file has colors.
        palette: (n, 3) uint8, what each value looks like, if the file has a palette.
        orientation: EXIF's, 1 to 8. It is not applied: what a mask's turn means depends on its picture's.
    """

    values: NDArray[Any]
    palette: NDArray[np.uint8] | None = None
    orientation: int = 1

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.values.shape[0], self.values.shape[1]


def read_raw(path: Path, *, max_pixels: int = MAX_PIXELS) -> RawMask:
    """Read a mask file as `decode_raw` does.

    Raises:
        MaskError: the file cannot be read, or cannot be a mask.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise MaskError(f"{path}: cannot be read: {error.strerror or error}") from error
    return decode_raw(data, max_pixels=max_pixels, name=str(path))


def decode_raw(data: bytes, *, max_pixels: int = MAX_PIXELS, name: str = "mask") -> RawMask:
    """The numbers in a mask: PNG of 1 to 16 bits (gray, palette, RGB, RGBA if opaque), BMP, TIFF or lossless WebP.

    A palette's index is kept, and the values of 1-, 2- and 4-bit files are not stretched to 255.

    Raises:
        MaskError: no picture, damaged, lossy (JPEG), half transparent, or with values that are no labels.
    """
    try:
        header = read_header(data, max_pixels=max_pixels, name=name)
        if header.lossy:
            raise MaskError(
                f"{name}: a {header.format} mask, whose labels lossy compression has changed; "
                "save masks as PNG from the tool that made them"
            )
        values, palette = _values(data, header, name)
    except PictureError as error:
        raise MaskError(str(error)) from error
    if values.shape[:2] != header.size:
        raise MaskError(f"{name}: the header says {header.size}, the mask is {values.shape[:2]}; copy the file again")
    return RawMask(_labels(values, name), palette, header.orientation)


def _values(data: bytes, header: Header, name: str) -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
    if header.format == "TIFF":
        try:
            return read_values(data)
        except ValueError as error:
            raise MaskError(f"{name}: {error}") from error
    if header.palette:  # OpenCV would look the colors up and lose the index
        return _index(data, header.format, name)
    values = decode_picture(data, max_pixels=header.size[0] * header.size[1], orient=False, name=name)
    if header.format == "PNG" and header.channels == 1:
        values = values[:, :, 0]
        return (values // (255 // (2**header.bits - 1)) if header.bits < 8 else values), None
    if header.format == "PNG" and header.channels == 2:
        return values[:, :, [0, 3]], None
    return values, None


def _index(data: bytes, form: str, name: str) -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
    try:
        with _OPENERS[form](io.BytesIO(data)) as image:
            values = np.array(image)
            colors = image.getpalette() if image.mode == "P" else None
    except Exception as error:  # a damaged file raises anything
        raise MaskError(f"{name}: the {form} is damaged ({error}); copy the file again") from error
    return values, None if colors is None else np.array(colors, np.uint8).reshape(-1, 3)


def _labels(values: NDArray[Any], name: str) -> NDArray[Any]:
    """Whole numbers without a sign and without transparency: (H, W) or (H, W, 3)."""
    if values.dtype == np.bool_:
        values = values.astype(np.uint8)
    if values.ndim == 3 and values.shape[2] in (2, 4) and values.dtype in (np.uint8, np.uint16):
        alpha = values[:, :, -1]
        if alpha.min() != np.iinfo(alpha.dtype).max:
            row, column = np.argwhere(alpha != np.iinfo(alpha.dtype).max)[0]
            raise MaskError(
                f"{name}: the mask is transparent at row {row}, column {column}; a label is there or not: "
                "save the mask without transparency"
            )
        values = values[:, :, 0] if values.shape[2] == 2 else np.ascontiguousarray(values[:, :, :3])
    if values.ndim == 3 and values.shape[2] != 3:
        raise MaskError(f"{name}: the mask has {values.shape[2]} channels; 1 (labels) or 3 (colors) are read")
    if values.dtype in (np.uint8, np.uint16):
        return values
    odd = ~np.isfinite(values) | (values != np.rint(values)) | (values < 0) | (values > 65535)
    if odd.any():
        place = np.argwhere(odd)[0]
        raise MaskError(
            f"{name}: value {values[tuple(place)]} at row {place[0]}, column {place[1]} is no label; "
            "labels are whole numbers from 0 to 65535: save the mask as 8- or 16-bit PNG"
        )
    return values.astype(np.uint16)

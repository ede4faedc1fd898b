"""Maps of numbers that are ids, not classes, in files of masks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.data.pair import turn_of_mask
from perpixel.errors import MaskError
from perpixel.masks import RawMask, read_raw
from perpixel.masks.colors import packed_colors
from perpixel.pictures import read_file_header, upright
from perpixel.pictures.tiff import read_values


def read_ids(path: Path, picture: Path | None, *, max_pixels: int, colors: bool = False) -> NDArray[Any]:
    """The ids (H, W) int32 of a file, turned as its picture is.

    Args:
        path: PNG or BMP of up to 16 bits (of a palette, the places count), or TIFF of up to 31.
        picture: its photo, to check the size; None where there is none.
        max_pixels: the most that are decoded.
        colors: the file is RGB, of ids R + 256 G + 65536 B.

    Raises:
        MaskError: the file cannot be read, is of another kind, or does not fit its picture.
    """
    raw = _raw(path, max_pixels)
    if colors:
        if raw.values.ndim != 3 or raw.values.dtype != np.uint8:
            raise MaskError(f"{path}: a gray or 16-bit file; ids are expected as 8-bit RGB, R + 256 G + 65536 B")
        ids = packed_colors(raw.values).astype(np.int32)
    elif raw.values.ndim == 3:
        raise MaskError(f"{path}: the file has colors; ids are numbers, 0 where nothing is: save them as 16-bit PNG")
    else:
        ids = raw.values.astype(np.int32)
    if picture is None:
        return ids
    header = read_file_header(picture, max_pixels=max_pixels)
    turn = turn_of_mask(raw, header, mask_name=path, picture_name=picture)
    return ids if turn == 1 else np.ascontiguousarray(upright(ids, turn))


def _raw(path: Path, max_pixels: int) -> RawMask:
    """As `read_raw`, but for TIFFs of more than 16 bits, which can only be ids."""
    if path.suffix.lower() not in (".tif", ".tiff") or _bits(path, max_pixels) <= 16:
        return read_raw(path, max_pixels=max_pixels)
    try:
        values, _ = read_values(path.read_bytes())
    except (OSError, ValueError) as error:
        raise MaskError(f"{path}: {error}") from error
    whole = values.ndim == 2 and values.dtype.kind in "ui"
    if not whole or not 0 <= int(values.min()) <= int(values.max()) < 2**31:
        raise MaskError(f"{path}: {values.dtype} {values.shape}; ids are one channel of whole numbers from 0 on")
    return RawMask(values)


def _bits(path: Path, max_pixels: int) -> int:
    return read_file_header(path, max_pixels=max_pixels).bits

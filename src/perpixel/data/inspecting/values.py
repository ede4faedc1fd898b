"""Which values occur in a mask, and how often."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.value_counts import value_counts
from perpixel.masks import RawMask, decode_raw
from perpixel.masks.colors import packed_colors
from perpixel.pictures import Header, decode_picture, read_header

_NOTHING = np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class MaskValues:
    """Of one mask file.

    Attributes:
        size: (height, width) as stored.
        values: (n,) int64 that occur, ascending: numbers, or packed colors (`masks.colors`) where it is `colored`.
        counts: (n,) int64 pixels of each.
        colored: whether it has colors that are not gray.
        palette: (n,) packed colors of the values, where the file has a palette.
        bits: of one value.
        lossy: saved as JPEG, so the values are not those that were drawn.
        orientation: EXIF's.
    """

    size: tuple[int, int]
    values: NDArray[np.int64]
    counts: NDArray[np.int64]
    colored: bool = False
    palette: NDArray[np.int64] = field(default_factory=lambda: _NOTHING)
    bits: int = 8
    lossy: bool = False
    orientation: int = 1


def mask_values(path: Path, *, max_pixels: int) -> MaskValues:
    """Read a mask file and count; a JPEG is read too, though it is none.

    Raises:
        DataError: it cannot be read.
        OSError: the same.
    """
    data, name = path.read_bytes(), str(path)
    header = read_header(data, max_pixels=max_pixels, name=name)
    if header.lossy:
        image = decode_picture(data, max_pixels=max_pixels, orient=False, name=name)
        values = image[:, :, 0] if image.shape[2] < 3 else np.ascontiguousarray(image[:, :, :3])
        return count_values(RawMask(values, None, header.orientation), header)
    plain = header.format == "PNG" and (header.channels, header.bits, header.palette) == (1, 8, False)
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if plain else None
    if found is not None and found.shape == header.size and found.dtype == np.uint8:  # most masks: no need of more
        return count_values(RawMask(found, None, header.orientation), header)
    return count_values(decode_raw(data, max_pixels=max_pixels, name=name), header)


def count_values(raw: RawMask, header: Header) -> MaskValues:
    """The values of a mask that was read."""
    values, palette, colored = raw.values, _NOTHING, False
    if values.ndim == 3:
        packed = packed_colors(values if values.dtype == np.uint8 else (values >> 8).astype(np.uint8))
        found, counts = _by_stretches(packed)
        colored = bool((found != (found & 255) * 0x010101).any())
        values = values[:, :, 0]
    if not colored:
        found, counts = _by_value(values)
    if raw.palette is not None:
        table = np.zeros((max(len(raw.palette), int(found[-1]) + 1), 3), np.uint8)
        table[: len(raw.palette)] = raw.palette
        palette = packed_colors(table[None])[0][found].astype(np.int64)
    return MaskValues(raw.size, found, counts, colored, palette, header.bits, header.lossy, raw.orientation)


def _by_value(values: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    counts = value_counts(values) if values.dtype == np.uint8 else np.bincount(values.ravel(), minlength=1)
    found = np.flatnonzero(counts)
    return found.astype(np.int64), counts[found]


def _by_stretches(packed: NDArray[Any]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of stretches of equal pixels only one is sorted."""
    flat = packed.ravel()
    starts = np.concatenate(([0], np.flatnonzero(flat[1:] != flat[:-1]) + 1))
    lengths = np.diff(np.append(starts, flat.size))
    found, place = np.unique(flat[starts], return_inverse=True)
    return found.astype(np.int64), np.bincount(place.ravel(), lengths, len(found)).astype(np.int64)

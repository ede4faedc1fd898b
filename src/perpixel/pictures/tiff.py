"""TIFF of 8 and 16 bits and any number of channels, by tifffile; the compressions it cannot undo alone, by OpenCV."""

from __future__ import annotations

import io
import logging
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from mmap import mmap
from typing import Any

import cv2
import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL.TiffImagePlugin import TiffImageFile

from perpixel.pictures.facts import Facts

_LONGEST_CHANNELS = 32  # in a file that does not say which axis is which: a longer one is a picture's side
_DEFLATE = frozenset((8, 32946))
_UNDONE_HERE = _DEFLATE | {1, 32773}  # plain and PackBits; the others need packages, or know no bound in size
_MOST_INFLATED = 1032  # times, by deflate
_HARMLESS = 2**24
_BLACK, _WHITE, _RGB, _PALETTE, _CMYK = 1, 0, 2, 3, 5
_LOSSY = frozenset((6, 7, 33003, 33005, 34712, 34892, 34933, 50001))  # JPEG, JPEG 2000, WebP and their kin

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # what it says of damaged files, our errors say


def read_facts(data: bytes | mmap) -> Facts:
    """Read the tags.

    Raises:
        ValueError: not a TIFF that can be read, with the reason.
    """
    with _opened(data) as file:
        page = file.pages.first
        height, width, channels = _shape(file)
        tag = page.tags.get("Orientation")
        orientation = tag.value if tag is not None and tag.value in range(1, 9) else 1
        return Facts(
            (height, width),
            3 if page.photometric == _CMYK and channels == 4 else channels,
            int(page.bitspersample),
            palette=page.photometric == _PALETTE,
            lossy=page.compression in _LOSSY,
            orientation=int(orientation),
        )


def read_values(data: bytes) -> tuple[NDArray[Any], NDArray[np.uint8] | None]:
    """The numbers as stored, (H, W) or (H, W, C), and the palette (n, 3) uint8 if they are numbers in one.

    Raises:
        ValueError: they cannot be read, with the reason.
    """
    with _opened(data) as file:
        page = file.pages.first
        shape = _shape(file)
        palette = _palette(page)
        several = len(file.pages) > 1 and not _alone(file)
        refuse_bombs(data, list(file.pages) if several else [page])
        if page.compression in _UNDONE_HERE:
            values = file.series[0].asarray() if several else page.asarray()
            if values.dtype == np.bool_ and page.photometric == _WHITE:
                values = ~values  # in a file of two values, the white one is the larger
        else:
            values = _by_others(data, page)
        if values.shape == (shape[2], shape[0], shape[1]) and shape[2] > 1:
            values = np.moveaxis(values, 0, 2)
        values = values.reshape(shape)
        return np.ascontiguousarray(values[:, :, 0] if shape[2] == 1 else values), palette


def read_picture(data: bytes) -> NDArray[Any]:
    """The colors, (H, W, C) uint8 or uint16: palettes looked up, CMYK made RGB, white-is-zero turned.

    Raises:
        ValueError: it cannot be read, or its values are neither 8 nor 16 bits without a sign.
    """
    values, palette = read_values(data)
    with _opened(data) as file:
        photometric, bits = int(file.pages.first.photometric), int(file.pages.first.bitspersample)
    if values.dtype not in (np.bool_, np.uint8, np.uint16):
        raise ValueError(f"the values are {values.dtype}; save the picture with 8 or 16 bits and no sign")
    if palette is not None:
        colors: NDArray[Any] = palette[np.minimum(values.astype(np.intp), len(palette) - 1)]
        return colors
    if bits < 8:
        values = values.astype(np.uint8) * np.uint8(255 // (2**bits - 1))
    values = values.reshape(*values.shape[:2], -1)
    if photometric == _WHITE and bits > 1:
        return ~values
    if photometric == _CMYK and values.shape[2] == 4:
        most = np.iinfo(values.dtype).max
        light = most - values.astype(np.uint32)
        return (light[:, :, :3] * light[:, :, 3:] // most).astype(values.dtype)
    return values


@contextmanager
def _opened(data: bytes | mmap) -> Iterator[tifffile.TiffFile]:
    try:
        file = tifffile.TiffFile(io.BytesIO(data))
    except Exception as error:  # a damaged file raises anything
        raise ValueError(f"the TIFF is damaged ({error}); copy the file again") from error
    with file:
        try:
            yield file
        except ValueError:
            raise
        except Exception as error:
            raise ValueError(f"the TIFF is damaged ({error}); copy the file again") from error


def refuse_bombs(data: bytes, pages: Sequence[Any]) -> None:
    """Plain tifffile inflates a strip to whatever size it has; here no strip may be larger than its page."""
    for page in pages:
        if page.compression not in _DEFLATE:
            continue
        for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False):
            if count * _MOST_INFLATED > page.nbytes + _HARMLESS:
                inflated = zlib.decompressobj().decompress(data[offset : offset + count], page.nbytes + 1)
                if len(inflated) > page.nbytes:
                    raise ValueError(f"a strip of the TIFF inflates to more than the page's {page.nbytes} bytes")


def _alone(file: tifffile.TiffFile) -> bool:
    """Whether the first page is the picture, and the others are smaller copies of it."""
    first = file.pages.first
    return all(page.shape != first.shape for page in list(file.pages)[1:])


def _shape(file: tifffile.TiffFile) -> tuple[int, int, int]:
    """(height, width, channels) of the one picture in the file."""
    page = file.pages.first
    alone = int(page.imagelength), int(page.imagewidth), int(page.samplesperpixel)
    if len(file.pages) == 1 or _alone(file):
        return alone
    series = file.series[0]
    shape, axes = tuple(int(side) for side in series.shape), series.axes
    if len(shape) == 3:
        written_as_is = series.kind == "shaped"  # by tifffile itself: the array's shape is known, its axes are not
        if axes in ("CYX", "SYX") or (written_as_is and shape[0] <= _LONGEST_CHANNELS and shape[0] < min(shape[1:])):
            return shape[1], shape[2], shape[0]
        if axes in ("YXC", "YXS") or (written_as_is and shape[2] <= _LONGEST_CHANNELS and shape[2] < min(shape[:2])):
            return shape
    raise ValueError(f"the TIFF holds {len(file.pages)} pages; one picture a file is read: save each page as a file")


def _palette(page: Any) -> NDArray[np.uint8] | None:
    if page.photometric != _PALETTE or page.colormap is None or page.samplesperpixel != 1:
        return None
    colors = np.asarray(page.colormap).T
    if colors.ndim != 2 or colors.shape[1] != 3 or not len(colors):
        raise ValueError("the TIFF's palette is damaged; copy the file again")
    return np.ascontiguousarray(colors >> 8 if colors.max(initial=0) > 255 else colors).astype(np.uint8)


def _by_others(data: bytes, page: Any) -> NDArray[Any]:
    """LZW, JPEG and a few more: tifffile needs imagecodecs for them, OpenCV and Pillow bring their own."""
    bits = int(page.bitspersample)
    try:
        if page.photometric == _PALETTE or bits < 8:  # OpenCV would give the colors, and stretch the values to 255
            values = np.array(TiffImageFile(io.BytesIO(data)))
            stretched = bits in (2, 4) and page.photometric != _PALETTE
            return values // (255 // (2**bits - 1)) if stretched else values
        decoded: NDArray[Any] | None = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except Exception as error:  # a damaged file raises anything
        raise ValueError(f"the TIFF is damaged ({error}); copy the file again") from error
    if decoded is None:
        kind = f"compression {int(page.compression)}, {page.samplesperpixel} channels of {bits} bits"
        raise ValueError(f"this kind of TIFF cannot be read ({kind}); save it uncompressed or with deflate")
    if decoded.ndim == 3:
        return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB if decoded.shape[2] == 3 else cv2.COLOR_BGRA2RGBA)
    return decoded

"""What a picture's first bytes say of it: read before anything is decoded, so that a bomb is never set off."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from mmap import mmap
from typing import Literal

from perpixel.errors import PictureError
from perpixel.pictures import bmp, jpeg, png, tiff, webp
from perpixel.pictures.facts import Facts

MAX_PIXELS = 2**28

Format = Literal["JPEG", "PNG", "BMP", "WebP", "TIFF"]
Bytes = bytes | mmap

_TOLD: tuple[tuple[bytes, int, Format, Callable[[Bytes], Facts]], ...] = (
    (b"\xff\xd8\xff", 0, "JPEG", jpeg.read_facts),
    (b"\x89PNG\r\n\x1a\n", 0, "PNG", png.read_facts),
    (b"BM", 0, "BMP", bmp.read_facts),
    (b"WEBP", 8, "WebP", webp.read_facts),
    (b"II*\0", 0, "TIFF", tiff.read_facts),
    (b"MM\0*", 0, "TIFF", tiff.read_facts),
    (b"II+\0", 0, "TIFF", tiff.read_facts),
    (b"MM\0+", 0, "TIFF", tiff.read_facts),
)
_STRANGERS = (
    (b"GIF8", 0, "a GIF: save it as PNG"),
    (b"ftyp", 4, "a HEIC, AVIF or video file: save it as JPEG or PNG"),
    (b"version https://git-lfs", 0, "a Git LFS pointer, not the picture itself: run `git lfs pull`"),
    (b"<", 0, "a web page or XML file, perhaps a failed download"),
    (b"%PDF", 0, "a PDF"),
    (b"\x93NUMPY", 0, "a NumPy array: save it as PNG or TIFF"),
)


@dataclass(frozen=True, slots=True)
class Header:
    """What a file says of its picture.

    Attributes:
        format: told by the first bytes, never by the file's name.
        size: (height, width) as stored, before the orientation.
        channels: as stored, but 3 for CMYK; 1 for a palette's index.
        bits: of one value.
        palette: whether the values are numbers in a palette.
        lossy: whether the values may differ from those that were saved: such a file cannot be a mask.
        orientation: EXIF's, 1 (upright) to 8.
    """

    format: Format
    size: tuple[int, int]
    channels: int
    bits: int
    palette: bool
    lossy: bool
    orientation: int

    @property
    def upright_size(self) -> tuple[int, int]:
        """(height, width) after the orientation: 5 to 8 lie on their side."""
        return self.size if self.orientation < 5 else (self.size[1], self.size[0])


def read_header(data: Bytes, *, max_pixels: int = MAX_PIXELS, name: str = "picture") -> Header:
    """Read what a picture says of itself without decoding it.

    Raises:
        PictureError: no picture of a kind that is read here, cut off, or of more than `max_pixels` pixels.
    """
    if len(data) == 0:
        raise PictureError(f"{name}: the file is empty")
    for mark, place, form, read_facts in _TOLD:
        if data[place : place + len(mark)] == mark:
            try:
                facts = read_facts(data)
            except (struct.error, IndexError) as error:
                raise PictureError(f"{name}: the {form} header is cut off or damaged; copy the file again") from error
            except ValueError as error:
                raise PictureError(f"{name}: {error}") from error
            break
    else:
        raise PictureError(f"{name}: {_stranger(data)}; JPEG, PNG, BMP, WebP and TIFF are read")
    height, width = facts.size
    if height < 1 or width < 1:
        raise PictureError(f"{name}: the {form} header gives a size of {height} x {width}; copy the file again")
    if height * width * max(facts.channels / 4, 1) > max_pixels:
        many = f" of {facts.channels} channels" if facts.channels > 4 else ""
        raise PictureError(
            f"{name}: {height} x {width} pixels{many} are more than the limit of {max_pixels} pixels; "
            "raise `max_pixels` if you trust the file"
        )
    if not facts.complete:
        raise PictureError(f"{name}: the {form} is cut off before its end ({len(data)} bytes); copy the file again")
    return Header(form, facts.size, facts.channels, facts.bits, facts.palette, facts.lossy, facts.orientation)


def _stranger(data: Bytes) -> str:
    for mark, place, words in _STRANGERS:
        if data[place : place + len(mark)] == mark:
            return f"this is {words}"
    return "not a picture of a known kind"

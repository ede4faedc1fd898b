"""Label maps to files that every tool reads as numbers and every viewer shows in color."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

from perpixel.files import atomic_write
from perpixel.pictures import encode_png
from perpixel.results import LabelMap

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_BITS, _PALETTE, _UP = 8, 3, 2
_IGNORED_COLOR = (255, 255, 255)  # black is a class in many palettes, and hides the ignored pixels on a dark picture


def write_labels(path: Path, answer: LabelMap) -> None:
    """Write a PNG whose values are the class numbers, whole or not at all.

    Up to 255 classes: 8 bits, with the classes' colors as palette, ignored pixels 255 (white), whatever value the data
    set's own files use. Beyond: 16-bit gray, ignored 65535. The confidence is not written.

    Raises:
        PerpixelError: the file cannot be written.
    """
    atomic_write(path, encode_labels(answer))


def encode_labels(answer: LabelMap) -> bytes:
    """The bytes that `write_labels` writes."""
    if answer.classes.dtype is np.uint16:
        return encode_png(answer.labels)
    palette = np.zeros((256, 3), np.uint8)
    palette[: len(answer.classes)] = answer.classes.colors
    palette[answer.classes.ignored] = _IGNORED_COLOR
    height, width = answer.size
    header = struct.pack(">IIBBBBB", width, height, _BITS, _PALETTE, 0, 0, 0)
    # Rows as differences from the one above are nearly all zeros, which run lengths alone pack: a third of the time of
    # Pillow's way, and a smaller file.
    rows = np.empty((height, width + 1), np.uint8)
    rows[:, 0] = _UP
    rows[:1, 1:] = answer.labels[:1]
    np.subtract(answer.labels[1:], answer.labels[:-1], out=rows[1:, 1:])
    packer = zlib.compressobj(6, zlib.DEFLATED, zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, zlib.Z_RLE)
    packed = packer.compress(rows.data) + packer.flush()
    chunks = (b"IHDR", header), (b"PLTE", palette.tobytes()), (b"IDAT", packed), (b"IEND", b"")
    return _SIGNATURE + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

"""WebP: the size, the orientation, whether it is lossy, and whether the file is whole."""

from __future__ import annotations

import struct
from mmap import mmap

from perpixel.pictures.facts import Facts, exif_orientation


def read_facts(data: bytes | mmap) -> Facts:
    """Hop from chunk to chunk.

    Raises:
        ValueError: there is no picture in it.
        struct.error, IndexError: the file ends within the first chunks.
    """
    (length,) = struct.unpack_from("<I", data, 4)
    at, size, alpha, lossy, orientation = 12, (0, 0), False, False, 1
    while at + 8 <= min(len(data), 8 + length):
        kind, chunk = struct.unpack_from("<4sI", data, at)
        if kind == b"VP8X":
            alpha = bool(data[at + 8] & 0x10)
            size = 1 + _three_bytes(data, at + 15), 1 + _three_bytes(data, at + 12)
        elif kind == b"VP8 ":
            lossy = True
            width, height = struct.unpack_from("<HH", data, at + 14)
            size = size if size[0] else (height & 0x3FFF, width & 0x3FFF)
        elif kind == b"VP8L":
            (packed,) = struct.unpack_from("<I", data, at + 9)
            alpha = alpha or bool(packed >> 28 & 1)
            size = size if size[0] else (1 + (packed >> 14 & 0x3FFF), 1 + (packed & 0x3FFF))
        elif kind == b"ANMF":
            lossy = True  # a film: never a mask
        elif kind == b"EXIF":
            orientation = exif_orientation(data[at + 8 : at + 8 + chunk])
        at += 8 + chunk + chunk % 2
    if not size[0]:
        raise ValueError("the WebP file holds no picture; copy the file again")
    complete = len(data) >= 8 + length
    return Facts(size, 4 if alpha else 3, lossy=lossy, orientation=orientation, complete=complete)


def _three_bytes(data: bytes | mmap, at: int) -> int:
    return data[at] | data[at + 1] << 8 | data[at + 2] << 16

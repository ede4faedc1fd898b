"""PNG: the header chunk, an EXIF chunk, and whether the last chunk is there."""

from __future__ import annotations

import struct
from mmap import mmap

from perpixel.pictures.facts import Facts, exif_orientation

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}


def read_facts(data: bytes | mmap) -> Facts:
    """Hop from chunk to chunk.

    Raises:
        ValueError: the first chunk is not a header.
        struct.error: the file ends within it.
    """
    length, kind, width, height, bits, color = struct.unpack_from(">I4sIIBB", data, 8)
    if kind != b"IHDR" or length != 13 or color not in _CHANNELS:
        raise ValueError("the PNG header is damaged; copy the file again")
    at, orientation, complete = 33, 1, False
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == b"eXIf":
            orientation = exif_orientation(data[at + 8 : at + 8 + length])
        elif kind == b"IEND":
            complete = length == 0  # a decoder may believe another length, and take the memory for it
            break
        at += 12 + length
    return Facts(
        (height, width), _CHANNELS[color], bits, palette=color == 3, orientation=orientation, complete=complete
    )

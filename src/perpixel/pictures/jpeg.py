"""JPEG: the size, the orientation, and whether the file ends before the picture does."""

from __future__ import annotations

import re
import struct
from mmap import mmap

from perpixel.pictures.facts import Facts, exif_orientation

_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_MARKER_IN_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)  # not a stuffed 0xff, a restart or a filling
_END = b"\xff\xd9"


def read_facts(data: bytes | mmap) -> Facts:
    """Walk the segments up to the first scan.

    Raises:
        ValueError: no frame before the scan, or segments out of step.
        IndexError, struct.error: the file ends within them.
    """
    at, frame, orientation = 2, None, 1
    while True:
        if data[at] != 0xFF:
            raise ValueError("the JPEG's segments are out of step; copy the file again")
        marker = data[at + 1]
        if marker == 0xFF:  # fillings before a marker are allowed
            at += 1
            continue
        if marker == 0xD9:
            raise ValueError("the JPEG ends before any picture; copy the file again")
        (length,) = struct.unpack_from(">H", data, at + 2)
        if marker in _FRAMES:
            frame = struct.unpack_from(">BHHB", data, at + 4)
        elif marker == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            orientation = exif_orientation(data[at + 4 : at + 2 + length])
        at += 2 + length
        if marker == 0xDA:
            break
    if frame is None:
        raise ValueError("the JPEG has no frame header; copy the file again")
    bits, height, width, channels = frame
    complete = _complete(data, at)
    return Facts((height, width), min(channels, 3), bits, lossy=True, orientation=orientation, complete=complete)


def _complete(data: bytes | mmap, at: int) -> bool:
    """Whether the end marker follows the scans: some decoders fill a missing rest with gray and say nothing."""
    if at < len(data) and data[max(at, len(data) - 64) :].rstrip(b"\0\r\n").endswith(_END):
        return True
    while found := _MARKER_IN_SCAN.search(data, at):
        at = found.start()
        if data[at + 1] == 0xD9:
            return True
        if at + 4 > len(data):
            return False
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return False

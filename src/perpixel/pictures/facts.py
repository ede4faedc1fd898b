"""What each format's header is asked for."""

from __future__ import annotations

import struct
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Facts:
    """Read from a header; `complete` is False where the file ends before its picture does."""

    size: tuple[int, int]
    channels: int
    bits: int = 8
    palette: bool = False
    lossy: bool = False
    orientation: int = 1
    complete: bool = True


def exif_orientation(exif: bytes) -> int:
    """The orientation 1 to 8 in a block of EXIF; 1 where there is none or the block is damaged.

    Pillow's reader is not used for it: it warns on damaged blocks, and cameras write many.
    """
    exif = exif.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(order + "I", exif, 4)
        (count,) = struct.unpack_from(order + "H", exif, start)
        for entry in range(start + 2, start + 2 + 12 * count, 12):
            tag, kind = struct.unpack_from(order + "HH", exif, entry)
            if tag == 0x0112 and kind == 3:
                (value,) = struct.unpack_from(order + "H", exif, entry + 8)
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1

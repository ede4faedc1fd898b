"""BMP: the size, and whether all rows are there."""

from __future__ import annotations

import struct
from mmap import mmap

from perpixel.pictures.facts import Facts


def read_facts(data: bytes | mmap) -> Facts:
    """Read both headers.

    Raises:
        struct.error: the file ends within them.
    """
    (pixels_at, header_length) = struct.unpack_from("<II", data, 10)
    compression = 0
    if header_length == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    else:
        width, height, _, bits, compression = struct.unpack_from("<iiHHI", data, 18)
        height = abs(height)  # negative: rows from the top
    row = (bits * width + 31) // 32 * 4
    complete = compression not in (0, 3) or len(data) >= pixels_at + row * height
    palette = bits <= 8
    channels = 1 if palette else 3
    return Facts((height, width), channels, min(bits, 8), palette=palette, complete=complete)

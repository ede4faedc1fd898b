"""Colors as single numbers, which look up faster than triples."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classes import Color


def packed_colors(colors: NDArray[np.uint8]) -> NDArray[Any]:
    """(H, W) uint32 R + 256 G + 65536 B of (H, W, 3) uint8."""
    return cv2.cvtColor(np.ascontiguousarray(colors), cv2.COLOR_RGB2RGBA).view("<u4")[:, :, 0] & np.uint32(0xFFFFFF)


def pack(color: Color) -> int:
    """The same of one color."""
    return color[0] | color[1] << 8 | color[2] << 16


def unpack(number: int) -> Color:
    """The color of a number."""
    return number & 255, number >> 8 & 255, number >> 16

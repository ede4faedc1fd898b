"""Maps of ids, of regions or instances, to files: 16-bit PNG where that is enough, else 32-bit TIFF."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from perpixel.files import atomic_write
from perpixel.pictures import write_png

MOST_IN_PNG = 65536


def write_ids(place: Path, ids: NDArray[Any]) -> Path:
    """Write `PLACE.png`, or `PLACE.tif` if an id is beyond 65535; whole or not at all.

    Args:
        place: without a suffix; one that is part of the name, such as of `a.jpg`, stays.
        ids: (H, W) integers from 0 on.

    Returns:
        The file.

    Raises:
        PerpixelError: it cannot be written.
    """
    if int(ids.max()) < MOST_IN_PNG:
        path = place.with_name(f"{place.name}.png")
        write_png(path, ids.astype(np.uint16))
        return path
    path = place.with_name(f"{place.name}.tif")
    data = io.BytesIO()
    tifffile.imwrite(data, ids.astype(np.uint32), compression="zlib")
    atomic_write(path, data.getvalue())
    return path

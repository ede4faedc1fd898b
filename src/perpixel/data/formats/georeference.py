"""Where on Earth a TIFF lies: the tags of GeoTIFF, which are copied as they are, so that no library need know them.

https://docs.ogc.org/is/19-008r4/19-008r4.html, annex on tags.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tifffile

SCALE, TIEPOINTS, TRANSFORMATION, KEYS, DOUBLES, TEXTS = 33550, 33922, 34264, 34735, 34736, 34737
NODATA = 42113  # GDAL's: the value where the raster has none
_PLACE = (SCALE, TIEPOINTS, TRANSFORMATION, KEYS, DOUBLES, TEXTS)

Tag = tuple[int | str, int | str, int | None, Any, bool]
"""As tifffile writes one: code, type, count, value, and whether it is of the first page alone."""
Tags = list[Tag]


def georeference(path: Path | None) -> Tags:
    """The tags of a file's first page that say where it lies; none if it is no TIFF or has none."""
    if path is None or path.suffix.lower() not in (".tif", ".tiff"):
        return []
    try:
        with tifffile.TiffFile(path) as file:
            tags = file.pages.first.tags
            found = [tags[code] for code in _PLACE if code in tags]
            return [(int(tag.code), int(tag.dtype), int(tag.count), tag.value, True) for tag in found]
    except Exception:  # a damaged file raises anything; whoever reads its pixels says so
        return []


def no_data(value: int) -> Tag:
    """The tag that says which value means "nothing here"."""
    return NODATA, "s", 0, str(value).encode(), True


def stated_no_data(path: Path) -> int | None:
    """What a mask says is its value of nothing; None if it says none, or no whole number."""
    try:
        with tifffile.TiffFile(path) as file:
            tag = file.pages.first.tags.get(NODATA)
            number = float(str(tag.value).strip("\0 ")) if tag is not None else -1.0
    except Exception:
        return None
    return int(number) if number.is_integer() and 0 <= number <= 65535 else None

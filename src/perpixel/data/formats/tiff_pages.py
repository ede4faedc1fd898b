"""The pages of a TIFF, each with its name; and a TIFF of such pages."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray

from perpixel.data.formats.georeference import Tags
from perpixel.errors import MaskError
from perpixel.files import whole_file
from perpixel.pictures.tiff import refuse_bombs

NAME = 285  # TIFF's PageName
_SMALLER_COPY, _SEPARATE = 1, 2  # of TIFF's NewSubfileType, PlanarConfiguration


@dataclass(frozen=True, slots=True)
class Page:
    """A page: (H, W) numbers, and what it is called; "" if nothing."""

    values: NDArray[Any]
    name: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Of a TIFF, without its pixels.

    Attributes:
        pages: of one size.
        bands: of the first page.
        colors: whether those are colors or places in a palette.
        names: of the pages; "" where one has none.
    """

    pages: int
    bands: int
    colors: bool
    names: tuple[str, ...]


def tiff_facts(path: Path) -> Facts | None:
    """None if it is no TIFF that can be read."""
    if path.suffix.lower() not in (".tif", ".tiff"):
        return None
    try:
        with tifffile.TiffFile(path) as file:
            first = file.pages.first
            pages = _pages(file)
            if not pages or not first.samplesperpixel:
                return None
            colors = int(first.photometric) not in (0, 1)
            return Facts(len(pages), int(first.samplesperpixel), colors, tuple(_name(page) for page in pages))
    except Exception:  # a damaged file raises anything
        return None


def read_pages(path: Path, *, max_pixels: int, only: int | None = None) -> list[Page]:
    """The pages of a file, all of one size; of one of several bands, the bands.

    Args:
        path: the file.
        max_pixels: the most of one page.
        only: this page alone, from 0 on.

    Raises:
        MaskError: no TIFF, damaged, too large, or of a compression that is not read.
    """
    try:
        data = path.read_bytes()
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            pages = _pages(file)
            chosen = pages if only is None else pages[only : only + 1]
            found = []
            for page in chosen:
                _check(path, data, page, max_pixels)
                found += _bands(path, page)
            if not found:
                raise MaskError(f"{path}: the TIFF has no page with pixels; copy the file again")
            return found
    except MaskError:
        raise
    except Exception as error:  # a damaged file raises anything
        raise MaskError(f"{path}: the TIFF cannot be read ({error}); save it uncompressed or with deflate") from error


def write_pages(path: Path, pages: Iterable[Page], *, tags: Tags) -> None:
    """Write pages one behind the other, with a georeference on the first; whole or not at all.

    Raises:
        PerpixelError: the file cannot be written.
    """
    with whole_file(path) as temporary, tifffile.TiffWriter(temporary) as file:
        for number, page in enumerate(pages):
            own = [(NAME, "s", 0, page.name.encode(), False)] if page.name else []
            file.write(
                page.values,
                photometric="minisblack",
                compression="zlib",
                metadata=None,
                extratags=[*own, *(tags if not number else [])],
            )


def write_bands(path: Path, bands: NDArray[np.uint8], *, tags: Tags) -> None:
    """Write (H, W, K) as one page of K bands; whole or not at all."""
    with whole_file(path) as temporary:
        tifffile.imwrite(
            temporary,
            bands if bands.shape[2] > 1 else bands[:, :, 0],
            photometric="minisblack",
            planarconfig="contig" if bands.shape[2] > 1 else None,
            compression="zlib",
            metadata=None,
            extratags=tags,
        )


def _pages(file: tifffile.TiffFile) -> list[Any]:
    """Those that are no smaller copies of the first."""
    pages: list[Any] = list(file.pages)
    return [page for page in pages if page.shape == pages[0].shape and not int(page.subfiletype) & _SMALLER_COPY]


def _name(page: Any) -> str:
    tag = page.tags.get(NAME)
    return str(tag.value) if tag is not None else ""


def _check(path: Path, data: bytes, page: Any, max_pixels: int) -> None:
    pixels = int(page.imagelength) * int(page.imagewidth) * max(int(page.samplesperpixel) / 4, 1)
    if pixels > max_pixels:
        raise MaskError(f"{path}: a page of {page.shape} is more than the limit of {max_pixels} pixels")
    refuse_bombs(data, [page])


def _bands(path: Path, page: Any) -> list[Page]:
    values, name = page.asarray(), _name(page)
    values = values.astype(np.uint8) if values.dtype == np.bool_ else values
    if values.dtype not in (np.uint8, np.uint16):
        raise MaskError(f"{path}: a page of {values.dtype}; pages have 1, 8 or 16 bits without a sign")
    if values.ndim == 2:
        return [Page(values, name)]
    bands = values if int(page.planarconfig) == _SEPARATE else np.moveaxis(values, -1, 0)
    return [Page(np.ascontiguousarray(band), "") for band in bands]

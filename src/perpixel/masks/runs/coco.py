"""COCO's run lengths: a list of counts, or the same as a short text. What pycocotools writes, byte for byte."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import MaskError
from perpixel.kernels.run_lengths import Fault, Many, compress, decompress
from perpixel.masks.runs.numbers import check_counts, counts_of, shown
from perpixel.masks.runs.runs import Runs, checked_size, together
from perpixel.pictures import MAX_PIXELS


def to_coco(runs: Runs, *, compressed: bool = True) -> dict[str, Any]:
    """`{"size": [height, width], "counts": ...}`, ready for JSON: the counts are text, or with `compressed` off a list.

    (pycocotools gives and takes bytes, which JSON cannot hold; it takes the text as well.)
    """
    return {"size": list(runs.size), "counts": to_coco_text(runs) if compressed else to_coco_counts(runs)}


def from_coco(rle: Mapping[str, Any], *, max_pixels: int = MAX_PIXELS) -> Runs:
    """The runs of `{"size": [height, width], "counts": list, text or bytes}`.

    Raises:
        MaskError: not that, or counts that do not fit the size.
    """
    size, counts = rle_parts(rle, max_pixels=max_pixels)
    if isinstance(counts, str | bytes):
        return from_coco_text(counts, size, max_pixels=max_pixels)
    return from_coco_counts(counts, size, max_pixels=max_pixels)


def to_coco_counts(runs: Runs) -> list[int]:
    """Pixels outside, inside, outside, ... down the columns."""
    counts: list[int] = runs.counts.tolist()
    return counts


def from_coco_counts(counts: Sequence[int], size: tuple[int, int], *, max_pixels: int = MAX_PIXELS) -> Runs:
    """The reverse, for a picture of `size` (height, width).

    Raises:
        MaskError: counts that are no counts, or do not fit the size.
    """
    size = checked_size(size, max_pixels=max_pixels)
    found = counts_of(counts, what="COCO counts")
    return Runs(size, check_counts(found, size[0] * size[1], what="COCO counts", of=f"{size[0]} x {size[1]}"))


def to_coco_text(runs: Runs) -> str:
    """COCO's compressed counts."""
    text, _ = compress(together([runs]), pixels=runs.size[0] * runs.size[1])
    return text.tobytes().decode("ascii")


def from_coco_text(text: str | bytes, size: tuple[int, int], *, max_pixels: int = MAX_PIXELS) -> Runs:
    """The reverse, for a picture of `size` (height, width).

    Raises:
        MaskError: text that is no such, or does not fit the size.
    """
    size = checked_size(size, max_pixels=max_pixels)
    return Runs(size, read_texts([text], size)[0])


def read_texts(texts: Sequence[str | bytes], size: tuple[int, int], names: Sequence[object] = ()) -> Many:
    """The counts of several texts at once; `names` are said in errors.

    Raises:
        MaskError: one that cannot be read, and why.
    """
    data = [text.encode("utf-8", "surrogatepass") if isinstance(text, str) else bytes(text) for text in texts]
    offsets = np.cumsum([0, *map(len, data)], dtype=np.int64)
    characters = _characters(b"".join(data))
    many, (fault, mask, place) = decompress(characters, offsets, pixels=size[0] * size[1])
    if fault:
        name = f"COCO text {names[mask]}" if names else "COCO text"
        raise MaskError(f"{name} {shown(texts[mask])}: {_said(fault, texts[mask], place, size)}")
    return many


def rle_parts(rle: Mapping[str, Any], *, max_pixels: int) -> tuple[tuple[int, int], Any]:
    """Size and counts of COCO's dict."""
    if not isinstance(rle, Mapping) or not {"size", "counts"} <= rle.keys():
        raise MaskError(f'COCO run lengths are {{"size": [height, width], "counts": ...}}; this is {shown(rle)}')
    try:
        size = checked_size(counts_of(rle["size"], what="COCO size"), max_pixels=max_pixels)
    except ValueError as error:
        raise MaskError(f"COCO run lengths with {error}") from error
    return size, rle["counts"]


def _characters(data: bytes) -> NDArray[np.uint8]:
    return np.frombuffer(bytearray(data), np.uint8)  # of bytes it would be read-only, another type for the compiler


def _said(fault: Fault, text: str | bytes, place: int, size: tuple[int, int]) -> str:
    picture = f"{size[0]} x {size[1]}"
    if fault == "character":
        found = text[place : place + 1]
        return f"character {place + 1}, {found!r}, is none that COCO uses ('0' to 'o'); an escaped or damaged text?"
    if fault == "cut off":
        return "it ends within a number: the text was cut off"
    if fault == "too many":
        return f"the count at character {place + 1} is negative or beyond the {size[0] * size[1]} pixels of {picture}"
    return (
        f"the counts' sum is {place}, but {picture} has {size[0] * size[1]} pixels; "
        "is it the size of another picture, or was the text cut off?"
    )

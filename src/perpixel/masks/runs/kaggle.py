"""Pairs of a start and a length, as competitions want them: Kaggle's own, Carvana's along the rows, SIIM's relative."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import MaskError
from perpixel.masks.runs.numbers import numbers_of
from perpixel.masks.runs.runs import Runs, checked_size, encode_mask, mask_counts
from perpixel.pictures import MAX_PIXELS

Order = Literal["column", "row"]
EMPTY_TOKENS = ("", "-", "-1", "nan", "NaN")
"""What competitions write for a mask without a pixel; a reader takes any of them."""


def to_kaggle(runs: Runs, *, order: Order = "column", base: Literal[0, 1] = 1, empty: str = "") -> str:
    """Starts and lengths with blanks between: `3 3 7 1` is the pixels 3, 4, 5 and 7.

    Args:
        runs: the mask.
        order: pixels are numbered down the columns (nearly every competition), or along the rows.
        base: number of the first pixel. Kaggle's is 1; a decoder that forgets it moves every mask down by one pixel.
        empty: what stands for a mask without a pixel; the competition's page says it.

    Raises:
        ValueError: another order or base.
    """
    _check(order, base)
    spans = runs.spans if order == "column" else _row_spans(runs)
    pairs = np.stack([spans[:, 0] + base, spans[:, 1] - spans[:, 0]], axis=1)
    return " ".join(map(str, pairs.ravel().tolist())) or empty


def from_kaggle(
    text: str,
    size: tuple[int, int],
    *,
    order: Order = "column",
    base: Literal[0, 1] = 1,
    empty: Collection[str] = EMPTY_TOKENS,
    max_pixels: int = MAX_PIXELS,
) -> Runs:
    """The reverse, for a picture of `size` (height, width), as strictly as a competition's own scorer.

    Nothing in the text tells the order, and the wrong one gives a mask of the same area: the data set's page tells it.

    Raises:
        MaskError: no pairs, a length below 1, pairs that overlap or are not sorted, or that leave the picture; with the
            pair and what is the likely cure.
        ValueError: another order or base.
    """
    _check(order, base)
    size = checked_size(size, max_pixels=max_pixels)
    if text.strip() in empty:
        return _runs(np.empty((0, 2), np.int64), size, order)
    pairs = _pairs(text, "Kaggle run lengths")
    starts, lengths = pairs.T
    ends = starts + lengths
    _check_lengths(pairs, lengths)
    early = np.flatnonzero(starts < base)
    if early.size:
        cure = "; they seem to be numbered from 0: read them with base 0" if starts[0] == 0 else ""
        raise MaskError(f"{_pair(pairs, early[0])} starts before pixel {base}, the first{cure}")
    late = np.flatnonzero(starts[1:] < ends[:-1])
    if late.size:
        one, other = _pair(pairs, late[0]), _pair(pairs, late[0] + 1)
        cure = (
            "sort the pairs by their starts"
            if pairs[late[0] + 1, 0] < pairs[late[0], 0]
            else "if these are several masks put together, read each alone and take their union"
        )
        raise MaskError(
            f"{other} starts before {one} ends, at {ends[late[0]]}: pairs are sorted and share none; {cure}"
        )
    _check_end(pairs, ends - base, size, base)
    return _runs(np.stack([starts - base, ends - base], axis=1), size, order)


def to_carvana(runs: Runs, *, empty: str = "") -> str:
    """Kaggle's pairs with pixels numbered from 1 along the *rows*, as the Carvana competition has them.

    (The encoder that many copied from it fails where the first or last pixel is inside; this one does not.)
    """
    return to_kaggle(runs, order="row", empty=empty)


def from_carvana(text: str, size: tuple[int, int], *, max_pixels: int = MAX_PIXELS) -> Runs:
    """The reverse, as `from_kaggle` with rows.

    Raises:
        MaskError: as of `from_kaggle`.
    """
    return from_kaggle(text, size, order="row", max_pixels=max_pixels)


def to_siim(runs: Runs, *, empty: str = "-1") -> str:
    """Pairs as the SIIM-ACR pneumothorax competition has them: each start is the *gap* since the run before ended.

    Down the columns, and the first gap counts from 0.
    """
    spans = runs.spans
    gaps = spans[:, 0] - np.append(0, spans[:-1, 1]) if len(spans) else spans[:, 0]
    return " ".join(map(str, np.stack([gaps, spans[:, 1] - spans[:, 0]], axis=1).ravel().tolist())) or empty


def from_siim(
    text: str,
    size: tuple[int, int],
    *,
    empty: Collection[str] = EMPTY_TOKENS,
    max_pixels: int = MAX_PIXELS,
) -> Runs:
    """The reverse, for a picture of `size` (height, width).

    Raises:
        MaskError: no pairs, a negative gap, a length below 1, or pairs that leave the picture.
    """
    size = checked_size(size, max_pixels=max_pixels)
    if text.strip() in empty:
        return _runs(np.empty((0, 2), np.int64), size, "column")
    pairs = _pairs(text, "SIIM run lengths")
    gaps, lengths = pairs.T
    _check_lengths(pairs, lengths)
    back = np.flatnonzero(gaps < 0)
    if back.size:
        raise MaskError(
            f"{_pair(pairs, back[0])} starts {-gaps[back[0]]} before the pair before it ends; 0 or more fit"
        )
    beyond = np.flatnonzero(pairs.max(axis=1) > size[0] * size[1])  # before they are summed up
    ends = pairs.sum(axis=1) if beyond.size else np.cumsum(pairs.sum(axis=1))
    _check_end(pairs, ends, size, 0, cure="if these starts are from the picture's first pixel, this is Kaggle's format")
    return _runs(np.stack([ends - lengths, ends], axis=1), size, "column")


def _check(order: str, base: int) -> None:
    if order not in ("column", "row") or base not in (0, 1):
        raise ValueError(f"order {order!r} and base {base}; expected the order column or row, and the base 0 or 1")


def _pairs(text: str, what: str) -> NDArray[np.int64]:
    numbers = numbers_of(text, what=what)
    if len(numbers) % 2 or not numbers:
        raise MaskError(
            f"{what}: {len(numbers)} numbers, where each start has a length; "
            "the text was cut off, or it is of another format"
        )
    return np.array(numbers, np.int64).reshape(-1, 2)


def _check_lengths(pairs: NDArray[np.int64], lengths: NDArray[np.int64]) -> None:
    short = np.flatnonzero(lengths < 1)
    if short.size:
        raise MaskError(
            f"{_pair(pairs, short[0])} has no pixel: the second number is a length, 1 or more; leave such a pair out"
        )


def _check_end(
    pairs: NDArray[np.int64], ends: NDArray[np.int64], size: tuple[int, int], base: int, cure: str = ""
) -> None:
    pixels = size[0] * size[1]
    outside = np.flatnonzero(ends > pixels)
    if not outside.size:
        return
    if not cure:
        one_off = base == 0 and ends.max() == pixels + 1
        cure = (
            "they seem to be numbered from 1: read them with base 1"
            if one_off
            else "is it the size of another picture, or of one that was resized?"
        )
    raise MaskError(
        f"{_pair(pairs, outside[0])} ends {ends[outside[0]] - pixels} beyond the last of the {pixels} pixels of "
        f"{size[0]} x {size[1]}; {cure}"
    )


def _pair(pairs: NDArray[np.int64], place: int) -> str:
    return f"pair {place + 1} of {len(pairs)} ({pairs[place, 0]} {pairs[place, 1]})"


def _runs(spans: NDArray[np.int64], size: tuple[int, int], order: Order) -> Runs:
    """Runs of spans that are sorted and inside."""
    edges = np.array([0, *spans.ravel().tolist(), size[0] * size[1]], np.int64)
    counts = edges[1:] - edges[:-1]
    if order == "column":
        return Runs(size, counts)
    turned = Runs((size[1], size[0]), counts)  # the rows of a picture are the columns of the turned one
    return encode_mask(turned.decode(max_pixels=size[0] * size[1]).T)


def _row_spans(runs: Runs) -> NDArray[np.int64]:
    counts = mask_counts(runs.decode(max_pixels=runs.size[0] * runs.size[1]), columns=False)
    return Runs((runs.size[1], runs.size[0]), counts).spans

"""Whole numbers out of texts and lists that nobody vouches for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import MaskError

_LONGEST = 18  # digits that always fit 64 bits


def numbers_of(text: str, *, what: str, between: str = r"\s") -> list[int]:
    """The whole numbers of a text, with these characters between them.

    Raises:
        MaskError: anything else, with its place.
    """
    parts = [part for part in re.split(f"[{between}]+", text) if part]
    for place, part in enumerate(parts, start=1):
        if not re.fullmatch(r"[+-]?[0-9]+", part):
            raise MaskError(f"{what}: {shown(part)}, number {place} of {len(parts)}, is no whole number")
        if len(part) > _LONGEST:
            raise MaskError(f"{what}: number {place} of {len(parts)} has {len(part)} digits; no picture is so large")
    return [int(part) for part in parts]


def counts_of(given: Any, *, what: str) -> list[int]:
    """The numbers of a list or array; floats are taken where they are whole, as some tools write them.

    Raises:
        MaskError: no list, or anything but whole numbers in it.
    """
    if isinstance(given, str | bytes | dict) or not isinstance(given, Iterable):
        raise MaskError(f"{what}: {shown(given)} is no list of numbers")
    numbers = []
    for place, value in enumerate(given, start=1):
        whole = isinstance(value, int | np.integer) or (
            isinstance(value, float | np.floating) and float(value).is_integer()
        )
        if not whole or isinstance(value, bool | np.bool_) or abs(value) >= 10**_LONGEST:
            raise MaskError(f"{what}: {shown(value)}, number {place}, is no whole number that a picture can have")
        numbers.append(int(value))
    return numbers


def check_counts(counts: list[int], pixels: int, *, what: str, of: str) -> NDArray[np.int64]:
    """Counts whose sum is what it must be.

    Raises:
        MaskError: a negative one, or another sum.
    """
    for place, count in enumerate(counts, start=1):
        if count < 0:
            raise MaskError(f"{what}: count {place} of {len(counts)} is {count}; counts are 0 or more")
    if sum(counts) != pixels:
        raise MaskError(
            f"{what}: the counts' sum is {sum(counts)}, but {of} has {pixels} pixels; "
            "is it the size of another picture, or was the text cut off?"
        )
    return np.array(counts, np.int64)


def shown(value: Any) -> str:
    """A value for a message, never long."""
    text = repr(value[:60] if isinstance(value, str | bytes) else value)
    return text if len(text) <= 70 else f"{text[:66]} ..."

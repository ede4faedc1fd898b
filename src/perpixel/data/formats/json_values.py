"""JSON files that nobody vouches for: every value is looked at before it is used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from perpixel.errors import DataError
from perpixel.masks.runs.numbers import shown

_LOOKED_AT = 2**17  # bytes at either end of a file by which its format is told


def read_json(path: Path) -> Any:
    """What is in a file.

    Raises:
        DataError: it cannot be read, or is no JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:  # also no UTF-8, and a number of thousands of digits
        raise DataError(f"{path}: not JSON, or cut off: {error}") from error


def keys_seen(path: Path, keys: tuple[str, ...]) -> set[str]:
    """Which keys occur near the beginning or the end of a JSON file; none if it is another file."""
    if path.suffix.lower() != ".json" or not path.is_file():
        return set()
    try:
        with path.open("rb") as file:
            seen = file.read(_LOOKED_AT)
            if path.stat().st_size > 2 * _LOOKED_AT:
                file.seek(-_LOOKED_AT, 2)
            seen += file.read(_LOOKED_AT)
    except OSError:
        return set()
    return {key for key in keys if f'"{key}"'.encode() in seen}


def said(value: Any) -> str:
    """A value for a message: of lists and objects, which may be of any depth, only what they are."""
    if isinstance(value, list):
        return f"a list of {len(value)}"
    return "an object {...}" if isinstance(value, dict) else shown(value)


def mapping(value: Any, what: str) -> dict[str, Any]:
    """An object `{...}`.

    Raises:
        DataError: something else.
    """
    if not isinstance(value, dict):
        raise DataError(f"{what}: expected an object {{...}}; this is {said(value)}")
    return value


def listed(value: Any, what: str) -> list[Any]:
    """A list.

    Raises:
        DataError: something else.
    """
    if not isinstance(value, list):
        raise DataError(f"{what}: expected a list; this is {said(value)}")
    return value


def text(value: Any, what: str) -> str:
    """A text that is not empty.

    Raises:
        DataError: something else.
    """
    if not isinstance(value, str) or not value.strip():
        raise DataError(f"{what}: expected a text; this is {said(value)}")
    return value


def number(value: Any, what: str) -> float:
    """A number.

    Raises:
        DataError: something else, or one that is infinite or none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 2**53:
        raise DataError(f"{what}: expected a number; this is {said(value)}")
    return float(value)


def size_of(height: Any, width: Any, what: str) -> tuple[int, int] | None:
    """(height, width); None if neither is stated.

    Raises:
        DataError: no whole numbers from 1 on.
    """
    if height is None and width is None:
        return None
    sides = []
    for side in (height, width):
        if isinstance(side, bool) or not isinstance(side, int | float) or not 1 <= side < 2**31 or side != int(side):
            raise DataError(
                f"{what}: a size of {said(height)} x {said(width)}; height and width are whole numbers from 1 on"
            )
        sides.append(int(side))
    return sides[0], sides[1]

"""What a method asks of its parameters, so that all refuse alike."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any


def number(name: str, value: Any, *, least: float = 0.0) -> float:
    """A finite number from `least` on.

    Raises:
        TypeError: it is no number.
        ValueError: it is smaller, or NaN or infinite.
    """
    try:
        found = float(value)
    except (TypeError, ValueError):
        raise TypeError(f"{name} {value!r} is not a number") from None
    if not math.isfinite(found) or found < least:
        raise ValueError(f"{name} {value} must be a number from {least:g} on")
    return found


def whole(name: str, value: Any, *, least: int, most: int = 2**31 - 1) -> int:
    """A whole number from `least` to `most`.

    Raises:
        TypeError: it is not whole.
        ValueError: it is outside.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} {value!r} is not a whole number")
    found = int(value)
    if not least <= found <= most:
        raise ValueError(f"{name} {value} must be a whole number from {least} to {most}")
    return found


def one_of(name: str, value: Any, known: Collection[Any]) -> None:
    """Refuse what is not one of the known values.

    Raises:
        ValueError: it is another; the message lists them.
    """
    if value not in known:
        raise ValueError(f"{name} {value!r} is not known; it can be {' or '.join(map(repr, known))}")

"""How lists, sizes, ranges and options are written on the command line, for every command alike."""

from __future__ import annotations

import json
import re
from typing import Any


def comma_separated(text: str) -> list[str]:
    """The parts of `a,b, c`.

    Raises:
        ValueError: an empty part.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise ValueError(f"{text!r} has an empty part; expected names with single commas between them, such as a,b")
    return parts


def parse_size(text: str, *, what: str = "size") -> tuple[int, int]:
    """(height, width) of "HEIGHTxWIDTH"; `what` is named where it is something else.

    Raises:
        ValueError: not two positive whole numbers with an x between.
    """
    match = re.fullmatch(r"\s*(\d+)\s*[xX×]\s*(\d+)\s*", text)
    if not match or not all(int(part) for part in match.groups()):
        raise ValueError(f"{what} {text!r} is not HEIGHTxWIDTH, such as 360x480")
    return int(match[1]), int(match[2])


def parse_range(text: str, *, what: str) -> tuple[float, float]:
    """The two numbers of "0.5,2"; `what` is named where it is something else.

    Raises:
        ValueError: not two numbers with a comma between.
    """
    try:
        least, greatest = map(float, comma_separated(text))
    except ValueError:
        raise ValueError(f"{what} {text!r} is not two numbers, such as 0.5,2") from None
    return least, greatest


def parse_options(text: str, *, example: str = '{"widths": [8, 16, 32]}') -> dict[str, Any]:
    """The JSON object in a text.

    Raises:
        ValueError: no JSON, or no object; the message has the example.
    """
    try:
        options = json.loads(text)
    except ValueError as error:
        raise ValueError(f"options {text!r} are not JSON: {error}") from None
    if not isinstance(options, dict):
        raise ValueError(f"options {text!r} are not a JSON object, such as {example}")
    return options

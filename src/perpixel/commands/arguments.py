"""How lists and sizes are written on the command line, for every command alike."""

from __future__ import annotations

import re


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

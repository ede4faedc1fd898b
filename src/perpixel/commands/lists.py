"""Lists on the command line are comma-separated, everywhere."""

from __future__ import annotations


def comma_separated(text: str) -> list[str]:
    """The parts of `a,b, c`.

    Raises:
        ValueError: an empty part.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise ValueError(f"{text!r} has an empty part; expected names with single commas between them, such as a,b")
    return parts

"""Window: the part of a picture that a network's outputs cover."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Window:
    """A rectangle of a picture.

    Attributes:
        size: (height, width) of the answer wanted, in pixels.
        corner: (row, column) of its first pixel in the whole picture; not (0, 0) for a tile.
    """

    size: tuple[int, int]
    corner: tuple[int, int] = (0, 0)

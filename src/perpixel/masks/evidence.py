"""What occurs in some masks of a data set, gathered one by one."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from perpixel.classes import Color
from perpixel.masks.colors import packed_colors, unpack
from perpixel.masks.raw import RawMask


@dataclass
class Evidence:
    """Values and colors that occur.

    Attributes:
        masks: how many were looked at.
        values: numbers that occur in masks without colors, or whose colors are all gray.
        colors: RGB that occur in masks with colors.
        palette: the color or colors that each number in use has, in masks with a palette.
    """

    masks: int = 0
    values: set[int] = field(default_factory=set)
    colors: set[Color] = field(default_factory=set)
    palette: dict[int, set[Color]] = field(default_factory=dict)

    def look(self, raw: RawMask) -> None:
        """Take one mask in."""
        self.masks += 1
        values = raw.values
        if values.ndim == 3:
            packed = packed_colors(values if values.dtype == np.uint8 else (values >> 8).astype(np.uint8))
            if (packed != (packed & 255) * np.uint32(0x010101)).any():
                seen = np.zeros(2**24, np.bool_)
                seen[packed] = True
                self.colors.update(unpack(code) for code in np.flatnonzero(seen).tolist())
                return
        numbers = values if values.ndim == 2 else values[:, :, 0]
        present = np.flatnonzero(np.bincount(numbers.ravel(), minlength=1)).tolist()
        self.values.update(present)
        if raw.palette is not None:
            for number in present:
                color = raw.palette[number].tolist() if number < len(raw.palette) else [0, 0, 0]
                self.palette.setdefault(number, set()).add((color[0], color[1], color[2]))

    @property
    def colored(self) -> bool:
        """Whether any mask has colors that are not gray."""
        return bool(self.colors)

    @property
    def one_palette(self) -> bool:
        """Whether every number has the same color in all masks."""
        return all(len(colors) == 1 for colors in self.palette.values())

    @property
    def palette_colors(self) -> set[Color]:
        """All colors in use by a palette."""
        return set().union(*self.palette.values())

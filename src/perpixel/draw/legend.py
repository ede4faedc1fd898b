"""The names of the classes that occur, with their colors and shares."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from perpixel.classes import ClassTable
from perpixel.results import LabelMap, Layers

_GROUND = (250, 250, 250)
_INK = (30, 30, 30)
_FRAME = (120, 120, 120)
_LEAST, _MOST = 11, 40
_NARROWEST = 200
_ENTRIES = 40
_Entry = tuple[str, tuple[int, int, int] | None]


def with_legend(drawn: NDArray[np.uint8], answer: LabelMap | Layers) -> NDArray[np.uint8]:
    """The drawn answer (H, W, 3) with a strip below it: a swatch, name and share of each class that occurs.

    The largest class comes first. The text grows with the picture's width; what does not fit into a line goes into the
    next. A picture of less than 200 pixels is set on a ground of that width, so that names can be read.

    Returns:
        (H + h, max(W, 200), 3) uint8.
    """
    return _above(drawn, _entries(answer))


def with_names(drawn: NDArray[np.uint8], classes: ClassTable) -> NDArray[np.uint8]:
    """As `with_legend`, but of all classes in their order and without shares: the same for every frame of a video."""
    entries: list[_Entry] = [(entry.name, entry.color) for entry in classes.classes[:_ENTRIES]]
    if len(classes) > _ENTRIES:
        entries.append((f"and {len(classes) - _ENTRIES} more", None))
    return _above(drawn, entries)


def _above(drawn: NDArray[np.uint8], entries: list[_Entry]) -> NDArray[np.uint8]:
    height, width = drawn.shape[:2]
    strip = _strip(entries, width=max(width, _NARROWEST))
    sheet = np.full((height + len(strip), strip.shape[1], 3), _GROUND, np.uint8)
    sheet[:height, :width] = drawn
    sheet[height:] = strip
    return sheet


def _strip(entries: list[_Entry], *, width: int) -> NDArray[np.uint8]:
    size = int(np.clip(width / 48, _LEAST, _MOST))
    font = _font(size)
    line, gap, swatch = round(size * 1.6), size, size + size // 2
    places, x, y = [], gap // 2, 0
    for text, color in entries:
        wide = swatch + int(font.getlength(text)) + gap
        if x + wide > width and x > gap // 2:
            x, y = gap // 2, y + line
        places.append((x, y, text, color))
        x += wide
    strip = Image.new("RGB", (width, y + line + size // 2), _GROUND)
    draw = ImageDraw.Draw(strip)
    for x, y, text, color in places:
        top = y + (line - size) // 2 + size // 4
        if color is not None:
            draw.rectangle([x, top, x + size - 1, top + size - 1], color, _FRAME)
            x += swatch
        draw.text((x, top + size // 2), text, _INK, font, anchor="lm")
    return np.asarray(strip)


def _entries(answer: LabelMap | Layers) -> list[_Entry]:
    """Texts and colors; of more than 40 classes the smallest are only counted."""
    shares = answer.shares()
    order = [int(index) for index in np.argsort(-shares, kind="stable") if shares[index] > 0]
    entries: list[_Entry] = [
        (f"{answer.classes[index].name} {_percent(shares[index])}", answer.classes[index].color)
        for index in order[:_ENTRIES]
    ]
    if len(order) > _ENTRIES:
        entries.append((f"and {len(order) - _ENTRIES} more", None))
    return entries or [("nothing labelled", None)]


@lru_cache
def _font(size: int) -> Any:
    return ImageFont.load_default(size=size)


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.0095 else f"{share:.1%}" if share >= 0.0005 else "<0.1%"

"""A confusion matrix as a picture that can be read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from perpixel.classes import ClassTable

_MARGIN = 16
_SWATCH = 14
_MOST_NUMBERED = 40
_INK = (30, 30, 30)
_RIGHT = (24, 110, 60)
_WRONG = (190, 50, 30)


def confusion_chart(counts: NDArray[Any], classes: ClassTable) -> NDArray[np.uint8]:
    """Draw the share of each true class (row) that was predicted as each class (column).

    The diagonal is green, errors are red, and the darker, the more; a share under 0.005 is left blank. A class without
    a true pixel has an empty row that says so. Up to 40 classes carry their numbers.

    Args:
        counts: (K, K), rows truth, columns prediction.
        classes: K names and colors.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        ValueError: the counts are not of these classes.
    """
    if counts.shape != (len(classes), len(classes)):
        raise ValueError(f"counts are {counts.shape}, expected one row and column for each of {len(classes)} classes")
    cell = 44 if len(classes) <= 20 else 34 if len(classes) <= _MOST_NUMBERED else 14
    names, small = ImageFont.load_default(size=15 if cell > 14 else 11), ImageFont.load_default(size=13)
    pixels = counts.sum(axis=1)
    shares = counts / np.maximum(pixels, 1)[:, None]

    widest = max(int(names.getlength(name)) for name in classes.names)
    left = _MARGIN + widest + _SWATCH + 12
    top = _MARGIN + 24 + widest + _SWATCH + 12
    side = cell * len(classes)
    image = Image.new("RGB", (left + side + _MARGIN, top + side + _MARGIN + 22), "white")
    draw = ImageDraw.Draw(image)
    draw.text((_MARGIN, _MARGIN - 6), "Share of each true class (row) predicted as (column)", _INK, names)

    for number, entry in enumerate(classes):
        middle = number * cell + cell // 2
        draw.text((left - _SWATCH - 12, top + middle), entry.name, _INK, names, anchor="rm")
        _swatch(draw, left - _SWATCH - 6, top + middle - _SWATCH // 2, entry.color)
        _upright(image, entry.name, names, left + middle, top - _SWATCH - 12)
        _swatch(draw, left + middle - _SWATCH // 2, top - _SWATCH - 6, entry.color)
        if pixels[number] == 0:
            draw.text((left + 6, top + middle), "no pixels" if cell > 14 else "", (150, 150, 150), small, anchor="lm")
            continue
        for other in range(len(classes)):
            _cell(draw, left + other * cell, top + number * cell, cell, float(shares[number, other]), number == other)
            if cell > 14:
                _number(draw, left + other * cell, top + number * cell, cell, float(shares[number, other]), small)
    for step in range(len(classes) + 1):
        draw.line([(left + step * cell, top), (left + step * cell, top + side)], (225, 225, 225))
        draw.line([(left, top + step * cell), (left + side, top + step * cell)], (225, 225, 225))
    footer = f"{int(pixels.sum()):,} pixels; rows sum to 1"
    draw.text((left + side, top + side + 8), footer, (110, 110, 110), small, anchor="rt")
    return np.asarray(image).copy()


def _swatch(draw: ImageDraw.ImageDraw, x: int, y: int, color: tuple[int, int, int]) -> None:
    draw.rectangle([x, y, x + _SWATCH - 1, y + _SWATCH - 1], color, (120, 120, 120))


def _upright(image: Image.Image, text: str, font: Any, x: int, bottom: int) -> None:
    """Write from the bottom up, centered on `x`."""
    height = sum(font.getmetrics())
    strip = Image.new("RGB", (int(font.getlength(text)) + 2, height), "white")
    ImageDraw.Draw(strip).text((0, 0), text, _INK, font)
    turned = strip.transpose(Image.Transpose.ROTATE_90)
    image.paste(turned, (x - height // 2, bottom - turned.height))


def _cell(draw: ImageDraw.ImageDraw, x: int, y: int, cell: int, share: float, right: bool) -> None:
    strength = share**0.6  # small errors are what one looks for
    full = _RIGHT if right else _WRONG
    color = tuple(round(255 + (part - 255) * strength) for part in full)
    draw.rectangle([x, y, x + cell - 1, y + cell - 1], color)


def _number(draw: ImageDraw.ImageDraw, x: int, y: int, cell: int, share: float, font: Any) -> None:
    if share < 0.005:
        return
    text = f"{share:.2f}".removeprefix("0") if share < 0.995 else "1.0"
    draw.text((x + cell // 2, y + cell // 2), text, "white" if share > 0.35 else _INK, font, anchor="mm")

"""Regions as random colors, as boundaries over the photo, and several answers in a row to choose from."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from perpixel.draw.shapes import COLOR
from perpixel.draw.shown import as_shown

GROUND, INK = (250, 250, 250), (30, 30, 30)
WIDEST = 640  # of one picture in a row


def region_colors(labels: NDArray[np.int32]) -> NDArray[np.uint8]:
    """A color for each region, (H, W, 3) uint8: random, but the same for the same number in every picture."""
    table = _table()
    colors: NDArray[np.uint8] = table[labels & (len(table) - 1)]
    return colors


@lru_cache(maxsize=1)
def _table() -> NDArray[np.uint8]:
    """65536 colors, none too dark, pale or gray, in an order that seldom puts two like ones together."""
    drawn = np.random.default_rng(7).permutation(1 << 16)
    colors = np.stack((drawn % 180, 110 + drawn // 180 % 120, 120 + drawn // 21600 * 40), axis=1).astype(np.uint8)
    table: NDArray[np.uint8] = cv2.cvtColor(colors[None], cv2.COLOR_HSV2RGB)[0]
    return table


def boundaries_over(image: NDArray[Any], labels: NDArray[np.int32]) -> NDArray[np.uint8]:
    """The boundaries of regions over the picture, (H, W, 3) uint8, wider in large pictures so that they can be seen."""
    if image.shape[:2] != labels.shape:
        raise ValueError(f"the picture is {image.shape[:2]}, the labels {labels.shape}; both must be the same (H, W)")
    drawn = as_shown(image).copy()
    drawn[_boundaries(labels)] = COLOR
    return drawn


def in_a_row(pictures: Sequence[NDArray[np.uint8]], captions: Sequence[str]) -> NDArray[np.uint8]:
    """Pictures (H, W, 3) of one size side by side, each above its caption, and none wider than 640 pixels."""
    height, width = pictures[0].shape[:2]
    share = min(1.0, WIDEST / width)
    size = max(round(width * share), 1), max(round(height * share), 1)
    font = ImageFont.load_default(size=16)
    cell = max(size[0], *(int(font.getlength(caption)) for caption in captions)) + 12
    sheet = Image.new("RGB", (cell * len(pictures), size[1] + 44), GROUND)
    pen = ImageDraw.Draw(sheet)
    for number, (picture, caption) in enumerate(zip(pictures, captions, strict=True)):
        shown = cv2.resize(picture, size, interpolation=cv2.INTER_AREA) if share < 1 else picture
        left = number * cell + cell // 2
        sheet.paste(Image.fromarray(shown), (left - size[0] // 2, 6))
        pen.text((left, size[1] + 24), caption, INK, font, anchor="mm")
    return np.asarray(sheet).copy()


def _boundaries(labels: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Pixels whose right or lower neighbor is of another region."""
    found = np.zeros(labels.shape, np.uint8)
    found[:, :-1] = labels[:, :-1] != labels[:, 1:]
    found[:-1] |= labels[:-1] != labels[1:]
    width = round(max(labels.shape) / 800)
    if width > 1:
        return np.asarray(cv2.dilate(found, np.ones((width, width), np.uint8))).astype(np.bool_)
    return found.astype(np.bool_)

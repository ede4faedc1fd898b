"""Truth and prediction of one picture side by side, where things are told apart."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from perpixel.draw.legend import with_legend
from perpixel.draw.things import instances_over, panoptic_over
from perpixel.results import Instances, Panoptic

_TILE, _GAP, _LINE = 520, 10, 24
_INK = (30, 30, 30)


def draw_things(
    image: NDArray[Any] | None, *, truth: Instances | Panoptic, prediction: Instances | Panoptic, title: str
) -> NDArray[np.uint8]:
    """Draw truth and prediction over the picture (over gray, if there is none), at most 520 pixels wide each.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    ground = np.full((*truth.size, 3), 128, np.uint8) if image is None else image
    tiles = [(name, _tile(ground, answer)) for name, answer in (("truth", truth), ("prediction", prediction))]
    height, width = (max(tile.shape[axis] for _, tile in tiles) for axis in (0, 1))
    font = ImageFont.load_default(size=14)
    sheet = Image.new("RGB", (2 * (width + _GAP) + _GAP, 2 * _LINE + height + 2 * _GAP), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, _GAP), title, _INK, ImageFont.load_default(size=16))
    for number, (caption, tile) in enumerate(tiles):
        x, y = _GAP + number * (width + _GAP), _GAP + _LINE
        draw.text((x, y + 4), f"{caption}: {len((truth, prediction)[number])}", _INK, font)
        sheet.paste(Image.fromarray(tile), (x, y + _LINE))
    return np.asarray(sheet).copy()


def _tile(image: NDArray[Any], answer: Instances | Panoptic) -> NDArray[np.uint8]:
    """The legend comes last, so that both tiles have one scale, however many classes they name."""
    if isinstance(answer, Instances):
        return _fitted(instances_over(image, answer))
    return with_legend(_fitted(panoptic_over(image, answer, legend=False)), answer.label_map())


def _fitted(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    scale = _TILE / max(picture.shape[:2])
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_NEAREST
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8)

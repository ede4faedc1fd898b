"""The pictures on which a model does worst, each drawn beside its truth."""

from __future__ import annotations

import heapq
import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from perpixel.draw import as_shown, error_map
from perpixel.evaluation.depth_cases import draw_depths
from perpixel.evaluation.lane_cases import draw_lanes
from perpixel.evaluation.thing_cases import draw_things
from perpixel.results import Depth, LabelMap
from perpixel.results.lanes import Lanes

_TILE = 520
_GAP = 10
_LINE = 24
_INK = (30, 30, 30)


@dataclass(frozen=True)
class Case:
    """One picture, its score, and (H, W, 3) uint8 RGB: picture, truth, prediction and errors side by side."""

    score: float
    name: str
    drawn: NDArray[np.uint8]


class WorstCases:
    """Keeps the `count` cases with the lowest score, drawn small, so that memory does not grow with the data set."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._heap: list[tuple[float, int, Case]] = []  # the best of the worst first
        self._seen = 0

    def offer(self, image: NDArray[Any] | None, *, truth: Any, prediction: Any, name: str, score: float) -> None:
        """Look at one picture; a score of NaN (nothing to judge) is never among the worst."""
        self._seen += 1
        full = len(self._heap) == self.count
        if self.count == 0 or math.isnan(score) or (full and -score <= self._heap[0][0]):
            return
        if isinstance(truth, LabelMap):
            drawn = draw_case(image, truth=truth, prediction=prediction, title=f"{name}   mean IoU {score:.3f}")
        elif isinstance(truth, Depth):
            drawn = draw_depths(image, truth=truth, prediction=prediction)
        elif isinstance(truth, Lanes):
            drawn = draw_lanes(image, truth=truth, prediction=prediction)
        else:
            drawn = draw_things(image, truth=truth, prediction=prediction, title=f"{name}   quality {score:.3f}")
        entry = (-score, -self._seen, Case(score, name, drawn))
        if full:
            heapq.heapreplace(self._heap, entry)
        else:
            heapq.heappush(self._heap, entry)

    def cases(self) -> list[Case]:
        """The worst first; of two equal ones, the one that came first."""
        return [case for _, _, case in sorted(self._heap, reverse=True)]


def draw_case(image: NDArray[Any] | None, *, truth: LabelMap, prediction: LabelMap, title: str) -> NDArray[np.uint8]:
    """Draw picture (if there is one), truth, prediction and errors, at most 520 pixels wide each, with a legend.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    step = max(1, max(truth.size) // (4 * _TILE))  # of a huge picture, every second or third pixel is drawn
    truth, prediction = truth[::step, ::step], prediction[::step, ::step]
    image = None if image is None else image[::step, ::step]
    tiles = [] if image is None else [("picture", _fitted(as_shown(image)))]
    tiles.append(("truth", _colored(truth)))
    tiles.append(("prediction", _colored(prediction)))
    tiles.append(("errors (red)", _fitted(error_map(image, truth, prediction))))
    columns = 2 if len(tiles) == 4 else len(tiles)
    height, width = tiles[0][1].shape[:2]
    across = columns * (width + _GAP) + _GAP
    font = ImageFont.load_default(size=14)
    legend = _legend_places(truth, prediction, font, across)
    top = _GAP + _LINE
    rows = math.ceil(len(tiles) / columns)
    down = top + rows * (height + _LINE + _GAP) + (legend[-1][1] + 1) * _LINE + 8
    sheet = Image.new("RGB", (across, down), "white")
    draw = ImageDraw.Draw(sheet)
    draw.text((_GAP, _GAP), title, _INK, ImageFont.load_default(size=16))
    for number, (caption, tile) in enumerate(tiles):
        x = _GAP + number % columns * (width + _GAP)
        y = top + number // columns * (height + _LINE + _GAP)
        draw.text((x, y + 4), caption, _INK, font)
        sheet.paste(Image.fromarray(tile), (x, y + _LINE))
    bottom = top + rows * (height + _LINE + _GAP)
    for x, line, name, color in legend:
        y = bottom + line * _LINE + 6
        draw.rectangle([x, y, x + 13, y + 13], color, (120, 120, 120))
        draw.text((x + 19, y + 7), name, _INK, font, anchor="lm")
    return np.asarray(sheet).copy()


def _legend_places(
    truth: LabelMap, prediction: LabelMap, font: Any, across: int
) -> list[tuple[int, int, str, tuple[int, int, int]]]:
    """Column, line, name and color of each class that occurs; what is ignored last."""
    occurs = (truth.shares() > 0) | (prediction.shares() > 0)
    entries = [(c.name, c.color) for c, here in zip(truth.classes, occurs, strict=True) if here]
    entries.append(("ignored", (255, 255, 255)))
    places, x, line = [], _GAP, 0
    for name, color in entries:
        wide = 19 + int(font.getlength(name)) + 16
        if x + wide > across and x > _GAP:
            x, line = _GAP, line + 1
        places.append((x, line, name, color))
        x += wide
    return places


def _fitted(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """At most 520 pixels wide and high; what is tiny is enlarged by a whole factor."""
    scale = _TILE / max(picture.shape[:2])
    if scale > 1:
        factor = min(int(scale), 6)
        return np.ascontiguousarray(picture.repeat(factor, axis=0).repeat(factor, axis=1))
    size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _colored(answer: LabelMap) -> NDArray[np.uint8]:
    table = np.full((answer.classes.ignored + 1, 3), 255, np.uint8)
    table[: len(answer.classes)] = answer.classes.colors
    return _fitted(table[answer.labels])

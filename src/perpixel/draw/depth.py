"""Depth in colors: near is red, far is blue."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from perpixel.draw.shown import as_shown
from perpixel.results import Depth

Span = tuple[float, float]
_BAR, _GAP, _TEXT = 18, 10, 62
_INK, _NONE = (30, 30, 30), (0, 0, 0)


def span_of(*depths: Depth) -> Span:
    """(near, far) metres between which nearly all lies (2nd and 98th percentile); (1, 2) where nothing is valid."""
    metres = np.concatenate([depth.metres[depth.valid].ravel()[::7] for depth in depths])
    if not metres.size:
        return 1.0, 2.0
    near, far = (float(value) for value in np.percentile(metres, (2, 98)))
    return max(near, 1e-3), max(far, near * 1.05, 2e-3)


def depth_map(depth: Depth, span: Span | None = None) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 RGB, by the logarithm of the distance between `span`'s ends; black where nothing is valid."""
    near, far = span or span_of(depth)
    metres = np.where(depth.valid, np.maximum(depth.metres, 1e-6), near)
    place = np.clip(np.log(metres / near) / np.log(far / near), 0, 1)
    shown = _colors(place)
    shown[~depth.valid] = _NONE
    return shown


def with_scale(picture: NDArray[np.uint8], span: Span, *, even: bool = False) -> NDArray[np.uint8]:
    """The picture (H, W, 3) with a scale in metres at its right, logarithmic, or `even`."""
    height, width = picture.shape[:2]
    sheet = Image.new("RGB", (width + _GAP + _BAR + _TEXT, height), "white")
    sheet.paste(Image.fromarray(picture), (0, 0))
    bar = np.repeat(_colors(np.linspace(0, 1, max(height - 2 * _GAP, 1))[:, None]), _BAR, axis=1)
    sheet.paste(Image.fromarray(bar), (width + _GAP, _GAP))
    draw, font = ImageDraw.Draw(sheet), ImageFont.load_default(size=13)
    for share in np.linspace(0, 1, max(min(height // 60, 6), 2)):
        metres = span[0] + (span[1] - span[0]) * share if even else span[0] * (span[1] / span[0]) ** share
        place = _GAP + share * (len(bar) - 1)
        draw.text((width + _GAP + _BAR + 6, place), f"{metres:.3g} m", _INK, font, anchor="lm")
    return np.asarray(sheet).copy()


def depth_beside(image: NDArray[Any], depth: Depth, span: Span | None = None) -> NDArray[np.uint8]:
    """The picture, and beside it its depth with a scale."""
    span = span or span_of(depth)
    return np.concatenate([as_shown(image), _white(image.shape[0]), with_scale(depth_map(depth, span), span)], axis=1)


def height_map(heights: NDArray[Any]) -> NDArray[np.uint8]:
    """Heights (H, W) in metres, NaN where there is none (black), low is blue and high is red, with a scale."""
    known = np.isfinite(heights)
    high, low = (float(each) for each in np.percentile(heights[known], (98, 2))) if known.any() else (1.0, 0.0)
    high = max(high, low + 0.01)
    shown = _colors(np.clip((high - np.where(known, heights, low)) / (high - low), 0, 1))
    shown[~known] = _NONE
    return with_scale(shown, (high, low), even=True)


def _white(height: int) -> NDArray[np.uint8]:
    return np.full((height, _GAP, 3), 255, np.uint8)


def _colors(place: NDArray[Any]) -> NDArray[np.uint8]:
    levels = np.rint(225 - 200 * place).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.applyColorMap(levels, cv2.COLORMAP_TURBO), cv2.COLOR_BGR2RGB), np.uint8)

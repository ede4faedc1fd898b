"""Lanes over their picture."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.draw.shown import as_shown
from perpixel.results import Polylines

FRACTION = 4  # bits of a pixel that OpenCV may draw between pixels
FAR = 1e5  # pixels; points beyond are not drawn
LANE = (70, 200, 90)
LINES, AREA = 0.8, 0.25  # how much of the photo the colors cover


def lanes_over(image: NDArray[Any], lanes: Polylines, *, lane: bool = True, note: str = "") -> NDArray[np.uint8]:
    """The lines in the colors of their classes over the picture; lines of little support are thin.

    Args:
        image: (H, W[, C]) of any type, shown as `as_shown` says.
        lanes: in its pixels, each line from near to far.
        lane: also tint the road between the nearest line on the left and on the right.
        note: words for the upper left corner.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    shown = as_shown(image)
    drawn = shown.copy()
    wide = max(round(max(shown.shape[:2]) / 250), 1)
    borders = _nearest(lanes) if lane else None
    if borders is not None:
        cv2.fillPoly(drawn, [_fine(np.concatenate([borders[0], borders[1][::-1]]))], LANE, cv2.LINE_AA, FRACTION)
        drawn = np.asarray(cv2.addWeighted(drawn, AREA, shown, 1 - AREA, 0), np.uint8)
    plain = drawn.copy()
    for line, label, score in zip(lanes.lines, lanes.labels, lanes.scores, strict=True):
        color, points = lanes.classes[label].color, _fine(line)
        cv2.polylines(
            drawn, [points], False, color, wide if score >= 0.25 else max(wide // 2, 1), cv2.LINE_AA, FRACTION
        )
    drawn = np.asarray(cv2.addWeighted(drawn, LINES, plain, 1 - LINES, 0), np.uint8)
    if note:
        scale = max(shown.shape[0] / 900, 0.35)
        place = (round(14 * scale), round(34 * scale))
        for color, thick in (((0, 0, 0), 4), ((255, 255, 255), 1.5)):
            width = max(round(thick * scale), 1)
            cv2.putText(drawn, note, place, cv2.FONT_HERSHEY_SIMPLEX, scale, color, width, cv2.LINE_AA)
    return drawn


def _nearest(lanes: Polylines) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The last line of the left and the first of the right, where the classes are named so."""
    names = [lanes.classes[label].name.split()[0] for label in lanes.labels]
    if "left" not in names or "right" not in names:
        return None
    left = max((line for line, name in zip(lanes.lines, names, strict=True) if name == "left"), key=lambda p: p[0, 0])
    right = min((line for line, name in zip(lanes.lines, names, strict=True) if name == "right"), key=lambda p: p[0, 0])
    return left, right


def _fine(line: NDArray[np.float64]) -> NDArray[np.int32]:
    near = line[np.abs(line).max(axis=1, initial=0) < FAR] if len(line) else line
    return np.rint(near * (1 << FRACTION)).astype(np.int32)

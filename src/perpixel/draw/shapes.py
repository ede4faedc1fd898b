"""Edges, segments and circles over a pale picture, in a color that no photo has much of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.draw.shown import as_shown

COLOR = (235, 0, 90)
FRACTION = 4  # bits of a pixel that OpenCV may draw between pixels


def edges_over(image: NDArray[Any], edges: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """The pixels of edges (H, W) over the picture (H, W[, C]) of any type: (H, W, 3) uint8 RGB."""
    if image.shape[:2] != edges.shape:
        raise ValueError(f"the picture is {image.shape[:2]}, the edges are {edges.shape}; both must be the same (H, W)")
    drawn = pale(image)
    drawn[edges] = COLOR
    return drawn


def segments_over(image: NDArray[Any], segments: NDArray[Any]) -> NDArray[np.uint8]:
    """Segments (n, 4) of x0, y0, x1, y1 over the picture; those with a NaN are left out."""
    drawn = pale(image)
    for x0, y0, x1, y1 in segments[np.isfinite(segments).all(axis=1)]:
        cv2.line(drawn, _fine((x0, y0)), _fine((x1, y1)), COLOR, _width(drawn), cv2.LINE_AA, FRACTION)
    return drawn


def circles_over(image: NDArray[Any], circles: NDArray[Any]) -> NDArray[np.uint8]:
    """Circles (n, 3) of x, y and radius over the picture, with their centers."""
    drawn = pale(image)
    width = _width(drawn)
    for x, y, radius in circles:
        center = _fine((x, y))
        cv2.circle(drawn, center, _fine((radius,))[0], COLOR, width, cv2.LINE_AA, FRACTION)
        cv2.circle(drawn, center, width << FRACTION, COLOR, -1, cv2.LINE_AA, FRACTION)
    return drawn


def pale(image: NDArray[Any]) -> NDArray[np.uint8]:
    """The picture half faded to white, with half of its color."""
    shown = as_shown(image).astype(np.float32)
    gray = shown.mean(axis=2, keepdims=True)
    faded: NDArray[np.uint8] = np.rint((shown + gray) * np.float32(0.25) + np.float32(127.5)).astype(np.uint8)
    return faded


def _width(drawn: NDArray[np.uint8]) -> int:
    return max(round(max(len(drawn), len(drawn[0])) / 400), 1)


def _fine(numbers: Iterable[float]) -> tuple[int, ...]:
    return tuple(round(float(number) * (1 << FRACTION)) for number in numbers)

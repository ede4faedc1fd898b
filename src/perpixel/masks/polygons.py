"""Polygons as masks, and masks as polygons along the borders of their pixels.

Coordinates are x and y, and whole numbers are corners of pixels: the pixel in row 0 and column 0 is the square from
(0, 0) to (1, 1). Which pixels a polygon has is COCO's rule, that of pycocotools to the bit, for every format: what is
nearly the pixels whose centers are inside, and exactly those where all corners are corners of pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.errors import MaskError
from perpixel.kernels.polygons import count_crossings, crossings, trace_borders
from perpixel.masks.runs.numbers import shown
from perpixel.masks.runs.runs import Runs, checked_size, union
from perpixel.pictures import MAX_PIXELS

_FARTHEST = 2.0**24  # pixels: beyond, the fine grid leaves the numbers that pycocotools has
_MOST_CROSSINGS = 2**25


@dataclass(frozen=True, eq=False)
class Polygon:
    """One part of a mask.

    Attributes:
        outer: (N, 2) x and y of the corners around it.
        holes: (M, 2) of those around each hole in it.
    """

    outer: NDArray[Any]
    holes: tuple[NDArray[Any], ...] = ()


def polygons_to_runs(polygons: Sequence[Polygon], size: tuple[int, int], *, max_pixels: int = MAX_PIXELS) -> Runs:
    """The pixels in any of some polygons but not in their holes, of a picture of `size` (height, width).

    Of a border that crosses itself, what is inside an even number of times is outside.

    Raises:
        MaskError: a border of fewer than three corners, or a corner that is no place near a picture.
    """
    size = checked_size(size, max_pixels=max_pixels)
    parts = [_runs_within((polygon.outer, *polygon.holes), size) for polygon in polygons]
    while len(parts) > 1:  # by twos, so that no part is gone through more than a few times
        parts = [union(parts[i : i + 2]) for i in range(0, len(parts), 2)]
    return parts[0] if parts else Runs(size, np.array([size[0] * size[1]]))


def from_coco_polygons(polygons: Any, size: tuple[int, int], *, max_pixels: int = MAX_PIXELS) -> Runs:
    """The pixels of COCO's `segmentation`, a list of polygons `[x, y, x, y, ...]`: those in any of them.

    Raises:
        MaskError: not that; and what `polygons_to_runs` raises.
    """
    if not isinstance(polygons, list | tuple) or not polygons:
        raise MaskError(f"COCO polygons are lists [x, y, x, y, ...] in a list, at least one; this is {shown(polygons)}")
    return polygons_to_runs([Polygon(flat_points(each)) for each in polygons], size, max_pixels=max_pixels)


def flat_points(numbers: Any) -> NDArray[np.float64]:
    """(N, 2) points of a list x, y, x, y, ...

    Raises:
        MaskError: no list of numbers, or an odd number of them.
    """
    points = _floats(numbers)
    if points.ndim != 1 or points.size % 2:
        raise MaskError(f"a polygon is a list x, y, x, y, ... of numbers; this is {shown(numbers)}")
    return _near(points.reshape(-1, 2))


def paired_points(pairs: Any) -> NDArray[np.float64]:
    """(N, 2) points of a list of pairs.

    Raises:
        MaskError: no list of pairs of numbers.
    """
    points = _floats(pairs)
    if points.ndim != 2 or points.shape[1] != 2:
        raise MaskError(f"points are a list of pairs x, y; this is {shown(pairs)}")
    return _near(points)


def mask_to_polygons(runs: Runs, *, max_pixels: int = MAX_PIXELS) -> tuple[Polygon, ...]:
    """The parts of a mask, each along the borders of its pixels; `polygons_to_runs` gives the same mask back.

    Pixels that touch at a corner are of one part; its border then passes the corner twice. Corners are int64, and turn
    around the part by way of right, down, left, up, and around holes the other way.

    Raises:
        MaskError: a mask of more than `max_pixels` pixels.
    """
    x0, y0, x1, y1 = runs.box
    if x1 == x0:
        return ()
    mask = np.pad(_columns(runs, x0, x1).decode(max_pixels=max_pixels)[y0:y1].view(np.uint8), 1)
    points, ends, pixels = trace_borders(mask)
    points += (x0 - 1, y0 - 1)
    _, parts = cv2.connectedComponents(mask, connectivity=8, ltype=cv2.CV_32S)
    outers = dict[int, NDArray[np.int64]]()
    holes = dict[int, list[NDArray[np.int64]]]()
    for start, end, (row, column) in zip(ends[:-1], ends[1:], pixels.tolist(), strict=True):
        border, part = points[start:end], int(parts[row, column])
        if part in outers:  # row by row, the outer border of a part comes before those of its holes
            holes[part].append(border)
        else:
            outers[part], holes[part] = border, []
    return tuple(Polygon(outer, tuple(holes[part])) for part, outer in outers.items())


def rectangle(x0: float, y0: float, x1: float, y1: float) -> Polygon:
    """A rectangle of two opposite corners, whichever."""
    return Polygon(np.array([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], np.float64))


def ellipse(x: float, y: float, across: float, down: float) -> Polygon:
    """An ellipse of a center and two radii, as a polygon with a corner a pixel or so, 16 to 1000.

    Raises:
        MaskError: a center or radius that is no place near a picture.
    """
    _near(np.array([(x, y), (across, down)], np.float64))
    corners = int(min(max(8 * max(abs(across), abs(down)), 16), 1000))
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return Polygon(np.stack([x + across * np.cos(angles), y + down * np.sin(angles)], axis=1))


def _columns(runs: Runs, x0: int, x1: int) -> Runs:
    """The columns in which a mask has all its pixels: the rest need not be decoded."""
    height = runs.size[0]
    edges = np.concatenate([[0], runs.spans.ravel() - x0 * height, [(x1 - x0) * height]])
    return Runs((height, x1 - x0), np.diff(edges))


def _floats(given: Any) -> NDArray[np.float64]:
    try:
        found = np.array(given)
    except (ValueError, OverflowError):  # lists of several lengths
        found = np.empty(0, object)
    return found.astype(np.float64) if found.dtype.kind in "iuf" else np.empty((0, 0, 0))


def _near(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Points that may be of a picture.

    Raises:
        MaskError: one that is not.
    """
    far = np.flatnonzero(~(np.abs(points) <= _FARTHEST).all(axis=1))
    if far.size:
        x, y = points[far[0]]
        raise MaskError(f"point {far[0] + 1} is at {x:g}, {y:g}, which is no place near a picture")
    return points


def _runs_within(borders: Sequence[NDArray[Any]], size: tuple[int, int]) -> Runs:
    """The pixels that are an odd number of times within these borders."""
    height, width = size
    found = [np.array([height * width], np.int64)]
    for border in borders:
        points = _near(np.ascontiguousarray(border, np.float64))
        if len(points) < 3:
            raise MaskError(f"a polygon of {len(points)} points; at least three are needed")
        most = count_crossings(points, width)
        if most > _MOST_CROSSINGS:
            raise MaskError(f"a polygon of {len(points)} points crosses the picture's columns {most} times; too often")
        found.append(crossings(points, height, width, most))
    places = np.sort(np.concatenate(found))
    return Runs(size, np.diff(places, prepend=0))

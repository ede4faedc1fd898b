"""The two straight lines of a lane: edges, a region of interest, Hough's segments, and one fit for each side.

The usual first answer to the task; `lane_curves` sees bends, and other lanes.

Sources: `canny` and `hough_segments` say theirs. Here OpenCV's Canny is called bare, on 8 bits and with |dx| + |dy|, as
the field's thresholds of 50 and 150 are meant.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass
from perpixel.classical.lines import hough_segments
from perpixel.classical.parameters import number, whole
from perpixel.classical.picture import as_gray
from perpixel.results import Polylines
from perpixel.warp import Size

Array = NDArray[np.float64]

SIDES = ClassTable(
    (SegmentClass("left", (230, 80, 40), mirror="right"), SegmentClass("right", (30, 110, 230), mirror="left"))
)
"""Of the vehicle."""

REGION = ((0.0, 1.0), (0.4, 0.58), (0.6, 0.58), (1.0, 1.0))
TOP = 0.6  # of the height, up to which lines are drawn out
LEVEL, UPRIGHT = 0.4, 12.0  # |dy / dx| below and above which a segment is no border of a lane
AWAY = 0.03  # of the width; segments farther from the fit are left out of the second one
BEYOND = 0.1  # of the width; how far over the middle a side's segments may reach


def straight_lanes(
    image: NDArray[Any],
    *,
    low: float = 50,
    high: float = 150,
    blur: int = 5,
    votes: int = 30,
    min_length: float = 30,
    max_gap: float = 60,
    region: Sequence[tuple[float, float]] = REGION,
) -> Polylines:
    """The left and the right border of the vehicle's lane, where they can be seen.

    A side without a segment has no line: the answer then has one, or none. Pixel numbers are meant for pictures some
    720 rows high.

    Args:
        image: (H, W) or (H, W, 1 to 4), uint8, uint16 or floats in [0, 1]; brought to gray of 8 bits.
        low, high: Canny's thresholds, of |dx| + |dy| by Sobel's filter on brightness 0 to 255.
        blur: side of the Gaussian before, odd; 1 for none.
        votes, min_length, max_gap: as `hough_segments` says.
        region: corners (x, y) of the part that is looked at, as shares of width and height. It is cut out after the
            edges are found: its own border is no edge.

    Returns:
        at most one line for each of `SIDES`: (2, 2) x, y at the foot of the picture and at 60 % of its height, or where
        the two meet if that is lower. The score is the share of the rows between that segments cover.

    Raises:
        TypeError, ValueError: the picture is none, or a number makes no sense.
    """
    edges, first, size = _edges(image, low, high, whole("blur", blur, least=1), region)
    segments = hough_segments(edges, votes=votes, min_length=min_length, max_gap=max_gap).astype(np.float64)
    fits = _fitted(_sides(segments, size[1]), edges, first)
    foot, top = size[0] - 1.0, _top(fits, size)
    return Polylines(
        tuple(np.array([[slope * y + x, y] for y in (foot, top)]) for slope, x, _ in fits.values()),
        np.array([SIDES.index(side) for side in fits], np.intp),
        SIDES,
        np.array([min(rows / max(foot - top, 1), 1) for _, _, rows in fits.values()], np.float32),
    )


def _edges(
    image: NDArray[Any], low: float, high: float, blur: int, region: Sequence[tuple[float, float]]
) -> tuple[NDArray[np.uint8], int, Size]:
    """Edges inside the region, in the rows that it spans; the first of these rows; and the picture's size."""
    if blur % 2 == 0:
        raise ValueError(f"blur {blur} is even; a filter with a middle has an odd side, such as {blur + 1}")
    if number("low", low) > number("high", high):
        raise ValueError(f"low {low:g} is above high {high:g}; edges begin above high and go on above low")
    size = np.shape(image)[:2]
    if len(size) < 2:
        raise ValueError(f"the picture has shape {np.shape(image)}; expected (H, W) or (H, W, C)")
    corners = _corners(region, (size[0], size[1]))
    margin = blur // 2 + 2
    inside = np.clip(corners[:, 1], 0, size[0] - 1)
    start, stop = max(int(inside.min()) - margin, 0), min(int(inside.max()) + margin + 1, size[0])
    part = as_gray(image[start:stop])
    smooth = cv2.GaussianBlur(part, (blur, blur), 0) if blur > 1 else part
    edges = cv2.Canny(smooth, low, high)
    mask = np.zeros(part.shape, np.uint8)
    cv2.fillPoly(mask, [corners - np.array([0, start], np.int32)], 255)
    return np.asarray(cv2.bitwise_and(edges, mask), np.uint8), start, (size[0], size[1])


def _corners(region: Sequence[tuple[float, float]], size: Size) -> NDArray[np.int32]:
    corners = np.asarray(region, np.float64)
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3 or not np.isfinite(corners).all():
        raise ValueError(
            f"region {region!r} is no polygon; expected three or more corners (x, y) as shares of the size"
        )
    return np.rint(corners * (size[1] - 1, size[0] - 1)).astype(np.int32)


def _sides(segments: Array, width: int) -> tuple[Array, Array]:
    """The segments that lean as the left and as the right border do, and lie there; y goes down."""
    x0, y0, x1, y1 = segments.T
    slope = (y1 - y0) / np.where(x1 > x0, x1 - x0, 1e-9)
    leans = (np.abs(slope) >= LEVEL) & (np.abs(slope) <= UPRIGHT)
    middle, beyond = (width - 1) / 2, BEYOND * width
    left = leans & (slope < 0) & (x1 <= middle + beyond) & (x0 < middle)
    right = leans & (slope > 0) & (x0 >= middle - beyond) & (x1 > middle)
    return segments[left], segments[right]


def _fitted(sides: tuple[Array, Array], edges: NDArray[np.uint8], first: int) -> dict[str, tuple[float, float, float]]:
    """For each side with segments (dx / dy, x at row 0 of the picture, rows covered) of the line through them.

    First through their ends, weighted by length; then through the edges along those that are near, each pixel once, so
    that the two edges of a painted line pull alike, however often they were found.
    """
    along = np.zeros(edges.shape, np.uint8)
    for place, segments in enumerate(sides, start=1):
        if len(segments):
            length = np.hypot(segments[:, 2] - segments[:, 0], segments[:, 3] - segments[:, 1])
            x, y = segments[:, [0, 2]], segments[:, [1, 3]]
            slope, start = _line(x.ravel(), y.ravel(), np.repeat(length, 2))
            near = np.abs(x - slope * y - start).max(axis=1) <= AWAY * edges.shape[1]
            for ends in segments[near if near.any() else slice(None)].astype(np.int32).reshape(-1, 2, 2).tolist():
                cv2.line(along, ends[0], ends[1], place, 3)
    found = cv2.bitwise_and(along, edges)
    pixels = np.flatnonzero(found != 0)
    owner = found.ravel()[pixels]
    rows, columns = np.divmod(pixels, edges.shape[1])
    fits = {}
    for place, side in enumerate(SIDES.names, start=1):
        own = owner == place
        if own.any():
            slope, start = _line(columns[own].astype(np.float64), rows[own].astype(np.float64), np.ones(int(own.sum())))
            fits[side] = slope, start - slope * first, float(np.count_nonzero(np.diff(rows[own])) + 1)
    return fits


def _line(x: Array, y: Array, weight: Array) -> tuple[float, float]:
    """Slope and start of x = slope y + start, of least squares: an upright line divides by nothing."""
    total = weight.sum()
    middle_x, middle_y = float(weight @ x) / total, float(weight @ y) / total
    away = weight * (y - middle_y)
    slope = float(away @ (x - middle_x)) / max(float(away @ (y - middle_y)), 1e-9)
    return slope, float(middle_x - slope * middle_y)


def _top(fits: dict[str, tuple[float, float, float]], size: Size) -> float:
    top = TOP * size[0]
    if len(fits) == 2:
        (left, at_left, _), (right, at_right, _) = fits["left"], fits["right"]
        if abs(left - right) > 1e-9:
            top = max(top, min((at_left - at_right) / (right - left), size[0] - 1.0))
    return top

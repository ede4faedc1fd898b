"""Straight lines, segments and circles, by Hough's transform of OpenCV.

Points are in column-row order (x, y), x to the right and y down, from the center of the first pixel. A line is the set
of points with x cos(theta) + y sin(theta) = rho: rho is its distance from the first pixel, theta the direction of its
normal in [0, pi): 0 is an upright line, pi/2 a level one. As y goes down, a line that a person sees rise to the right
has theta between 0 and pi/2, and one that falls has theta beyond pi/2. Rho is negative where the normal points away.

What is not found is an empty array of the usual width, never None.

Source: Duda & Hart, 1972, https://doi.org/10.1145/361237.361242.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classical.parameters import number, whole
from perpixel.classical.picture import as_gray

COINCIDE_ANGLE, COINCIDE_SHARE = math.radians(4), 0.01
SCHARR_CONTRAST = 3.0  # as canny's: times the mean slope


def hough_lines(
    edges: NDArray[Any],
    *,
    votes: int | None = None,
    rho_step: float = 1.0,
    theta_step: float = math.pi / 180,
    coinciding: bool = False,
) -> NDArray[np.float64]:
    """Lines without ends that many edge pixels lie on, those of the most first.

    One thick or slightly bent edge is found as a bundle of lines that almost coincide; of each bundle only the line
    with the most votes is given, unless `coinciding` are wanted.

        >>> edges = np.zeros((100, 100), bool)
        >>> edges[50] = True
        >>> hough_lines(edges).round(4)
        array([[50.    ,  1.5708]])

    Args:
        edges: (H, W); what is not 0 is an edge, as `canny` gives them.
        votes: a line has more edge pixels than this; by default a third of the picture's shorter side.
        rho_step, theta_step: what lines are told apart by: pixels from 0.1, radians from 0.001.
        coinciding: also give lines within 4 degrees of one with more votes that pass the picture's center at nearly the
            same distance, within 1 % of the diagonal.

    Returns:
        (n, 2) float: rho in pixels and theta in radians.

    Raises:
        TypeError, ValueError: `edges` is not (H, W) with pixels, or a number makes no sense.
    """
    drawn = _edges(edges)
    height, width = drawn.shape
    least = max(round(min(height, width) / 3), 1) if votes is None else whole("votes", votes, least=1)
    found = cv2.HoughLines(drawn, *_steps(rho_step, theta_step), least)
    lines = _rows(found, 2, np.float64)
    return lines if coinciding else _apart(lines, (height, width))


def hough_segments(
    edges: NDArray[Any],
    *,
    votes: int | None = None,
    min_length: float | None = None,
    max_gap: float | None = None,
    rho_step: float = 1.0,
    theta_step: float = math.pi / 180,
) -> NDArray[np.int32]:
    """Straight pieces of edges with their ends, the longest first.

    Edge pixels are tried in a random order, always the same one, and what a segment has used up is gone: one straight
    edge may come in several pieces, a few pixels short, and more `votes` do not always make it better. Join pieces of
    one line afterwards where that matters.

    Both ends are pixels of the piece, so that a segment of one row from x0 to x1 has x1 - x0 + 1 pixels. Upright ones
    have x0 = x1: do not divide by their difference.

        >>> edges = np.zeros((100, 100), bool)
        >>> edges[50, 10:90] = True
        >>> hough_segments(edges)
        array([[10, 50, 89, 50]], dtype=int32)

    Args:
        edges: (H, W); what is not 0 is an edge, as `canny` gives them.
        votes: a segment's line has at least this many edge pixels; by default three quarters of `min_length`.
        min_length: in pixels, by default 6 % of the picture's diagonal.
        max_gap: between pieces that are joined to one, in pixels; by default 1 % of the diagonal, and at least 2. With
            less, steps of slanted edges already count as gaps.
        rho_step, theta_step: what lines are told apart by: pixels from 0.1, radians from 0.001.

    Returns:
        (n, 4) int32: x0, y0, x1, y1, where x0 < x1, or x0 = x1 and y0 <= y1.

    Raises:
        TypeError, ValueError: `edges` is not (H, W) with pixels, or a number makes no sense.

    Source: Matas, Galambos & Kittler, 2000, https://doi.org/10.1006/cviu.1999.0831; OpenCV's has a fixed random seed.
    """
    drawn = _edges(edges)
    diagonal = math.hypot(*drawn.shape)
    length = max(0.06 * diagonal, 1.0) if min_length is None else number("min_length", min_length, least=1)
    gap = max(0.01 * diagonal, 2.0) if max_gap is None else number("max_gap", max_gap)
    least = max(round(0.75 * length), 1) if votes is None else whole("votes", votes, least=1)
    steps = _steps(rho_step, theta_step)
    found = cv2.HoughLinesP(drawn, *steps, least, minLineLength=length, maxLineGap=gap)
    rows = _rows(found, 4, np.int32)
    turned = (rows[:, 0] > rows[:, 2]) | ((rows[:, 0] == rows[:, 2]) & (rows[:, 1] > rows[:, 3]))
    rows[turned] = rows[turned][:, [2, 3, 0, 1]]
    lengths = np.hypot(rows[:, 2] - rows[:, 0], rows[:, 3] - rows[:, 1])
    return np.ascontiguousarray(rows[np.lexsort((*rows.T[::-1], -lengths))])


def hough_circles(
    image: NDArray[Any],
    *,
    min_radius: float | None = None,
    max_radius: float | None = None,
    min_distance: float | None = None,
    roundness: float = 0.85,
    contrast: float | None = None,
    sigma: float = 1.5,
) -> NDArray[np.float64]:
    """Circles of which most of the edge can be seen; those with more of it come first.

    It takes the picture, not its edges: the directions of the slopes are used too. A narrow range of radii helps most
    against circles that are none.

    Args:
        image: (H, W) or (H, W, 1 to 4), uint8, uint16 or floats in [0, 1]; brought to gray of 8 bits.
        min_radius: in pixels; by default 3 % of the picture's shorter side.
        max_radius: by default half of the shorter side.
        min_distance: between centers; by default `min_radius`. Of circles nearer than that only the first stays.
        roundness: 0 to below 1; at 0.9 nearly perfect circles alone are found, at 0.7 much else.
        contrast: slope from which a pixel is an edge, by Scharr's filter on brightness 0 to 255 (16 times the change
            from one pixel to the next); by default three times the picture's mean slope, as for `canny`.
        sigma: of the Gaussian that smooths first, in pixels; 0 for none.

    Returns:
        (n, 3) float: x, y and radius, in pixels.

    Raises:
        TypeError, ValueError: the picture is none, or a number makes no sense.

    Source: OpenCV's HOUGH_GRADIENT_ALT.
    """
    gray = as_gray(image)
    side = min(gray.shape)
    least = 0.03 * side if min_radius is None else number("min_radius", min_radius)
    most = side / 2 if max_radius is None else number("max_radius", max_radius, least=1)
    if most < least:
        raise ValueError(f"max_radius {most:g} is below min_radius {least:g}")
    apart = max(least, 1.0) if min_distance is None else number("min_distance", min_distance, least=1)
    if number("roundness", roundness) >= 1:
        raise ValueError(f"roundness {roundness} must be below 1, at which no drawn circle is perfect enough")
    if number("sigma", sigma):
        gray = np.asarray(cv2.GaussianBlur(gray, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.uint8)
    slope = _scharr_threshold(gray) if contrast is None else number("contrast", contrast, least=1)
    if not slope or side < 3:
        return np.zeros((0, 3))  # one brightness, or no room for a circle
    found = cv2.HoughCircles(
        gray,
        cv2.HOUGH_GRADIENT_ALT,
        1.5,
        apart,
        param1=max(slope, 1.0),
        param2=roundness,
        minRadius=math.floor(least),
        maxRadius=math.ceil(most),
    )
    return _rows(found, 3, np.float64)


def line_ends(lines: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Where lines (n, 2) of rho and theta enter and leave a picture of `size` (height, width).

    Returns:
        (n, 4): x0, y0, x1, y1; NaN for a line that passes outside.
    """
    return np.array([_ends(rho, theta, size) for rho, theta in np.asarray(lines, np.float64)]).reshape(-1, 4)


def _apart(lines: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.float64]:
    """Those that do not almost coincide with one before them."""
    height, width = size
    near = max(COINCIDE_SHARE * math.hypot(height, width), 1.5)
    x, y = (width - 1) / 2, (height - 1) / 2
    offsets = x * np.cos(lines[:, 1]) + y * np.sin(lines[:, 1]) - lines[:, 0]
    kept: list[int] = []
    for place, theta in enumerate(lines[:, 1]):
        turn = np.abs(theta - lines[kept, 1])
        around = turn > math.pi / 2  # theta and theta + pi are one direction, with the other sign of rho
        turn = np.where(around, math.pi - turn, turn)
        shift = np.abs(offsets[place] - np.where(around, -1, 1) * offsets[kept])
        if not ((turn < COINCIDE_ANGLE) & (shift <= near)).any():
            kept.append(place)
    return lines[kept]


def _ends(rho: float, theta: float, size: tuple[int, int]) -> list[float]:
    across, down = math.cos(theta), math.sin(theta)
    foot, along = (rho * across, rho * down), (-down, across)  # from the point nearest to the first pixel
    first, last = -math.inf, math.inf
    for start, step, longest in zip(foot, along, (size[1] - 1, size[0] - 1), strict=True):
        if abs(step) > 1e-9:
            enters, leaves = sorted((-start / step, (longest - start) / step))
            first, last = max(first, enters), min(last, leaves)
        elif not -0.5 <= start <= longest + 0.5:
            return [math.nan] * 4
    if first > last:
        return [math.nan] * 4
    return [foot[axis] + place * along[axis] for place in (first, last) for axis in (0, 1)]


def _edges(edges: NDArray[Any]) -> NDArray[np.uint8]:
    """(H, W) of 0 and 1; a copy, as OpenCV writes into it."""
    edges = np.asarray(edges)
    if edges.ndim != 2 or not edges.size:
        raise ValueError(f"the edges have shape {edges.shape}; expected (H, W) with pixels, as canny gives them")
    if edges.dtype.kind not in "bui":
        raise TypeError(f"the edges are of type {edges.dtype}; expected bool or integers, as canny gives them")
    return np.asarray(edges != 0, np.bool_).view(np.uint8)


def _steps(rho: float, theta: float) -> tuple[float, float]:
    """Checked; finer ones would only take memory."""
    return number("rho_step", rho, least=0.1), number("theta_step", theta, least=0.001)


def _rows(found: Any, columns: int, kind: type) -> NDArray[Any]:
    """OpenCV gives None, or rows with an axis of one before or behind them."""
    return np.zeros((0, columns), kind) if found is None else np.asarray(found, kind).reshape(-1, columns)


def _scharr_threshold(gray: NDArray[np.uint8]) -> float:
    """As OpenCV's circles measure slopes: |dx| + |dy|."""
    slopes = sum(
        np.abs(cv2.Scharr(gray, cv2.CV_32F, dx, dy, borderType=cv2.BORDER_REPLICATE)) for dx, dy in ((1, 0), (0, 1))
    )
    return min(SCHARR_CONTRAST * float(np.mean(slopes)), 0.75 * float(np.max(slopes)))

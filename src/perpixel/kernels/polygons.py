"""Polygons to pixels as COCO has it, and pixels to the polygons along their borders.

COCO draws each edge on a grid five times as fine. Of the points of that line only those matter where it steps from the
third of a column's five lines to the fourth: there a run begins or ends, at the higher of the two points. So at most
one point an edge and column is reckoned, wherever the edge's ends lie.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

_FINE = 5  # lines of the grid to a pixel
_STEP = 2  # the line of a column's five after which a run begins or ends


@compiled
def count_crossings(points: NDArray[np.float64], width: int) -> int:
    """The most crossings that a closed polygon (N, 2) of x and y has."""
    total = 0
    for i in range(points.shape[0]):
        a, b = points[i, 0], points[(i + 1) % points.shape[0], 0]
        total += int(min(max(a, b), width) - max(min(a, b), 0.0)) + 3 if min(a, b) <= width and max(a, b) >= 0 else 0
    return total


@compiled
def crossings(points: NDArray[np.float64], height: int, width: int, most: int) -> NDArray[np.int64]:
    """Where runs begin or end, unsorted: pixels numbered down the columns from 0; those that come twice are none.

    Args:
        points: (N, 2) x and y of a closed polygon.
        height: of the picture.
        width: of the picture.
        most: as `count_crossings` has it.
    """
    found, at = np.empty(most, np.int64), 0
    for i in range(points.shape[0]):
        j = (i + 1) % points.shape[0]
        x0, y0 = int(_FINE * points[i, 0] + 0.5), int(_FINE * points[i, 1] + 0.5)
        x1, y1 = int(_FINE * points[j, 0] + 0.5), int(_FINE * points[j, 1] + 0.5)
        across, down = abs(x1 - x0), abs(y1 - y0)
        if (across >= down and x0 > x1) or (across < down and y0 > y1):
            x0, y0, x1, y1 = x1, y1, x0, y0
        first = max(-((_STEP - min(x0, x1)) // _FINE), 0)
        last = min((max(x0, x1) - _STEP - 1) // _FINE, width - 1)
        for column in range(first, last + 1):
            line = _FINE * column + _STEP
            if across >= down:
                slope, step = (y1 - y0) / across, line - x0
                y = min(int(y0 + slope * step + 0.5), int(y0 + slope * (step + 1) + 0.5))
            else:
                y = y0 + _step_before(x0, (x1 - x0) / down, line, down)
            row = np.ceil(min(max((y + 0.5) / _FINE - 0.5, 0.0), float(height)))
            found[at] = column * height + int(row)
            at += 1
    return found[:at]


@compiled
def _step_before(x0: int, slope: float, line: int, steps: int) -> int:
    """The last step down a steep edge before it passes from `line` to the next, or the other way."""
    step = int(np.ceil((line + 0.5 - x0) / slope))
    if slope > 0:
        while step > 1 and int(x0 + slope * (step - 1) + 0.5) > line:
            step -= 1
        while step < steps and int(x0 + slope * step + 0.5) <= line:
            step += 1
    else:
        while step > 1 and int(x0 + slope * (step - 1) + 0.5) <= line:
            step -= 1
        while step < steps and int(x0 + slope * step + 0.5) > line:
            step += 1
    return step - 1


@compiled
def trace_borders(
    mask: NDArray[np.uint8],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The closed borders of all pixels inside, corner by corner, the inside to the right of the way.

    Where only two pixels inside touch at a corner, the border goes on along the other pixel: they are of one part.

    Args:
        mask: (H, W) 0 or 1, with a border of zeros on all sides.

    Returns:
        (N, 2) x and y of the corners of all borders; where each border begins and ends (M + 1); and (M, 2) row and
        column of a pixel inside at each border.
    """
    height, width = mask.shape
    tops = 0
    for row in range(1, height):
        for column in range(width):
            tops += mask[row, column] > mask[row - 1, column]
    points, ends, pixels = (
        np.empty((4 * tops, 2), np.int64),
        np.zeros(tops + 1, np.int64),
        np.empty((tops, 2), np.int64),
    )
    seen = np.zeros((height, width), np.bool_)
    at, borders = 0, 0
    for row in range(1, height):
        for column in range(width):
            if mask[row, column] <= mask[row - 1, column] or seen[row, column]:
                continue
            x, y, dx, dy = column, row, 1, 0
            while True:
                if dx == 1:
                    if seen[y, x]:
                        break
                    seen[y, x] = True
                x, y = x + dx, y + dy
                left = mask[y + (dy - dx - 1) // 2, x + (dx + dy - 1) // 2]
                right = mask[y + (dy + dx - 1) // 2, x + (dx - dy - 1) // 2]
                if left:
                    dx, dy = dy, -dx
                elif not right:
                    dx, dy = -dy, dx
                else:
                    continue
                points[at, 0], points[at, 1] = x, y
                at += 1
            pixels[borders, 0], pixels[borders, 1] = row, column
            borders += 1
            ends[borders] = at
    return points[:at], ends[: borders + 1], pixels[:borders]

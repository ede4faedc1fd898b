"""The pixels of things that are near their edge: of all things of an id map at once, or of masks that may overlap.

Near is by steps of a king on a chessboard, to the nearest pixel that is not the thing's; beyond the picture none is.
What is farther than `distance` is what as many erosions by a square of 3 x 3 would leave. Two passes over the pixels
find the steps, whatever the distance (Rosenfeld & Pfaltz, 1968, https://doi.org/10.1016/0031-3203(68)90013-7).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled
from perpixel.kernels.run_lengths import Many, extents


def edge_ids(ids: NDArray[np.int32], distance: int) -> NDArray[np.int32]:
    """The map (H, W) of ids, 0 for none, with 0 wherever a thing is farther than `distance` from its edge."""
    return _edge_ids(np.pad(ids, 1), distance)


def edge_runs(many: Many, size: tuple[int, int], distance: int) -> Many:
    """The same of masks of (height, width) as run lengths down the columns."""
    boxes, _ = extents(many, height=size[0])
    return _edge_runs(*many, boxes, size[0], size[0] * size[1], distance)


@compiled
def _edge_ids(ids: NDArray[np.int32], distance: int) -> NDArray[np.int32]:
    """Of a map with a border of one pixel, without it."""
    height, width = ids.shape
    steps = np.zeros(ids.shape, np.int32)
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            thing = ids[y, x]
            if thing:
                least = distance
                least = min(least, steps[y - 1, x - 1] if ids[y - 1, x - 1] == thing else 0)
                least = min(least, steps[y - 1, x] if ids[y - 1, x] == thing else 0)
                least = min(least, steps[y - 1, x + 1] if ids[y - 1, x + 1] == thing else 0)
                least = min(least, steps[y, x - 1] if ids[y, x - 1] == thing else 0)
                steps[y, x] = least + 1
    edge = np.zeros((height - 2, width - 2), np.int32)
    for y in range(height - 2, 0, -1):
        for x in range(width - 2, 0, -1):
            thing = ids[y, x]
            if thing:
                least = steps[y, x] - 1
                least = min(least, steps[y + 1, x + 1] if ids[y + 1, x + 1] == thing else 0)
                least = min(least, steps[y + 1, x] if ids[y + 1, x] == thing else 0)
                least = min(least, steps[y + 1, x - 1] if ids[y + 1, x - 1] == thing else 0)
                least = min(least, steps[y, x + 1] if ids[y, x + 1] == thing else 0)
                steps[y, x] = least + 1
                if least < distance:
                    edge[y - 1, x - 1] = thing
    return edge


@compiled
def _edge_runs(
    counts: NDArray[np.int64],
    offsets: NDArray[np.int64],
    boxes: NDArray[np.int64],
    height: int,
    pixels: int,
    distance: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    found, places, written = np.empty(counts.size, np.int64), np.zeros(offsets.size, np.int64), 0
    for mask in range(offsets.size - 1):
        x0, y0 = boxes[mask, 0], boxes[mask, 1]
        wide, high = boxes[mask, 2] - x0, boxes[mask, 3] - y0
        steps = np.zeros((wide + 2, high + 2), np.int32)
        at = 0
        for i in range(offsets[mask], offsets[mask + 1]):
            if (i - offsets[mask]) & 1:
                for pixel in range(at, at + counts[i]):
                    steps[pixel // height - x0 + 1, pixel % height - y0 + 1] = distance + 1
            at += counts[i]
        _march(steps)
        most = written + wide * (high + 1) + 2  # every second pixel of each column a run
        if most > found.size:
            grown = np.empty(max(most, 2 * found.size), np.int64)
            grown[:written] = found[:written]
            found = grown
        first, end, start = written, 0, -1  # `end` of the last run inside; `start` of the one that is open
        for x in range(1, wide + 1):
            for y in range(1, high + 2):
                near = 0 < steps[x, y] <= distance
                pixel = (x0 + x - 1) * height + y0 + y - 1
                if near and start < 0:
                    start = pixel
                elif not near and start >= 0:
                    if start == end and written > first:  # from the foot of a column to the head of the next
                        found[written - 1] += pixel - start
                    else:
                        found[written], found[written + 1] = start - end, pixel - start
                        written += 2
                    end, start = pixel, -1
        if end < pixels:
            found[written] = pixels - end
            written += 1
        places[mask + 1] = written
    return found[:written], places


@compiled
def _march(steps: NDArray[np.int32]) -> None:
    """Steps to the nearest 0, of a map with a border of 0; what is not 0 is at its greatest."""
    for y in range(1, steps.shape[0] - 1):
        for x in range(1, steps.shape[1] - 1):
            above = min(steps[y - 1, x - 1], steps[y - 1, x], steps[y - 1, x + 1])
            if steps[y, x]:
                steps[y, x] = min(steps[y, x], min(above, steps[y, x - 1]) + 1)
    for y in range(steps.shape[0] - 2, 0, -1):
        for x in range(steps.shape[1] - 2, 0, -1):
            below = min(steps[y + 1, x - 1], steps[y + 1, x], steps[y + 1, x + 1])
            if steps[y, x]:
                steps[y, x] = min(steps[y, x], min(below, steps[y, x + 1]) + 1)

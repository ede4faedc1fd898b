"""The edges of a picture's grid, weighed and spread over a few classes of weight.

Pixels are numbered row by row. An edge is `4 * pixel + direction`, to the right, down, down-right or up-right neighbor.
Weights are float32 and not negative; their bits, read as integers, are in the same order, and are what is sorted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

DIGIT = 11  # bits that one pass of a sorting by digits looks at
_CELL = 20  # bits of a weight below those by which it is counted: eight cells for each doubling of the weight
_CELLS = 1 << (31 - _CELL)
_SPAN = 1 << (2 * DIGIT)  # so that two passes sort a class
_SHARE = 12  # a class ends when it has this part of all edges

Edges = tuple[NDArray[np.uint32], NDArray[np.uint32], NDArray[np.int64]]
"""Bits of the weights, edges, and of each class where it ends and between which bits its weights are."""


def grid_edges(channels: NDArray[np.float32], *, diagonal: bool) -> Edges:
    """The edges of a picture by classes of weight, in raster order within each.

    Args:
        channels: (C, H, W) float32, finite. A weight is the Euclidean distance of two pixels' values.
        diagonal: eight neighbors, not four.

    Returns:
        Bits of the weights, edges, and (classes, 3): where each class ends, and the bits of weights from which on and
        below which it has them; 8 bytes an edge, so 32 bytes a pixel at most.

    Raises:
        ValueError: more than 2**30 pixels, whose edges have no number.
    """
    height, width = channels.shape[1:]
    if height * width > 1 << 30:
        raise ValueError(f"a picture of {height}x{width} pixels; at most {1 << 30} can be segmented at once")
    counts = _count(channels, diagonal)
    place, classes = _classes(counts)
    total = int(classes[-1, 0])
    keys, edges = np.empty(total, np.uint32), np.empty(total, np.uint32)
    _spread(channels, diagonal, place, np.append(0, classes[:-1, 0]), keys, edges)
    return keys, edges, classes


@compiled
def _weigh(
    channels: NDArray[np.float32], y: int, diagonal: bool, lines: NDArray[np.float32], bits: NDArray[np.uint32]
) -> None:
    """Weights of the edges that begin in row `y`, one line for each direction; all bits are set where none is."""
    depth, height, width = channels.shape
    down, up = y + 1 < height, y > 0
    lines[:] = 0
    for c in range(depth):
        here = channels[c, y]
        below, above = channels[c, min(y + 1, height - 1)], channels[c, max(y - 1, 0)]
        for x in range(width - 1):
            lines[0, x] += (here[x + 1] - here[x]) * (here[x + 1] - here[x])
        if down:
            for x in range(width):
                lines[1, x] += (below[x] - here[x]) * (below[x] - here[x])
        if diagonal and down:
            for x in range(width - 1):
                lines[2, x] += (below[x + 1] - here[x]) * (below[x + 1] - here[x])
        if diagonal and up:
            for x in range(width - 1):
                lines[3, x] += (above[x + 1] - here[x]) * (above[x + 1] - here[x])
    for d in range(4):
        line = lines[d]
        for x in range(width):
            line[x] = np.sqrt(line[x])
    bits[0, width - 1] = bits[2, width - 1] = bits[3, width - 1] = 0xFFFFFFFF
    if not down:
        bits[1] = bits[2] = 0xFFFFFFFF
    if not diagonal:
        bits[2] = bits[3] = 0xFFFFFFFF
    if not up:
        bits[3] = 0xFFFFFFFF


@compiled
def _count(channels: NDArray[np.float32], diagonal: bool) -> NDArray[np.int64]:
    """How many edges have a weight in each cell."""
    _, height, width = channels.shape
    lines = np.empty((4, width), np.float32)
    bits = lines.view(np.uint32)
    counts = np.zeros((4, 2 * _CELLS), np.int64)  # apart by direction, so that neighbors do not wait for one another
    for y in range(height):
        _weigh(channels, y, diagonal, lines, bits)
        for x in range(width):
            for d in range(4):
                counts[d, bits[d, x] >> np.uint32(_CELL)] += 1
    for d in range(1, 4):
        for cell in range(_CELLS):
            counts[0, cell] += counts[d, cell]
    return counts[0, :_CELLS].copy()


@compiled
def _classes(counts: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The class of each cell; and of each class its end, its lowest bits and those that it does not reach.

    A class is small enough for the sorting, and either so narrow that two passes sort it, or so small that a third does
    not matter.
    """
    edges = counts.sum()
    place = np.empty(_CELLS, np.int64)
    classes = np.zeros((_CELLS + 1, 3), np.int64)
    number, inside = 0, 0
    for cell in range(_CELLS):
        bits = cell << _CELL
        if inside:
            wide = bits + (1 << _CELL) - classes[number, 1] > _SPAN
            many = inside + counts[cell] > edges // (2 * _SHARE)
            if counts[cell] and ((wide and many) or inside + counts[cell] > edges // _SHARE):
                classes[number + 1, 0] = classes[number, 0]
                number, inside = number + 1, 0
        if not inside:
            classes[number, 1] = bits
        if counts[cell]:
            classes[number, 2] = bits + (1 << _CELL)
        place[cell] = number
        inside += counts[cell]
        classes[number, 0] += counts[cell]
    return place, classes[: number + 1].copy()


@compiled
def _spread(
    channels: NDArray[np.float32],
    diagonal: bool,
    place: NDArray[np.int64],
    first: NDArray[np.int64],
    keys: NDArray[np.uint32],
    edges: NDArray[np.uint32],
) -> None:
    """Put each edge where its class has its next place. The weights are computed anew: cheaper than keeping them."""
    _, height, width = channels.shape
    lines = np.empty((4, width), np.float32)
    bits = lines.view(np.uint32)
    following = first.copy()
    for y in range(height):
        _weigh(channels, y, diagonal, lines, bits)
        for x in range(width):
            for d in range(4):
                key = bits[d, x]
                if key != 0xFFFFFFFF:
                    number = place[key >> np.uint32(_CELL)]
                    at = following[number]
                    following[number] = at + 1
                    keys[at] = key
                    edges[at] = np.uint32(4 * (y * width + x) + d)

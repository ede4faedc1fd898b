"""Graph-based segmentation on the grid of pixels, its edges taken in classes of weight.

Felzenszwalb & Huttenlocher take all edges in the order of their weights. Sorting them all is most of the work, and most
of it in vain: when the heavy edges come, nearly all of them lie inside a region, or touch one that nothing can join
any more. So the edges are first spread over a few classes by weight, and only what is still of use when its class
comes is sorted. Within a class and among equals the raster order is kept. The labels are those of the plain algorithm.

Pixels are numbered row by row. An edge is `4 * pixel + direction`, to the right, down, down-right or up-right neighbor.
Weights are float32 and not negative; their bits, read as integers, are in the same order, and are what is sorted.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

_CELL = 20  # bits of a weight below those by which it is counted: eight cells for each doubling of the weight
_CELLS = 1 << (31 - _CELL)
_DIGIT = 11  # bits that one pass of the sorting looks at
_SPAN = 1 << (2 * _DIGIT)  # so that two passes sort a class
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


def merge(edges: Edges, shape: tuple[int, int], *, scale: float) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The regions of a grid whose edges `grid_edges` gave.

    Args:
        edges: of this grid; they are not changed and may be merged again at another scale.
        shape: (H, W).
        scale: k of the paper, in units of the weights times pixels.

    Returns:
        (H, W) int32 numbers from 0 on without gaps, in no order that means anything, and the pixels of each.
    """
    label, sizes = _merge(*edges, shape[0], shape[1], np.float32(scale))
    return label, sizes


def join_small(
    channels: NDArray[np.float32],
    labels: NDArray[np.int32],
    sizes: NDArray[np.int32],
    *,
    min_size: int,
    diagonal: bool,
) -> tuple[NDArray[np.int32], int]:
    """Join regions to their neighbors until all have `min_size` pixels, and number what is left in raster order.

    The edges between regions are taken in the order of their weights; if one of the sides is small, both become one.

    Args:
        channels, diagonal: as `grid_edges` takes them.
        labels, sizes: as `merge` gives them.

    Returns:
        (H, W) int32 from 0 on, and how many regions there are.
    """
    if min_size > 1:
        belongs = _join_small(channels, diagonal, labels, sizes, min_size)
    else:
        belongs = np.arange(sizes.size, dtype=np.int32)
    numbered = labels.copy()
    count = int(_number(numbered, belongs))
    return numbered, count


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


@compiled
def _merge(
    keys: NDArray[np.uint32],
    edges: NDArray[np.uint32],
    classes: NDArray[np.int64],
    height: int,
    width: int,
    scale: np.float32,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    pixels = height * width
    label = np.empty(pixels, np.int32)  # a live region from 0 on, or -1 - the number of a frozen one
    links = np.empty((pixels, 2), np.int32)
    limits = links.view(np.float32)
    for i in range(pixels):
        label[i] = i
        links[i, 0] = -1  # the region that this one was joined to, or -1 times its pixels
        limits[i, 1] = scale  # Int(C) + k / |C|; beside the link, so that both come from memory at once
    sizes = np.empty(pixels, np.int32)  # of the frozen regions
    numbers = np.empty(pixels, np.int32)
    steps = np.array([1, width, width + 1, 1 - width])
    live, frozen, start = pixels, 0, 0
    weight = np.empty(1, np.float32)
    bits = weight.view(np.uint32)
    largest = 0
    for end in classes[:, 0]:
        largest = max(largest, end - start)
        start = end
    kept_keys, kept_pairs = np.empty(largest, np.uint32), np.empty(largest, np.uint64)
    other_keys, other_pairs = np.empty(largest, np.uint32), np.empty(largest, np.uint64)
    counts = np.zeros(1 << _DIGIT, np.int64)
    start = 0
    for number in range(len(classes)):
        end, lowest = classes[number, 0], np.uint32(classes[number, 1])
        bits[0] = lowest
        if start > 0:
            live, frozen = _settle(label, links, sizes, numbers, live, frozen, weight[0])
        kept = 0
        for at in range(start, end):
            edge = edges[at]
            pixel = np.int64(edge >> np.uint32(2))
            a, b = label[pixel], label[pixel + steps[edge & np.uint32(3)]]
            kept_keys[kept] = keys[at] - lowest
            kept_pairs[kept] = (np.uint64(a) << np.uint64(32)) | np.uint64(np.uint32(b))
            kept += (a | b) >= 0 and a != b
        start = end
        span = classes[number, 2] - classes[number, 1]
        if _sort(kept_keys, kept_pairs, other_keys, other_pairs, counts, kept, span - 1):
            kept_keys, other_keys = other_keys, kept_keys
            kept_pairs, other_pairs = other_pairs, kept_pairs
        for at in range(kept):
            if at & 31 == 0:
                counts[0] = _touch(links, kept_pairs, at, min(at + 32, kept))
            pair = kept_pairs[at]
            a, b = _root(links, np.int64(pair >> np.uint64(32))), _root(links, np.int64(pair & np.uint64(0xFFFFFFFF)))
            if a == b:
                continue
            bits[0] = kept_keys[at] + lowest
            if weight[0] <= limits[a, 1] and weight[0] <= limits[b, 1]:
                a, b = min(a, b), max(a, b)  # the smaller number as root keeps neighbors together in memory
                links[a, 0] += links[b, 0]
                links[b, 0] = a
                limits[a, 1] = weight[0] + scale / np.float32(-links[a, 0])
    live, frozen = _settle(label, links, sizes, numbers, live, frozen, np.float32(np.inf))
    for i in range(pixels):
        label[i] = -1 - label[i]
    return label.reshape((height, width)), sizes[:frozen].copy()


@compiled
def _touch(links: NDArray[np.int32], pairs: NDArray[np.uint64], start: int, end: int) -> int:
    """Ask for the memory of some pairs at once: waiting for one after the other is most of the work."""
    total = 0
    for at in range(start, end):
        total += links[np.int64(pairs[at] >> np.uint64(32)), 0] ^ links[np.int64(pairs[at] & np.uint64(0xFFFFFFFF)), 0]
    return total


@compiled
def _root(links: NDArray[np.int32], node: Any) -> Any:
    above = links[node, 0]
    while above >= 0:
        further = links[above, 0]
        if further < 0:
            return np.int64(above)
        links[node, 0] = further
        node = np.int64(further)
        above = links[node, 0]
    return node


@compiled
def _settle(
    label: NDArray[np.int32],
    links: NDArray[np.int32],
    sizes: NDArray[np.int32],
    numbers: NDArray[np.int32],
    live: int,
    frozen: int,
    lowest: np.float32,
) -> tuple[int, int]:
    """Number the live regions anew without gaps, and take out those that no edge from `lowest` on can join."""
    limits = links.view(np.float32)
    left = 0
    for node in range(live):
        above = links[node, 0]
        if above >= 0:
            numbers[node] = numbers[above]
        elif limits[node, 1] < lowest:
            sizes[frozen] = -above
            frozen += 1
            numbers[node] = -frozen
        else:
            links[left, 0], links[left, 1] = above, links[node, 1]
            numbers[node] = left
            left += 1
    for i in range(label.size):
        if label[i] >= 0:
            label[i] = numbers[label[i]]
    return left, frozen


@compiled
def _sort(
    keys: NDArray[np.uint32],
    pairs: NDArray[np.uint64],
    other_keys: NDArray[np.uint32],
    other_pairs: NDArray[np.uint64],
    counts: NDArray[np.int64],
    count: int,
    highest: int,
) -> bool:
    """Sort by keys up to `highest`, equals in the order in which they are; True if the result is in the others."""
    swapped = False
    shift = 0
    while highest >> shift > 0:
        counts[:] = 0
        for at in range(count):
            counts[(keys[at] >> np.uint32(shift)) & np.uint32((1 << _DIGIT) - 1)] += 1
        total = 0
        for digit in range(1 << _DIGIT):
            total, counts[digit] = total + counts[digit], total
        for at in range(count):
            place = np.int64((keys[at] >> np.uint32(shift)) & np.uint32((1 << _DIGIT) - 1))
            to = counts[place]
            counts[place] = to + 1
            other_keys[to], other_pairs[to] = keys[at], pairs[at]
        keys, other_keys = other_keys, keys
        pairs, other_pairs = other_pairs, pairs
        swapped = not swapped
        shift += _DIGIT
    return swapped


@compiled
def _join_small(
    channels: NDArray[np.float32], diagonal: bool, label: NDArray[np.int32], sizes: NDArray[np.int32], min_size: int
) -> NDArray[np.int32]:
    """Where each region belongs after those of fewer pixels were joined along the lightest edges first."""
    depth, height, width = channels.shape
    keys, pairs, kept = np.empty(0, np.uint32), np.empty(0, np.uint64), 0
    weight = np.empty(1, np.float32)
    bits = weight.view(np.uint32)
    for y in range(height):
        if kept + 4 * width > keys.size:
            room = 2 * keys.size + 16 * width
            other_keys, other_pairs = np.empty(room, np.uint32), np.empty(room, np.uint64)
            for at in range(kept):
                other_keys[at], other_pairs[at] = keys[at], pairs[at]
            keys, pairs = other_keys, other_pairs
        # Beyond the picture's edge its outermost pixels stand again: an edge may be met twice, which changes nothing.
        up, down = max(y - 1, 0), min(y + 1, height - 1)
        here, above, below = label[y], label[up], label[down]
        for x in range(width):
            a, u = here[x], min(x + 1, width - 1)
            if a == here[u] and a == below[x] and a == below[u] and a == above[u]:
                continue
            small = sizes[a] < min_size
            for d in range(4 if diagonal else 2):
                v = y if d == 0 else up if d == 3 else down
                u = x if d == 1 else min(x + 1, width - 1)
                b = label[v, u]
                if a != b and (small or sizes[b] < min_size):
                    weight[0] = 0
                    for c in range(depth):
                        weight[0] += (channels[c, v, u] - channels[c, y, x]) * (channels[c, v, u] - channels[c, y, x])
                    weight[0] = np.sqrt(weight[0])
                    keys[kept] = bits[0]
                    pairs[kept] = (np.uint64(a) << np.uint64(32)) | np.uint64(b)
                    kept += 1
    other_keys, other_pairs = np.empty(kept, np.uint32), np.empty(kept, np.uint64)
    if _sort(keys, pairs, other_keys, other_pairs, np.zeros(1 << _DIGIT, np.int64), kept, 0x7FFFFFFF):
        pairs = other_pairs
    links = np.empty((sizes.size, 2), np.int32)
    for node in range(sizes.size):
        links[node, 0] = -sizes[node]
    for at in range(kept):
        pair = pairs[at]
        a, b = _root(links, np.int64(pair >> np.uint64(32))), _root(links, np.int64(pair & np.uint64(0xFFFFFFFF)))
        if a != b and (-links[a, 0] < min_size or -links[b, 0] < min_size):
            a, b = min(a, b), max(a, b)
            links[a, 0] += links[b, 0]
            links[b, 0] = a
    belongs = np.empty(sizes.size, np.int32)
    for node in range(sizes.size):
        belongs[node] = _root(links, node)
    return belongs


@compiled
def _number(label: NDArray[np.int32], belongs: NDArray[np.int32]) -> int:
    """Number what belongs together in raster order, in place; how many there are."""
    numbers = np.full(belongs.size, -1, np.int32)
    count = 0
    for y in range(label.shape[0]):
        for x in range(label.shape[1]):
            region = label[y, x]
            if numbers[region] < 0:
                root = belongs[region]
                if numbers[root] < 0:
                    numbers[root] = count
                    count += 1
                numbers[region] = numbers[root]
            label[y, x] = numbers[region]
    return count

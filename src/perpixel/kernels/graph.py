"""Graph-based segmentation on the grid of pixels, its edges taken in classes of weight.

Felzenszwalb & Huttenlocher take all edges in the order of their weights. Sorting them all is most of the work, and most
of it in vain: when the heavy edges come, nearly all of them lie inside a region, or touch one that nothing can join
any more. So the edges come in a few classes by weight (`grid_edges`), and only what is still of use when its class
comes is sorted. Within a class and among equals the raster order is kept. The labels are those of the plain algorithm.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled
from perpixel.kernels.grid_edges import DIGIT, Edges
from perpixel.kernels.raster import in_raster_order


def merge(edges: Edges, shape: tuple[int, int], *, scale: float) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The regions of a grid whose edges `grid_edges` gave.

    Args:
        edges: of this grid; they are not changed and may be merged again at another scale.
        shape: (H, W).
        scale: k of the paper, in units of the weights times pixels.

    Returns:
        (H, W) int32 numbers from 0 on without gaps, in no order that means anything, and the pixels of each.
    """
    classes = edges[2]
    pixels, most = shape[0] * shape[1], int(np.diff(classes[:, 0], prepend=0).max())
    # Memory comes from numpy, which asks for large pages of it: the kernel reads and writes all over the place.
    label, links = np.empty(pixels, np.int32), np.empty((pixels, 2), np.int32)
    sizes, numbers = np.empty(pixels, np.int32), np.empty(pixels, np.int32)
    kept = np.empty(most, np.uint32), np.empty(most, np.uint64)
    other = np.empty(most, np.uint32), np.empty(most, np.uint64)
    frozen = _merge(*edges, shape[1], np.float32(scale), label, links, sizes, numbers, *kept, *other)
    return label.reshape(shape), sizes[:frozen].copy()


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
    if min_size <= 1:
        return in_raster_order(labels)
    joined = np.empty_like(labels)
    return joined, _number(labels, _join_small(channels, diagonal, labels, sizes, min_size), joined)


@compiled
def _merge(
    keys: NDArray[np.uint32],
    edges: NDArray[np.uint32],
    classes: NDArray[np.int64],
    width: int,
    scale: np.float32,
    label: NDArray[np.int32],
    links: NDArray[np.int32],
    sizes: NDArray[np.int32],
    numbers: NDArray[np.int32],
    kept_keys: NDArray[np.uint32],
    kept_pairs: NDArray[np.uint64],
    other_keys: NDArray[np.uint32],
    other_pairs: NDArray[np.uint64],
) -> int:
    """Put the number of each pixel's region into `label`, the pixels of each into `sizes`; and how many there are."""
    pixels = label.size
    limits = links.view(np.float32)
    for i in range(pixels):
        label[i] = i  # a live region from 0 on, or -1 - the number of a frozen one
        links[i, 0] = -1  # the region that this one was joined to, or -1 times its pixels
        limits[i, 1] = scale  # Int(C) + k / |C|; beside the link, so that both come from memory at once
    steps = np.array([1, width, width + 1, 1 - width])
    live, frozen, start = pixels, 0, 0
    weight = np.empty(1, np.float32)
    bits = weight.view(np.uint32)
    counts = np.zeros(1 << DIGIT, np.int64)
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
    return frozen


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
            counts[(keys[at] >> np.uint32(shift)) & np.uint32((1 << DIGIT) - 1)] += 1
        total = 0
        for digit in range(1 << DIGIT):
            total, counts[digit] = total + counts[digit], total
        for at in range(count):
            place = np.int64((keys[at] >> np.uint32(shift)) & np.uint32((1 << DIGIT) - 1))
            to = counts[place]
            counts[place] = to + 1
            other_keys[to], other_pairs[to] = keys[at], pairs[at]
        keys, other_keys = other_keys, keys
        pairs, other_pairs = other_pairs, pairs
        swapped = not swapped
        shift += DIGIT
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
    if _sort(keys, pairs, other_keys, other_pairs, np.zeros(1 << DIGIT, np.int64), kept, 0x7FFFFFFF):
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
def _number(labels: NDArray[np.int32], belongs: NDArray[np.int32], joined: NDArray[np.int32]) -> int:
    """Number what regions belong to in raster order; and how many numbers there are.

    In one pass: on a large picture each pass over it is a hundredth of all time.
    """
    height, width = labels.shape
    number = np.full(belongs.size, -1, np.int32)
    count = 0
    for y in range(height):
        for x in range(width):
            region = labels[y, x]
            if number[region] < 0:
                home = belongs[region]
                if number[home] < 0:
                    number[home] = count
                    count += 1
                number[region] = number[home]
            joined[y, x] = number[region]
    return count

"""Pixels of two masks in pairs: as many pairs as there can be, none of them far apart, each pixel in one at most."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled
from perpixel.kernels.disk import disk

_NOBODY = -1


def pixel_pairs(these: NDArray[Any], others: NDArray[Any], *, distance: float) -> NDArray[np.int32]:
    """Pair pixels of one mask with pixels of another, at most `distance` apart: a maximum matching.

    How many pairs there are is certain; which pixels are in them is not always: where two could have the same
    partner, the nearer one usually gets it. (Near pixels are paired first, and the pairs are then rearranged until no
    more fit in; a pixel once paired stays so, perhaps with another partner.) Hopcroft & Karp, 1973; the candidates of
    a pixel are those in a disk around it.

    Args:
        these: (H, W); what is not 0 is in the mask.
        others: likewise.
        distance: Euclidean, in pixels, between pixels' centers; equal counts as near.

    Returns:
        (H, W) int32: for each pixel of `these` the flat index (row * W + column) of its partner, -1 if it has none.

    Raises:
        ValueError: masks that are not (H, W) of one size, or a negative distance.
    """
    if these.ndim != 2 or these.shape != others.shape:
        raise ValueError(f"the masks are {these.shape} and {others.shape}; expected (H, W), both of one size")
    if not 0 <= distance < np.inf:
        raise ValueError(f"a distance of {distance} pixels; it must be 0 or more, and finite")
    height, width = these.shape
    # Farther apart than the picture is large nothing can be.
    offsets = disk(min(float(distance), float(np.hypot(height, width))))
    reach = int(np.abs(offsets).max())
    framed = width + 2 * reach
    steps = offsets[:, 0] * framed + offsets[:, 1]
    frames = [np.flatnonzero(np.pad(mask != 0, reach)) for mask in (these, others)]
    turned = len(frames[0]) > len(frames[1])  # searching from the smaller side is less work
    if turned:
        frames.reverse()
    mates = _match(frames[0], frames[1], steps, framed * (height + 2 * reach))
    paired = mates >= 0
    pair = [frames[0][paired], frames[1][mates[paired]]]
    first, second = ((place // framed - reach) * width + place % framed - reach for place in pair)
    if turned:
        first, second = second, first
    partners = np.full(height * width, _NOBODY, np.int32)
    partners[first] = second
    return partners.reshape(height, width)


@compiled
def _match(left: NDArray[np.int64], right: NDArray[np.int64], steps: NDArray[np.int64], size: int) -> NDArray[np.int32]:
    """For each pixel of the left its partner's number on the right, or -1.

    Places are flat, in frames as wide as the disk, so that no look around needs a test for the picture's edge.
    """
    number = np.full(size, _NOBODY, np.int32)
    for v in range(right.size):
        number[right[v]] = v
    mates = np.full(left.size, _NOBODY, np.int32)
    theirs = np.full(right.size, _NOBODY, np.int32)
    alone = left.size
    for step in steps:
        for u in range(left.size):
            if mates[u] < 0:
                v = number[left[u] + step]
                if v >= 0 and theirs[v] < 0:
                    mates[u], theirs[v] = v, u
                    alone -= 1
    if alone == 0 or right.size == 0:
        return mates
    starts, candidates = _candidates(left, number, steps)
    layer = np.empty(left.size, np.int32)
    queue = np.empty(left.size, np.int32)
    following = np.empty(left.size, np.int64)
    path = np.empty(left.size, np.int32)
    while _layers(mates, theirs, starts, candidates, layer, queue):
        following[:] = starts[:-1]
        for u in range(left.size):
            if mates[u] < 0:
                _augment(u, mates, theirs, starts, candidates, layer, following, path)
    return mates


@compiled
def _candidates(
    left: NDArray[np.int64], number: NDArray[np.int32], steps: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The right numbers near each pixel of the left: those of u are candidates[starts[u] : starts[u + 1]]."""
    starts = np.zeros(left.size + 1, np.int64)
    for u in range(left.size):
        count = 0
        for step in steps:
            count += number[left[u] + step] >= 0
        starts[u + 1] = starts[u] + count
    candidates = np.empty(starts[-1], np.int32)
    at = 0
    for u in range(left.size):
        for step in steps:
            v = number[left[u] + step]
            if v >= 0:
                candidates[at] = v
                at += 1
    return starts, candidates


@compiled
def _layers(
    mates: NDArray[np.int32],
    theirs: NDArray[np.int32],
    starts: NDArray[np.int64],
    candidates: NDArray[np.int32],
    layer: NDArray[np.int32],
    queue: NDArray[np.int32],
) -> bool:
    """Number the left by how many exchanges it is away from a pixel without partner; whether one on the right is met.

    Nothing farther than the first that is met is numbered: paths in one round are all the shortest there are.
    """
    end = 0
    for u in range(mates.size):
        layer[u] = -1
        if mates[u] < 0:
            layer[u] = 0
            queue[end] = u
            end += 1
    begin = 0
    last = mates.size + 1
    while begin < end:
        u = queue[begin]
        begin += 1
        if layer[u] >= last:
            break
        for at in range(starts[u], starts[u + 1]):
            w = theirs[candidates[at]]
            if w < 0:
                last = layer[u]
            elif layer[w] < 0:
                layer[w] = layer[u] + 1
                queue[end] = w
                end += 1
    return last <= mates.size


@compiled
def _augment(
    root: int,
    mates: NDArray[np.int32],
    theirs: NDArray[np.int32],
    starts: NDArray[np.int64],
    candidates: NDArray[np.int32],
    layer: NDArray[np.int32],
    following: NDArray[np.int64],
    path: NDArray[np.int32],
) -> None:
    """Go from the root down the layers, deep first, to a pixel on the right without partner, and change partners."""
    path[0] = root
    depth = 0
    while depth >= 0:
        u = path[depth]
        if following[u] == starts[u + 1]:  # nothing more to try here, now or for another root
            layer[u] = -1
            depth -= 1
            if depth >= 0:
                following[path[depth]] += 1
            continue
        v = candidates[following[u]]
        w = theirs[v]
        if w < 0:
            while depth >= 0:
                u = path[depth]
                v = candidates[following[u]]
                mates[u], theirs[v] = v, u
                layer[u] = -1  # its part in this round is played
                depth -= 1
            return
        if layer[w] == layer[u] + 1:
            depth += 1
            path[depth] = w
        else:
            following[u] += 1

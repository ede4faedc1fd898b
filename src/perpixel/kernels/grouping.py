"""Pixels grouped into things: by the center that each points to, or by the hill that each stands on."""

from __future__ import annotations

from math import ceil, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled


def find_centers(
    heatmap: NDArray[Any], *, threshold: float, window: int, most: int
) -> tuple[NDArray[np.intp], NDArray[np.float32]]:
    """The peaks of a heatmap: values above `threshold` that no value in the window around them exceeds.

    Of equal values in one window only the first counts, row by row, so that a flat top is one peak. NaN is no peak.

    Cheng et al., 2020, Panoptic-DeepLab, https://arxiv.org/abs/1911.10194, section 3.2 (there .1, 7 and 200).

    Args:
        heatmap: (h, w).
        window: side of the square, in steps of the heatmap; odd.
        most: of more peaks the greatest are kept.

    Returns:
        (n, 2) rows and columns, and (n,) float32 values, the greatest first.

    Raises:
        ValueError: the heatmap is not (h, w), the window is not odd, or `most` is negative.
    """
    if heatmap.ndim != 2 or window < 1 or window % 2 == 0 or most < 0:
        raise ValueError(
            f"a heatmap {heatmap.shape}, window {window}, at most {most} peaks; expected (h, w), an odd window of at "
            "least 1, and a number from 0 on"
        )
    values = np.ascontiguousarray(heatmap, np.float32)
    rows, columns = np.nonzero(_peaks(values, np.float32(threshold), window // 2))
    order = np.argsort(-values[rows, columns], kind="stable")[:most]
    rows, columns = rows[order], columns[order]
    return np.stack([rows, columns], axis=1), values[rows, columns]


def nearest_centers(
    offsets: NDArray[Any],
    centers: NDArray[Any],
    labels: NDArray[Any],
    thing: NDArray[np.bool_],
    *,
    stride: int,
) -> NDArray[np.int32]:
    """For every pixel of a thing the center that is nearest to where its offset points.

    The coarse offsets are read bilinearly (align_corners=False), as if they had been upsampled; one that is no finite
    number counts as 0. Where several centers are as near, the first one is taken.

    Args:
        offsets: (2, h, w), how far down and how far right the center lies, in pixels of the picture.
        centers: (n, 2) rows and columns in the picture, which is H x W pixels with centers at whole numbers.
        labels: (H, W) classes.
        thing: (K,) which classes are countable; labels of K and more are not.
        stride: pixels of the picture to one step of the offsets.

    Returns:
        (H, W) int32: 1 and more is the number of the center, plus 1; 0 where there is no thing, or no center at all.

    Raises:
        ValueError: shapes that do not fit.
    """
    if offsets.ndim != 3 or len(offsets) != 2 or centers.ndim != 2 or centers.shape[1] != 2:
        raise ValueError(f"offsets are {offsets.shape}, centers {centers.shape}; expected (2, h, w) and (n, 2)")
    height, width = labels.shape
    if stride < 1 or height > offsets.shape[1] * stride or width > offsets.shape[2] * stride:
        raise ValueError(f"offsets of {offsets.shape[1:]} at stride {stride} do not cover {labels.shape}")
    ids = np.zeros(labels.shape, np.int32)
    if not len(centers) or not labels.size:
        return ids
    side = ceil(sqrt(height * width / len(centers)))  # about one center to a square
    across = ceil(width / side)
    inside = np.clip(centers, 0, [height - 1, width - 1])
    squares = (inside // side).astype(np.intp) @ np.array([across, 1])
    order = np.argsort(squares, kind="stable")
    starts = np.searchsorted(squares[order], np.arange(ceil(height / side) * across + 1))
    _assign(
        np.ascontiguousarray(offsets, np.float32),
        np.ascontiguousarray(inside, np.float64),
        starts,
        order,
        side,
        across,
        np.ascontiguousarray(labels),
        np.ascontiguousarray(thing),
        stride,
        ids,
    )
    return ids


def hills(heights: NDArray[Any], mask: NDArray[np.bool_], *, depth: float) -> NDArray[np.int32]:
    """The hills of a relief: each pixel of the mask belongs to the summit that the steepest way up leads to.

    Two hills are one if the pass between them lies less than `depth` below the lower summit (summits of small
    dynamics, or h-maxima). Pixels are taken from the highest down, as if water sank and islands grew together.

    Soille, Morphological Image Analysis, 2003, sections 6.3.4 (h-maxima) and 9.2 (watershed by flooding).

    Args:
        heights: (H, W).
        mask: (H, W); neighbors are pixels that share a side.
        depth: in the unit of the heights; 0 keeps every summit apart.

    Returns:
        (H, W) int32: 0 outside the mask, hills from 1 on in the order of their first pixel, row by row.

    Raises:
        ValueError: the sizes differ.
    """
    if heights.ndim != 2 or heights.shape != mask.shape:
        raise ValueError(f"heights are {heights.shape} and the mask is {mask.shape}; both must be the same (H, W)")
    relief = np.ascontiguousarray(heights, np.float32).ravel()
    inside = np.flatnonzero(mask)
    order = inside[np.argsort(-relief[inside], kind="stable")]
    return _climb(relief, order, mask.shape[1], np.float32(depth)).reshape(mask.shape)


@compiled
def _peaks(values: NDArray[np.float32], threshold: Any, reach: int) -> NDArray[np.bool_]:
    height, width = values.shape
    found = np.zeros((height, width), np.bool_)
    for y in range(height):
        for x in range(width):
            value = values[y, x]
            if not value > threshold:
                continue
            peak = True
            for i in range(max(y - reach, 0), min(y + reach + 1, height)):
                for j in range(max(x - reach, 0), min(x + reach + 1, width)):
                    earlier = i < y or (i == y and j < x)
                    if values[i, j] > value or (earlier and values[i, j] == value):
                        peak = False
                        break
                if not peak:
                    break
            found[y, x] = peak
    return found


@compiled
def _assign(
    offsets: NDArray[np.float32],
    centers: NDArray[np.float64],
    starts: NDArray[np.intp],
    members: NDArray[np.intp],
    side: int,
    across: int,
    labels: NDArray[Any],
    thing: NDArray[np.bool_],
    stride: int,
    ids: NDArray[np.int32],
) -> None:
    height, width = labels.shape
    rows, columns = offsets.shape[1:]
    own = _own_ground(centers)
    near = 0
    for y in range(height):
        v = min(max((y + 0.5) / stride - 0.5, 0.0), rows - 1.0)
        i = int(v)
        below, down = min(i + 1, rows - 1), v - i
        for x in range(width):
            if labels[y, x] >= thing.size or not thing[labels[y, x]]:
                continue
            u = min(max((x + 0.5) / stride - 0.5, 0.0), columns - 1.0)
            j = int(u)
            right, along = min(j + 1, columns - 1), u - j
            upper = offsets[0, i, j] * (1 - along) + offsets[0, i, right] * along
            lower = offsets[0, below, j] * (1 - along) + offsets[0, below, right] * along
            to_row = y + upper * (1 - down) + lower * down
            upper = offsets[1, i, j] * (1 - along) + offsets[1, i, right] * along
            lower = offsets[1, below, j] * (1 - along) + offsets[1, below, right] * along
            to_column = x + upper * (1 - down) + lower * down
            if not np.isfinite(to_row + to_column):
                to_row, to_column = y + 0.0, x + 0.0
            distance = (centers[near, 0] - to_row) ** 2 + (centers[near, 1] - to_column) ** 2
            if distance >= own[near]:  # else the pixel beside it has found the nearest already
                near = _nearest(to_row, to_column, near, centers, starts, members, side, across, height, width)
            ids[y, x] = near + 1


@compiled
def _own_ground(centers: NDArray[np.float64]) -> NDArray[np.float64]:
    """For each center the square of half the way to the next one: what is nearer than that has no nearer center."""
    count = len(centers)
    own = np.full(count, np.inf)
    for k in range(count):
        for other in range(k):
            quarter = ((centers[k, 0] - centers[other, 0]) ** 2 + (centers[k, 1] - centers[other, 1]) ** 2) / 4
            own[k], own[other] = min(own[k], quarter), min(own[other], quarter)
    return own


@compiled
def _nearest(
    row: float,
    column: float,
    guess: int,
    centers: NDArray[np.float64],
    starts: NDArray[np.intp],
    members: NDArray[np.intp],
    side: int,
    across: int,
    height: int,
    width: int,
) -> int:
    """The center nearest to a point, from the point's own square outward until no other can be nearer.

    `guess` is a center that may be near: the better it is, the fewer squares are looked at. A point outside the picture
    is no farther from any center than the picture's pixel next to it is, so that pixel's square is the first.
    """
    inside_row = min(max(row, 0.0), height - 1.0)
    inside_column = min(max(column, 0.0), width - 1.0)
    best = guess
    least = (centers[guess, 0] - row) ** 2 + (centers[guess, 1] - column) ** 2
    down = (starts.size - 1) // across
    i, j = int(inside_row) // side, int(inside_column) // side
    for ring in range(max(down, across)):
        for p in range(max(i - ring, 0), min(i + ring + 1, down)):
            step = 1 if ring == 0 or p == i - ring or p == i + ring else 2 * ring  # a middle row has two ends
            for q in range(j - ring, j + ring + 1, step):
                if q < 0 or q >= across:
                    continue
                square = p * across + q
                for place in range(starts[square], starts[square + 1]):
                    k = members[place]
                    distance = (centers[k, 0] - row) ** 2 + (centers[k, 1] - column) ** 2
                    if distance < least or (distance == least and k < best):
                        best, least = k, distance
        beyond = min(
            min(inside_row - (i - ring) * side, (i + ring + 1) * side - inside_row),
            min(inside_column - (j - ring) * side, (j + ring + 1) * side - inside_column),
        )
        if least < beyond * beyond:
            break
    return best


@compiled
def _climb(relief: NDArray[np.float32], order: NDArray[np.intp], width: int, depth: Any) -> NDArray[np.int32]:
    hill = np.full(relief.size, np.int32(-1), np.int32)
    joined = np.empty(order.size, np.int32)  # the hill that each hill has become part of; itself at first
    summit = np.empty(order.size, np.float32)
    beside = np.empty(4, np.int64)
    count = 0
    for pixel in order:
        column, value = pixel % width, relief[pixel]
        beside[0] = pixel - width
        beside[1] = pixel - 1 if column > 0 else -1
        beside[2] = pixel + 1 if column < width - 1 else -1
        beside[3] = pixel + width
        own, steepest = -1, value
        for other in beside:
            if 0 <= other < relief.size and hill[other] >= 0 and (own < 0 or relief[other] > steepest):
                own, steepest = _root(joined, hill[other]), relief[other]
        if own < 0:
            joined[count], summit[count] = count, value
            hill[pixel] = count
            count += 1
            continue
        hill[pixel] = own
        for other in beside:
            if not (0 <= other < relief.size and hill[other] >= 0):
                continue
            here, there = _root(joined, own), _root(joined, hill[other])
            if here == there:
                continue
            low, high = (here, there) if summit[here] < summit[there] else (there, here)
            if summit[low] - value < depth:
                joined[low] = high
    numbers = np.zeros(max(count, 1), np.int32)
    found = 0
    for pixel in range(relief.size):
        if hill[pixel] < 0:
            hill[pixel] = 0
            continue
        root = _root(joined, hill[pixel])
        if numbers[root] == 0:
            found += 1
            numbers[root] = found
        hill[pixel] = numbers[root]
    return hill


@compiled
def _root(joined: NDArray[np.int32], hill: int) -> int:
    while joined[hill] != hill:
        joined[hill] = joined[joined[hill]]
        hill = joined[hill]
    return hill

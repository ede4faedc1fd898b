"""Run lengths of all labels in one pass, and sets of pixels reckoned with as run lengths.

A picture is turned first where columns are wanted (OpenCV does it in tiles that fit the cache), so that all runs are of
pixels that follow one another in memory. There numpy finds where they end as fast as any loop that was tried, and
nothing need be compiled for each type of labels.

Many masks lie in one array of counts, one behind the other, and `offsets` (N + 1) say where each begins and ends. The
counts of a mask are pixels outside, inside, outside, ...; only the first may be zero. Their sum is the number of
pixels.
"""

from __future__ import annotations

from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

Fault = Literal["", "character", "cut off", "too many", "too few"]
_FAULTS: tuple[Fault, ...] = ("", "character", "cut off", "too many", "too few")
_TABLE = 1 << 20  # up to this label a table finds a label's place; beyond, sorting does
_DIGITS = 12  # of 5 bits: no count that is believed has more

Many = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Counts of many masks and their offsets."""


def label_runs(labels: NDArray[Any], *, columns: bool = True) -> tuple[NDArray[Any], Many]:
    """The run lengths of every label of a map.

    Args:
        labels: (H, W) uint8, uint16 or int32, not empty.
        columns: pixels follow one another down the columns, not along the rows.

    Returns:
        The labels that occur, ascending, and the counts of each with offsets.
    """
    ends, values = scan(labels, columns=columns)
    if values.dtype.itemsize < 4 or (values.min() >= 0 and values.max() < _TABLE):
        present = np.flatnonzero(np.bincount(values))
        table = np.empty(int(present[-1]) + 1, np.int64)
        table[present] = np.arange(present.size)
        places = table[values]
        present = present.astype(labels.dtype)
    else:
        present, places = np.unique(values, return_inverse=True)
        places = places.astype(np.int64)
    return present, _grouped(ends, places, present.size)


def scan(labels: NDArray[Any], *, columns: bool) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Where each run of equal labels ends, and its label."""
    ordered = cv2.transpose(labels) if columns and not labels.flags.f_contiguous else labels.T if columns else labels
    flat = np.ascontiguousarray(ordered).reshape(-1)
    ends = np.append(np.flatnonzero(flat[1:] != flat[:-1]) + 1, flat.size)
    return ends, flat[ends - 1]


def paint_runs(
    many: Many, values: NDArray[Any], size: tuple[int, int], *, background: Any = 0, columns: bool = True
) -> NDArray[Any]:
    """The reverse: a map of the type of `values`, later masks over earlier. The counts are believed."""
    height, width = size
    shape = (width, height) if columns else (height, width)
    flat = np.full(height * width, background, values.dtype)
    _paint(*many, values, flat)
    return np.asarray(cv2.transpose(flat.reshape(shape))) if columns else flat.reshape(shape)


def compress(many: Many, *, pixels: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """COCO's text of each mask: one array of characters and its offsets."""
    return _compress(*many, (pixels.bit_length() + 5) // 5)


def decompress(
    text: NDArray[np.uint8], offsets: NDArray[np.int64], *, pixels: int
) -> tuple[Many, tuple[Fault, int, int]]:
    """The reverse. Nothing is taken on trust: counts are never negative and their sum is the number of pixels.

    Returns:
        Counts and offsets; what is wrong (empty if nothing), in which mask, and at which of its characters.
    """
    counts, places, fault, mask, place = _decompress(text, offsets, pixels)
    return (counts, places), (_FAULTS[fault], int(mask), int(place))


def combine(a: NDArray[np.int64], b: NDArray[np.int64], *, both: bool) -> NDArray[np.int64]:
    """Counts of the pixels that are in both masks, or in any; without zeros after the first."""
    return _combine(a, b, both)


def extents(many: Many, *, height: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Boxes (N, 4), half-open x0 y0 x1 y1, zeros where nothing is inside, and pixels inside (N,), down the columns."""
    return _extents(*many, height)


def intersections(a: Many, b: Many, *, a_boxes: NDArray[np.int64], b_boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N, M) how many pixels each of `a` has in common with each of `b`; boxes (N, 4) are half-open x0 y0 x1 y1."""
    return _intersections(*a, a_boxes, *b, b_boxes)


@compiled
def _grouped(
    ends: NDArray[np.int64], places: NDArray[np.int64], groups: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Runs of all labels to the counts of each."""
    offsets = np.zeros(groups + 1, np.int64)
    last = np.zeros(groups, np.int64)
    for run in range(ends.size):
        offsets[places[run] + 1] += 2
        last[places[run]] = ends[run]
    for group in range(groups):
        offsets[group + 1] += offsets[group] + (last[group] < ends[-1])
    counts = np.empty(offsets[-1], np.int64)
    at = np.empty(groups, np.int64)
    for group in range(groups):
        at[group], last[group] = offsets[group], 0
    start = 0
    for run in range(ends.size):
        group, end = places[run], ends[run]
        counts[at[group]] = start - last[group]
        counts[at[group] + 1] = end - start
        at[group] += 2
        last[group] = end
        start = end
    for group in range(groups):
        if at[group] < offsets[group + 1]:
            counts[at[group]] = ends[-1] - last[group]
    return counts, offsets


@compiled
def _paint(counts: NDArray[np.int64], offsets: NDArray[np.int64], values: NDArray[Any], flat: NDArray[Any]) -> None:
    for mask in range(offsets.size - 1):
        value, at = values[mask], 0
        for i in range(offsets[mask], offsets[mask + 1]):
            if (i - offsets[mask]) & 1:
                for pixel in range(np.uint64(at), np.uint64(at + counts[i])):  # no sign: nothing to ask at each
                    flat[pixel] = value
            at += counts[i]


@compiled
def _compress(
    counts: NDArray[np.int64], offsets: NDArray[np.int64], longest: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Each count as its difference to the one before the last (from the fourth on), five bits a character, low first.

    Bit 32 of a character says that another follows, bit 16 of the last is the sign, and 48 is added.
    """
    text = np.empty(counts.size * longest, np.uint8)
    ends = np.zeros(offsets.size, np.int64)
    at = 0
    for mask in range(offsets.size - 1):
        for i in range(offsets[mask], offsets[mask + 1]):
            left = counts[i] - (counts[i - 2] if i - offsets[mask] > 2 else 0)
            digit = left & 31
            left >>= 5
            while left != (-1 if digit & 16 else 0):
                text[at] = digit + 80
                at += 1
                digit = left & 31
                left >>= 5
            text[at] = digit + 48
            at += 1
        ends[mask + 1] = at
    return text[:at], ends


@compiled
def _decompress(
    text: NDArray[np.uint8], offsets: NDArray[np.int64], pixels: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], int, int, int]:
    counts = np.empty(text.size, np.int64)
    places = np.zeros(offsets.size, np.int64)
    written = 0
    for mask in range(offsets.size - 1):
        first, at, end, total = written, offsets[mask], offsets[mask + 1], 0
        while at < end:
            start = at
            number, shift, more = 0, 0, True
            while more:
                if at == end:
                    return counts, places, 2, mask, at - offsets[mask]
                digit = int(text[at]) - 48
                if digit < 0 or digit > 63:
                    return counts, places, 1, mask, at - offsets[mask]
                if shift == 5 * _DIGITS:
                    return counts, places, 3, mask, start - offsets[mask]
                number |= (digit & 31) << shift
                shift += 5
                more = digit & 32 != 0
                if not more and digit & 16:
                    number |= -1 << shift
                at += 1
            if written - first > 2:
                number += counts[written - 2]
            if number < 0 or number > pixels - total:
                return counts, places, 3, mask, start - offsets[mask]
            counts[written] = number
            written += 1
            total += number
        if total != pixels:
            return counts, places, 4, mask, total
        places[mask + 1] = written
    return counts[:written], places, 0, 0, 0


@compiled
def _combine(a: NDArray[np.int64], b: NDArray[np.int64], both: bool) -> NDArray[np.int64]:
    counts = np.empty(a.size + b.size + 1, np.int64)
    i, j, written, run = 0, 0, 0, 0
    left_a, left_b = a[0], b[0]
    in_a = in_b = state = False
    while i < a.size and j < b.size:
        step = min(left_a, left_b)
        inside = (in_a and in_b) if both else (in_a or in_b)
        if step > 0 and inside != state:
            counts[written] = run
            written += 1
            run, state = 0, inside
        run += step
        left_a -= step
        left_b -= step
        if left_a == 0:
            i, in_a = i + 1, not in_a
            left_a = a[i] if i < a.size else 0
        if left_b == 0:
            j, in_b = j + 1, not in_b
            left_b = b[j] if j < b.size else 0
    counts[written] = run
    return counts[: written + 1]


@compiled
def _extents(
    counts: NDArray[np.int64], offsets: NDArray[np.int64], height: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    boxes, areas = np.zeros((offsets.size - 1, 4), np.int64), np.zeros(offsets.size - 1, np.int64)
    for mask in range(offsets.size - 1):
        at, box = 0, boxes[mask]
        for i in range(offsets[mask], offsets[mask + 1] - 1, 2):
            start, end = at + counts[i], at + counts[i] + counts[i + 1]
            at = end
            column, last = start // height, (end - 1) // height
            top, foot = (start - column * height, end - column * height) if last == column else (0, height)
            if areas[mask] == 0:
                box[0], box[1] = column, top
            box[1], box[2], box[3] = min(box[1], top), last + 1, max(box[3], foot)
            areas[mask] += counts[i + 1]
    return boxes, areas


@compiled
def _intersections(
    a: NDArray[np.int64],
    a_offsets: NDArray[np.int64],
    a_boxes: NDArray[np.int64],
    b: NDArray[np.int64],
    b_offsets: NDArray[np.int64],
    b_boxes: NDArray[np.int64],
) -> NDArray[np.int64]:
    common = np.zeros((a_offsets.size - 1, b_offsets.size - 1), np.int64)
    for n in range(common.shape[0]):
        for m in range(common.shape[1]):
            if a_boxes[n, 2] <= b_boxes[m, 0] or b_boxes[m, 2] <= a_boxes[n, 0]:
                continue
            if a_boxes[n, 3] <= b_boxes[m, 1] or b_boxes[m, 3] <= a_boxes[n, 1]:
                continue
            # Runs of the pixels inside only: [start, end) of each, moved on behind whichever ends first.
            i, j = a_offsets[n], b_offsets[m]
            a_start, b_start = a[i], b[j]
            while i + 1 < a_offsets[n + 1] and j + 1 < b_offsets[m + 1]:
                a_end, b_end = a_start + a[i + 1], b_start + b[j + 1]
                common[n, m] += max(min(a_end, b_end) - max(a_start, b_start), 0)
                if a_end <= b_end:
                    i += 2
                    a_start = a_end + (a[i] if i < a_offsets[n + 1] else 0)
                else:
                    j += 2
                    b_start = b_end + (b[j] if j < b_offsets[m + 1] else 0)
    return common

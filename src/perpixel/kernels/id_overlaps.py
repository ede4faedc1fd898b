"""How much every id of one map overlaps every id of another, in one pass over the pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

_SCRAMBLE = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio: Knuth's multiplicative hash
_SIGNS = np.uint64(1 << 63 | 1 << 31)
_LOWER = np.uint64((1 << 32) - 1)
_LEAST_BITS = 10

Overlaps = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def overlaps(first: NDArray[np.int32], second: NDArray[np.int32]) -> Overlaps:
    """Count the pixels of every pair of ids that occurs.

    The same as `np.unique(first * 2**32 + second, return_counts=True)`, but no pixels are sorted: a pair is looked up
    once for each stretch of equal pixels, in a table that grows with the pairs, however great the ids are.

    Args:
        first: (H, W) int32 ids from 0 on; 0 is an id like any other.
        second: the same of another map of the same picture.

    Returns:
        ids of the first map (P,), ids of the second (P,) and pixels (P,), all int64, sorted by the first id and then
        by the second.

    Raises:
        TypeError: maps of another type.
        ValueError: shapes that differ or are not (H, W), or a negative id.
    """
    if first.dtype != np.int32 or second.dtype != np.int32:
        raise TypeError(f"id maps are {first.dtype} and {second.dtype}; expected int32: use `ids.astype(np.int32)`")
    if first.ndim != 2 or first.shape != second.shape:
        raise ValueError(f"id maps are {first.shape} and {second.shape}; both must be the same (H, W)")
    a, b = _eights(first), _eights(second)
    rest = np.ascontiguousarray(first).ravel()[a.size :], np.ascontiguousarray(second).ravel()[b.size :]
    keys, counts = _count(a, b, rest[0].view(np.uint32), rest[1].view(np.uint32))
    if (keys & _SIGNS).any():
        raise ValueError("an id map has a negative id; ids are from 0 on")
    order = np.argsort(keys)
    keys = keys[order]
    return (keys >> np.uint64(32)).astype(np.int64), (keys & _LOWER).astype(np.int64), counts[order]


def _eights(ids: NDArray[np.int32]) -> NDArray[np.uint32]:
    """(N, 8) all but the last few pixels, without signs."""
    flat = np.ascontiguousarray(ids).ravel()
    return flat[: flat.size // 8 * 8].reshape(-1, 8).view(np.uint32)


@compiled
def _count(
    a: NDArray[np.uint32], b: NDArray[np.uint32], a_rest: NDArray[np.uint32], b_rest: NDArray[np.uint32]
) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """The pairs that occur, packed (the first id in the upper 32 bits), and their pixels, in no order."""
    bits, done, used = _LEAST_BITS, 0, 0
    keys, counts = np.empty(1 << bits, np.uint64), np.zeros(1 << bits, np.int64)
    while True:
        done, used = _fill(keys, counts, bits, used, a, b, done)
        if done == len(a):
            break
        bits += 2
        old_keys, old_counts = keys, counts
        keys, counts = np.empty(1 << bits, np.uint64), np.zeros(1 << bits, np.int64)
        for place in np.nonzero(old_counts)[0]:
            _add(keys, counts, bits, old_keys[place], old_counts[place])
    for i in range(a_rest.size):  # at most seven: there is room for them
        _add(keys, counts, bits, np.uint64(a_rest[i]) << np.uint64(32) | np.uint64(b_rest[i]), 1)
    found = np.nonzero(counts)[0]
    return keys[found], counts[found]


@compiled
def _fill(
    keys: NDArray[np.uint64],
    counts: NDArray[np.int64],
    bits: int,
    used: int,
    a: NDArray[np.uint32],
    b: NDArray[np.uint32],
    start: int,
) -> tuple[int, int]:
    """Count from one eight of pixels on, until all are counted or half the table is used: where it stopped, and uses.

    The table is not replaced in this loop: of an array that changes, every look would count who holds it.
    """
    if start == len(a):
        return start, used
    x, y, run, end = a[start, 0], b[start, 0], 0, len(a)
    for i in range(start, len(a)):
        other = np.uint32(0)
        for k in range(8):
            other |= (a[i, k] ^ x) | (b[i, k] ^ y)
        if not other:
            run += 8
            continue
        if 2 * (used + 9) > keys.size:
            end = i
            break
        for k in range(8):
            if a[i, k] == x and b[i, k] == y:
                run += 1
            else:
                used += _add(keys, counts, bits, np.uint64(x) << np.uint64(32) | np.uint64(y), run)
                x, y, run = a[i, k], b[i, k], 1
    used += _add(keys, counts, bits, np.uint64(x) << np.uint64(32) | np.uint64(y), run)
    return end, used


@compiled
def _add(keys: NDArray[np.uint64], counts: NDArray[np.int64], bits: int, key: np.uint64, pixels: int) -> int:
    """Add to a pair's count, at the first place from its own on that it has or that is free: 1 if it was free, or 0."""
    place = (key * _SCRAMBLE) >> np.uint64(64 - bits)
    while counts[place] and keys[place] != key:
        place = (place + np.uint64(1)) & np.uint64(keys.size - 1)
    free = counts[place] == 0
    keys[place] = key
    counts[place] += pixels
    return 1 if free else 0

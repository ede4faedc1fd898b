"""Decoded arrays kept in memory, shared by the processes that prepare pictures: decoding is half of that work."""

from __future__ import annotations

import mmap
import multiprocessing
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

import numpy as np
from numpy.typing import NDArray

Arrays = tuple[NDArray[np.generic], ...]

SHARE = 0.25
DTYPES = (np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))
# An item's row in the table: whether it is there, its place + 1; for each array its type, axes and up to three sides.
ROW = 5


class Cache:
    """Arrays of `count` items, each computed once and kept while all fit into `limit` bytes.

    What does not fit is computed each time. The memory is an anonymous shared map: processes that are forked after the
    cache was made fill it together. Where processes are not forked (Windows, macOS), each fills its own copy, so use
    a limit that is divided by their number.

    Args:
        count: how many items there are.
        arrays: how many arrays make an item (a picture and its mask: 2).
        limit: bytes; 0 keeps nothing.
    """

    def __init__(self, count: int, *, arrays: int = 2, limit: int) -> None:
        self.count, self.arrays, self.limit = count, arrays, limit
        self._open()

    def get(self, index: int, compute: Callable[[], Arrays]) -> Arrays:
        """The arrays of one item: those kept, or else what `compute` returns. They are read-only."""
        row = self._table[index]
        with self._lock:  # also orders memory: whoever sees the mark sees what was written before it
            ready = bool(row[0])
        if ready:
            return self._read(row)
        arrays = compute()
        self._keep(row, arrays)
        return arrays

    def _keep(self, row: NDArray[np.int64], arrays: Arrays) -> None:
        if not self.limit or any(array.dtype not in DTYPES for array in arrays):
            return
        size = sum(array.nbytes for array in arrays)
        with self._lock:
            start = int(self._table[-1, 0])
            if row[1] or start + size > self.limit:  # another process is at it, or there is no room
                return
            self._table[-1, 0] = start + size
            row[1] = start + 1
        for number, array in enumerate(arrays):
            part = row[2 + number * ROW :]
            part[:2] = DTYPES.index(array.dtype), array.ndim
            part[2 : 2 + array.ndim] = array.shape
            self._memory[start : start + array.nbytes] = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
            start += array.nbytes
        with self._lock:
            row[0] = 1

    def _read(self, row: NDArray[np.int64]) -> Arrays:
        start, found = int(row[1]) - 1, []
        for number in range(self.arrays):
            kind, axes, *sides = row[2 + number * ROW : 2 + (number + 1) * ROW].tolist()
            shape, dtype = tuple(sides[:axes]), DTYPES[kind]
            size = int(np.prod(shape)) * dtype.itemsize
            array = self._memory[start : start + size].view(dtype).reshape(shape)
            array.flags.writeable = False
            found.append(array)
            start += size
        return tuple(found)

    def _open(self) -> None:
        width = 2 + self.arrays * ROW
        self._table = np.frombuffer(mmap.mmap(-1, (self.count + 1) * width * 8), np.int64).reshape(-1, width)
        # The system gives pages as they are first written: an unused part of the map costs nothing.
        self._memory = np.frombuffer(mmap.mmap(-1, max(self.limit, 1)), np.uint8)
        self._lock: AbstractContextManager[object] = (
            multiprocessing.get_context("fork").Lock() if forks() else nullcontext()
        )

    def __getstate__(self) -> tuple[int, int, int]:
        return self.count, self.arrays, self.limit

    def __setstate__(self, state: tuple[int, int, int]) -> None:
        self.count, self.arrays, self.limit = state
        self._open()


def forks() -> bool:
    """Whether processes that prepare pictures are forked, and so share memory: on Linux."""
    return sys.platform == "linux" and "fork" in multiprocessing.get_all_start_methods()


def memory_limit(wanted: int, *, workers: int = 0, share: float = SHARE) -> int:
    """Bytes for a cache that would hold everything with `wanted` bytes: at most `share` of the memory free now."""
    available = int(free_memory() * share)
    return min(wanted, available if forks() or workers < 2 else available // workers)


def free_memory() -> int:
    """Bytes of memory that programs may still take; half of all memory where the system does not say."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:  # noqa: PTH123
            lines = dict(line.split(":", 1) for line in file)
        return int(lines["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    except (AttributeError, ValueError, OSError):
        return 4 * 2**30

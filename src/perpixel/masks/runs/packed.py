"""The bit stream in which Label Studio keeps brush strokes: blocks of one value repeated, or of values as they are.

32 bits: how many values; 5: bits of a value less 1; four times 4: bits of a length less 1. Then blocks: 1 bit, whether
one value is repeated; 2 bits, which of the four sizes; the length less 1; the value, or as many values as the length
says.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

HEADER_BITS = 32 + 5 + 4 * 4
_SIZES = (3, 4, 8, 16)
_MOST = 65536  # values of one block


def pack_values(values: NDArray[np.uint8]) -> bytes:
    """The stream of some values, of the bytes that Label Studio's converter writes."""
    ends = np.append(np.flatnonzero(np.diff(values)) + 1, values.size) if values.size else np.empty(0, np.intp)
    return pack_runs(zip(np.diff(ends, prepend=0).tolist(), values[ends - 1].tolist(), strict=True))


def pack_runs(runs: Iterable[tuple[int, int]]) -> bytes:
    """The same from the length of each run and its value, 0 to 255; lengths of 0 are passed over."""
    blocks, total = [f"{7:05b}" + "".join(f"{size - 1:04b}" for size in _SIZES)], 0
    for length, value in runs:
        total += length
        kind = 0 if length <= 8 else 1 if length <= 16 else 2 if length <= 256 else 3
        head, size = ("1" if length > 1 else "0") + f"{kind:02b}", _SIZES[kind]
        blocks += [f"{head}{_MOST - 1:0{size}b}{value:08b}"] * max((length - 1) // _MOST, 0)
        if length:
            blocks.append(f"{head}{(length - 1) % _MOST:0{size}b}{value:08b}")
    bits = f"{total:032b}" + "".join(blocks)
    bits += "0" * (8 - len(bits) % 8)  # a whole byte of zeros where nothing is left to fill, as the converter does
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def unpack_values(stream: bytes, *, step: int = 1) -> tuple[NDArray[np.uint8], bool]:
    """Every `step`-th value of a stream, the last of each; and whether the stream ended before its time.

    The stream says how many values it has: whoever calls has looked at that (`value_count`) and has found it good.
    """
    total = value_count(stream)
    values = np.zeros(total // step, np.uint8)
    each = np.unpackbits(np.frombuffer(stream, np.uint8))
    bits = (each + ord("0")).tobytes().decode("ascii")
    depth = int(bits[32:37], 2) + 1
    sizes = [int(bits[at : at + 4], 2) + 1 for at in range(37, HEADER_BITS, 4)]
    at, done = HEADER_BITS, 0
    while done < total:
        if at + 3 > len(bits):
            return values, True
        repeated, size = bits[at] == "1", sizes[int(bits[at + 1 : at + 3], 2)]
        body = at + 3 + size
        if body > len(bits):
            return values, True
        length = min(int(bits[at + 3 : body], 2) + 1, total - done)
        at = body + depth * (1 if repeated else length)
        if at > len(bits):
            return values, True
        first, end = done // step, (done + length) // step
        if repeated:
            values[first:end] = min(int(bits[body:at], 2), 255)
        else:
            rows = each[body:at].reshape(length, depth)[(first + 1) * step - 1 - done :: step]
            values[first:end] = np.minimum(rows @ (1 << np.arange(depth - 1, -1, -1)), 255)
        done += length
    return values, False


def value_count(stream: bytes) -> int:
    """How many values a stream says it has."""
    return int.from_bytes(stream[:4], "big")

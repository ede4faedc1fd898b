"""Bilinear upsampling and arg-max of coarse logits in one pass: the label map, without full-size logits.

What makes it fast, in order of effect:

- Bilinear interpolation is a convex combination. A class that wins at the four corners of a cell of the coarse grid
  wins in the whole cell, which is then filled without computing anything. Most cells of a real picture are such.
- The others are computed in whole numbers. Along a row of the output the logit of a class is then an exact arithmetic
  progression, one addition a pixel; and the number of the class stands in the low bits, so that one maximum finds the
  value and the class together. Interpolation is exact; only the logits are rounded, far below their differences.
- All loops run over the cells of a row, phase by phase, in planar rows: that is what vector units are good at.
"""

from __future__ import annotations

from math import ceil, log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

_SQUARE = 4  # `_raise_best` computes 4 x 4 pixels of each cell
_TILE = 128  # cells in one pass: their values fit the nearest cache


def argmax_upsampled(logits: NDArray[np.float32], *, size: tuple[int, int], stride: int) -> NDArray[Any]:
    """The class with the greatest logit at every pixel, after bilinear upsampling (align_corners=False).

    Equal to interpolating to full size and taking the arg-max, but for pixels where the two best classes lie within
    1e-4 of the range of the logits. Of equal logits the lowest class wins. A NaN never wins against a number;
    infinities count as a little more than the extremes of the numbers.

    Args:
        logits: (K, h, w) float32.
        size: (height, width) to crop to; at most (h * stride, w * stride).
        stride: output pixels to one coarse pixel.

    Returns:
        (H, W) uint8, or uint16 beyond 255 classes.

    Raises:
        ValueError: the logits are not (K, h, w), or do not cover `size`.
    """
    logits = coarse_planes(logits, size, stride)
    classes = len(logits)
    labels = np.empty(size, np.uint8 if classes <= 255 else np.uint16)
    if stride == 1:
        _argmax(logits, labels)
        return labels
    low, high = (float(extreme) for extreme in _extent(logits))
    if classes == 1 or low > high:  # or no logit is a finite number
        labels[:] = 0
        return labels
    beyond = max(high - low, 1e-3 * abs(high), 1e-30) / 64  # what is not finite lies a little beyond what is
    low, high = low - beyond, high + beyond
    class_bits = ceil(log2(classes))
    spare_bits = 2 * ceil(log2(2 * stride)) + class_bits
    number: type[np.int32] | type[np.int64] = np.int32
    real: type[np.float32] | type[np.float64] = np.float32
    levels = 2.0 ** (31 - spare_bits)
    if classes > 255 or high - low > levels * 1e-4 * _lead(logits):  # too coarse to tell classes apart
        number, real, levels = np.int64, np.float64, 2.0 ** min(63 - spare_bits, 50)
    scale = 2 * (levels - 1) / (high - low)
    _argmax_cells(logits, labels, stride, real(low), real(high), real(scale), number(2**class_bits), number)
    return labels


def coarse_planes(logits: NDArray[Any], size: tuple[int, int], stride: int) -> NDArray[np.float32]:
    """The logits as contiguous float32 planes (K, h, w), checked to cover `size` at `stride`.

    Raises:
        ValueError: they are not (K, h, w), or do not cover `size`.
    """
    if logits.ndim != 3 or not logits.size:
        raise ValueError(f"logits are {logits.shape}; expected (classes, height, width), each at least 1")
    height, width = logits.shape[1] * stride, logits.shape[2] * stride
    if stride < 1 or not (0 < size[0] <= height and 0 < size[1] <= width):
        raise ValueError(f"logits of {logits.shape[1:]} at stride {stride} cover {height}x{width}, not {size}")
    return np.ascontiguousarray(logits, np.float32)


def _lead(logits: NDArray[np.float32]) -> float:
    """By how much the best class commonly leads: exceeded by three quarters of its leads over each other class."""
    sample = logits[:, ::16, ::16].reshape(len(logits), -1)
    sample = np.sort(np.where(np.isfinite(sample), sample, np.float32(-np.inf)), axis=0)
    sample = sample[:, sample[-1] > -np.inf]
    leads = sample[-1] - sample[:-1]
    return float(np.quantile(leads, 0.25, method="lower")) if leads.size else 0.0


@compiled
def _argmax(logits: NDArray[np.float32], labels: NDArray[Any]) -> None:
    height, width = labels.shape
    best = np.empty(width, np.float32)
    winner = np.empty(width, np.int32)
    for y in range(height):
        best[:] = -np.inf
        winner[:] = 0
        for k in range(logits.shape[0]):
            row = logits[k, y]
            for x in range(width):
                winner[x] = np.int32(k) if row[x] > best[x] else winner[x]
                best[x] = row[x] if row[x] > best[x] else best[x]
        for x in range(width):
            labels[y, x] = winner[x]


@compiled
def _extent(logits: NDArray[np.float32]) -> tuple[float, float]:
    """Least and greatest finite logit; (inf, -inf) if there is none."""
    width = logits.shape[2]
    low = np.full(width, np.float32(np.inf), np.float32)  # one a column, so that the loop below runs in vectors
    high = np.full(width, np.float32(-np.inf), np.float32)
    for k in range(logits.shape[0]):
        for i in range(logits.shape[1]):
            row = logits[k, i]
            for j in range(width):
                finite = abs(row[j]) < np.float32(np.inf)
                low[j] = row[j] if finite and row[j] < low[j] else low[j]
                high[j] = row[j] if finite and row[j] > high[j] else high[j]
    return low.min(), high.max()


@compiled
def _argmax_cells(
    logits: NDArray[np.float32],
    labels: NDArray[Any],
    stride: int,
    low: Any,
    high: Any,
    scale: Any,
    class_step: Any,
    number: Any,
) -> None:
    """Fill `labels`, one band of cells after another. A cell lies between four neighboring coarse pixel centers.

    Cells 0 and w of a band, and bands 0 and h, reach half a stride over the outer centers: the neighbor outside is the
    one inside again, and rows of coarse pixels are kept with it. Cell c has the corners c and c + 1, and the output
    columns from (c - 1) * stride + stride // 2 on.
    """
    classes, coarse_height, coarse_width = logits.shape
    height, width = labels.shape
    cells = coarse_width + 1
    above, below = _rows(classes, cells + 1, number), _rows(classes, cells + 1, number)
    winner_above, winner_below = np.empty(cells + 1, number), np.empty(cells + 1, number)
    mixed_above, mixed_below = _rows(classes, 2 * cells, number), _rows(classes, 2 * cells, number)
    mixed = np.empty(cells + 1, np.uint32)
    best = np.empty(_SQUARE * _SQUARE * _TILE, number)
    lines = np.empty((stride, cells, stride), labels.dtype)
    margin = stride - stride // 2  # columns of cell 0 that lie left of the picture
    _quantize(logits, 0, low, high, scale, class_step, below, winner_below)
    for band in range(coarse_height + 1):
        above, below = below, above
        winner_above, winner_below = winner_below, winner_above
        if 0 < band < coarse_height:
            _quantize(logits, band, low, high, scale, class_step, below, winner_below)
        else:
            below[:], winner_below[:] = above, winner_above
        count = _mixed_cells(winner_above, winner_below, mixed)
        # Gathering the corners of a cell costs about as much as computing 16 pixels.
        if count * (stride * stride + 16) >= cells * stride * stride:
            for cell in range(cells):
                mixed[cell] = cell
            _argmax_mixed(above, below, 1, mixed, cells, class_step, best, lines)
        else:
            _fill(winner_above, lines)
            if count:
                _gather(above, mixed, count, mixed_above)
                _gather(below, mixed, count, mixed_below)
                _argmax_mixed(mixed_above, mixed_below, count, mixed, count, class_step, best, lines)
        top = (band - 1) * stride + stride // 2
        for y in range(max(top, 0), min(top + stride, height)):
            row, line = labels[y], lines[y - top].ravel()[margin:]
            for x in range(width):
                row[x] = line[x]


@compiled
def _rows(count: int, length: int, number: Any) -> NDArray[Any]:
    """Rows an odd number of cache lines apart: at a power of two they would all want the same few lines."""
    return np.empty((count, (length // 16 + 1 | 1) * 16), number)


@compiled
def _quantize(
    logits: NDArray[np.float32],
    row: int,
    low: Any,
    high: Any,
    scale: Any,
    class_step: Any,
    values: NDArray[Any],
    winner: NDArray[Any],
) -> None:
    """One coarse row as whole numbers, times `class_step` (room for the class), and its arg-max."""
    classes, width = logits.shape[0], logits.shape[2]
    number = values.dtype.type
    half = type(scale)(0.5)
    middle = number((high - low) * scale * half)
    winner[:] = np.iinfo(values.dtype).min
    inner_winner = winner[1:]
    for k in range(classes):
        logit, value, inner = logits[k, row], values[k], values[k, 1:]
        tie = number(classes - 1 - k)  # of equal values the lowest class is the greatest
        for j in range(width):
            v = logit[j] if logit[j] > low else low  # this also turns NaN into `low`
            v = v if v < high else high
            whole = number(number((v - low) * scale + half) - middle) * class_step
            inner[j] = whole
            inner_winner[j] = max(inner_winner[j], number(whole | tie))
        value[0], value[width + 1] = value[1], value[width]
    for j in range(width):
        inner_winner[j] = classes - 1 - (inner_winner[j] & (class_step - 1))
    winner[0], winner[width + 1] = winner[1], winner[width]


@compiled
def _mixed_cells(above: NDArray[Any], below: NDArray[Any], mixed: NDArray[np.uint32]) -> int:
    """List the cells whose four corners are not all won by one class; return how many there are."""
    count = 0
    for cell in range(above.size - 1):
        mixed[count] = cell
        winner = above[cell]
        count += (winner != above[cell + 1]) | (winner != below[cell]) | (winner != below[cell + 1])
    return count


@compiled
def _gather(rows: NDArray[Any], mixed: NDArray[np.uint32], count: int, gathered: NDArray[Any]) -> None:
    """The corners of the mixed cells side by side: the n-th has the corners n and n + count."""
    for k in range(len(rows)):
        row, place = rows[k], gathered[k]
        for n in range(count):
            place[n], place[count + n] = row[mixed[n]], row[mixed[n] + 1]


@compiled
def _fill(winner: NDArray[Any], lines: NDArray[Any]) -> None:
    """Give every cell of a band the class of its first corner."""
    for cell in range(lines.shape[1]):
        for x in range(lines.shape[2]):
            lines[0, cell, x] = winner[cell]
    first = lines[0].ravel()
    for p in range(1, len(lines)):
        other = lines[p].ravel()
        for x in range(first.size):
            other[x] = first[x]


@compiled
def _argmax_mixed(
    above: NDArray[Any],
    below: NDArray[Any],
    right: int,
    mixed: NDArray[np.uint32],
    count: int,
    class_step: Any,
    best: NDArray[Any],
    lines: NDArray[Any],
) -> None:
    """Compute `count` cells of a band; the n-th has the corners n and n + `right` and its place is `mixed[n]`."""
    stride = len(lines)
    last = len(above) - 1
    mask, lowest = class_step - 1, np.iinfo(above.dtype).min
    for start in range(0, count, _TILE):
        size = min(_TILE, count - start)
        places = mixed[start : start + size]
        for down in range(0, stride, _SQUARE):
            for across in range(0, stride, _SQUARE):
                best[:] = lowest
                for k in range(0, last + 1, 4):
                    _raise_best(above, below, k, start, right, size, stride, down, across, best)
                for p in range(down, min(down + _SQUARE, stride)):
                    for q in range(across, min(across + _SQUARE, stride)):
                        values, line = best[((p - down) * _SQUARE + q - across) * _TILE :], lines[p]
                        for n in range(size):
                            line[places[n], q] = last - (values[n] & mask)


@compiled
def _raise_best(
    above: NDArray[Any],
    below: NDArray[Any],
    k: int,
    start: int,
    right: int,
    count: int,
    stride: int,
    down: int,
    across: int,
    best: NDArray[Any],
) -> None:
    """Raise the best value of each cell, at 4 x 4 of its pixels from `down`, `across` on, by classes k to k + 3.

    A cell's values stay in registers and only the maxima go through memory. `best` is one array with a plane every
    `_TILE` numbers, and the planes are written out one by one: so the compiler sees that they do not overlap.
    """
    number = best.dtype.type
    even = 1 - stride % 2  # in an even stride, pixel centers lie half a pixel beside the coarse centers
    weights = number(2 * stride), number(2 * down + even), number(2 * across + even)
    last = len(above) - 1
    k1, k2, k3 = min(k + 1, last), min(k + 2, last), min(k + 3, last)
    tie0, tie1, tie2, tie3 = number(last - k), number(last - k1), number(last - k2), number(last - k3)
    a0, a1, a2, a3 = above[k, start:], above[k1, start:], above[k2, start:], above[k3, start:]
    b0, b1, b2, b3 = below[k, start:], below[k1, start:], below[k2, start:], below[k3, start:]
    c0, c1, c2, c3 = a0[right:], a1[right:], a2[right:], a3[right:]
    d0, d1, d2, d3 = b0[right:], b1[right:], b2[right:], b3[right:]
    for n in range(count):
        v0, x0, y0, t0 = _slopes(a0[n], c0[n], b0[n], d0[n], weights, tie0, number)
        v1, x1, y1, t1 = _slopes(a1[n], c1[n], b1[n], d1[n], weights, tie1, number)
        v2, x2, y2, t2 = _slopes(a2[n], c2[n], b2[n], d2[n], weights, tie2, number)
        v3, x3, y3, t3 = _slopes(a3[n], c3[n], b3[n], d3[n], weights, tie3, number)
        _raise_row(v0, v1, v2, v3, x0, x1, x2, x3, best, n, number)
        v0, v1, v2, v3 = number(v0 + y0), number(v1 + y1), number(v2 + y2), number(v3 + y3)
        x0, x1, x2, x3 = number(x0 + t0), number(x1 + t1), number(x2 + t2), number(x3 + t3)
        _raise_row(v0, v1, v2, v3, x0, x1, x2, x3, best, n + 4 * _TILE, number)
        v0, v1, v2, v3 = number(v0 + y0), number(v1 + y1), number(v2 + y2), number(v3 + y3)
        x0, x1, x2, x3 = number(x0 + t0), number(x1 + t1), number(x2 + t2), number(x3 + t3)
        _raise_row(v0, v1, v2, v3, x0, x1, x2, x3, best, n + 8 * _TILE, number)
        v0, v1, v2, v3 = number(v0 + y0), number(v1 + y1), number(v2 + y2), number(v3 + y3)
        x0, x1, x2, x3 = number(x0 + t0), number(x1 + t1), number(x2 + t2), number(x3 + t3)
        _raise_row(v0, v1, v2, v3, x0, x1, x2, x3, best, n + 12 * _TILE, number)


@compiled
def _slopes(
    above: Any, above_right: Any, below: Any, below_right: Any, weights: tuple[Any, Any, Any], tie: Any, number: Any
) -> tuple[Any, Any, Any, Any]:
    """The value at the first pixel, its steps to the right and down, and how much the right step changes going down."""
    scale, down, across = weights
    fall, fall_right = number(below - above), number(below_right - above_right)
    left = number(above * scale + down * fall)
    step = number(above_right * scale + down * fall_right - left)
    twist = number(2 * (fall_right - fall))
    value = number(left * scale + across * step + tie)
    return value, number(2 * step), number(2 * fall * scale + across * twist), number(2 * twist)


@compiled
def _raise_row(
    v0: Any, v1: Any, v2: Any, v3: Any, x0: Any, x1: Any, x2: Any, x3: Any, best: NDArray[Any], n: int, number: Any
) -> None:
    best[n] = max(max(max(v0, v1), max(v2, v3)), best[n])
    v0, v1, v2, v3 = number(v0 + x0), number(v1 + x1), number(v2 + x2), number(v3 + x3)
    best[n + _TILE] = max(max(max(v0, v1), max(v2, v3)), best[n + _TILE])
    v0, v1, v2, v3 = number(v0 + x0), number(v1 + x1), number(v2 + x2), number(v3 + x3)
    best[n + 2 * _TILE] = max(max(max(v0, v1), max(v2, v3)), best[n + 2 * _TILE])
    v0, v1, v2, v3 = number(v0 + x0), number(v1 + x1), number(v2 + x2), number(v3 + x3)
    best[n + 3 * _TILE] = max(max(max(v0, v1), max(v2, v3)), best[n + 3 * _TILE])

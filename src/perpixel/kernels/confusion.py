"""Counts of pixels by true and predicted class, eight pixels a step."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled

# The counters of a true class lie in a row of this many, one for each value of a byte. It is no power of two, and the
# four tables are pushed apart by a little more than that, so that rows of different classes share no cache set.
_BYTE_ROW = 264
_APART = 16


def confusion(truth: NDArray[Any], prediction: NDArray[Any], num_classes: int) -> NDArray[np.int64]:
    """Count pixels by true class (row) and predicted class (column).

    Args:
        truth: (H, W) uint8 or uint16. Values of `num_classes` and more are ignored: the pixel counts nowhere.
        prediction: (H, W), of the truth's type; 0 to `num_classes` - 1 wherever the truth is not ignored.
        num_classes: K; at most 255 in uint8, 65535 in uint16.

    Returns:
        (K, K) int64.

    Raises:
        ValueError: shapes or types that do not fit, or a prediction that is no class at a pixel that is judged.
    """
    if truth.shape != prediction.shape or truth.ndim != 2:
        raise ValueError(f"truth is {truth.shape} and prediction is {prediction.shape}; both must be the same (H, W)")
    if truth.dtype != prediction.dtype or truth.dtype not in (np.uint8, np.uint16):
        raise ValueError(f"truth is {truth.dtype} and prediction is {prediction.dtype}; both must be uint8 or uint16")
    if not 1 <= num_classes <= np.iinfo(truth.dtype).max:
        raise ValueError(f"{num_classes} classes; {truth.dtype} holds 1 to {np.iinfo(truth.dtype).max}")
    flat, other = np.ascontiguousarray(truth).ravel(), np.ascontiguousarray(prediction).ravel()
    if truth.dtype == np.uint8:
        counts = _count_bytes(_words(flat), _words(other), flat, other, num_classes)
    else:
        counts = _count(flat, other, num_classes)
    if counts[:, num_classes:].any():
        row, column = np.argwhere((truth < num_classes) & (prediction >= num_classes))[0]
        raise ValueError(
            f"prediction {prediction[row, column]} at row {row}, column {column}, where the truth is judged, "
            f"is not one of the {num_classes} classes 0 to {num_classes - 1}"
        )
    return np.ascontiguousarray(counts[:, :num_classes])


def _words(flat: NDArray[np.uint8]) -> NDArray[np.uint64]:
    words = flat[: flat.size // 8 * 8].view(np.uint64)
    return words if words.flags.aligned else words.copy()


@compiled
def _count_bytes(
    truth_words: NDArray[np.uint64],
    prediction_words: NDArray[np.uint64],
    truth: NDArray[np.uint8],
    prediction: NDArray[np.uint8],
    num_classes: int,
) -> NDArray[np.int64]:
    """(K, 256): the last columns hold predictions that are no class."""
    start = np.empty(256, np.uint32)  # of the row of each truth; all that is ignored shares the row after the last
    for value in range(256):
        start[value] = min(value, num_classes) * _BYTE_ROW
    # Neighbors mostly fall on the same counter, and an addition must wait for the one before it on the same address:
    # four tables take turns. (A 32-bit counter overflows after 17 gigapixels of one class.)
    size = (num_classes + 1) * _BYTE_ROW + _APART
    tables = np.zeros((4, size), np.uint32)
    a, b, c, d = tables[0], tables[1], tables[2], tables[3]
    one, byte = np.uint32(1), np.uint64(255)
    s1, s2, s3, s4 = np.uint64(8), np.uint64(16), np.uint64(24), np.uint64(32)
    s5, s6, s7 = np.uint64(40), np.uint64(48), np.uint64(56)
    for i in range(truth_words.size):
        t, p = truth_words[i], prediction_words[i]
        a[start[t & byte] + (p & byte)] += one
        b[start[t >> s1 & byte] + (p >> s1 & byte)] += one
        c[start[t >> s2 & byte] + (p >> s2 & byte)] += one
        d[start[t >> s3 & byte] + (p >> s3 & byte)] += one
        a[start[t >> s4 & byte] + (p >> s4 & byte)] += one
        b[start[t >> s5 & byte] + (p >> s5 & byte)] += one
        c[start[t >> s6 & byte] + (p >> s6 & byte)] += one
        d[start[t >> s7] + (p >> s7)] += one
    for i in range(truth_words.size * 8, truth.size):
        a[start[truth[i]] + prediction[i]] += one
    counts = np.empty((num_classes, 256), np.int64)
    for row in range(num_classes):
        for column in range(256):
            place = row * _BYTE_ROW + column
            counts[row, column] = np.int64(a[place]) + b[place] + c[place] + d[place]
    return counts


@compiled
def _count(truth: NDArray[np.uint16], prediction: NDArray[np.uint16], num_classes: int) -> NDArray[np.int64]:
    """(K, K + 1): the last column holds predictions that are no class."""
    counts = np.zeros((num_classes + 1, num_classes + 1), np.int64)
    for i in range(truth.size):
        counts[min(int(truth[i]), num_classes), min(int(prediction[i]), num_classes)] += 1
    return counts[:num_classes]

"""Label maps made smaller: each pixel gets the label that most of the pixels under it have."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled


@compiled
def majority(labels: NDArray[Any], small: NDArray[Any]) -> None:
    """Fill `small` (h, w) from `labels` (H, W) of the same type, uint8 or uint16, h <= H and w <= W.

    A pixel of `labels` votes in that pixel of `small` in which its center lies; of labels with as many votes the one
    wins that came first, row by row. The value for ignored pixels votes as the others do.
    """
    height, width = labels.shape
    rows, columns = small.shape
    votes = np.zeros(65536, np.int64)
    for i in range(rows):
        top, bottom = _first(i, height, rows), _first(i + 1, height, rows)
        for j in range(columns):
            left, right = _first(j, width, columns), _first(j + 1, width, columns)
            best, most = labels[top, left], 0
            for y in range(top, bottom):
                for x in range(left, right):
                    votes[labels[y, x]] += 1
            for y in range(top, bottom):
                for x in range(left, right):
                    label = labels[y, x]
                    if votes[label] > most:
                        best, most = label, votes[label]
            for y in range(top, bottom):
                for x in range(left, right):
                    votes[labels[y, x]] = 0
            small[i, j] = best


@compiled
def _first(number: int, length: int, parts: int) -> int:
    """The first of `length` pixels whose center lies in part `number` or beyond: (p + 1/2) parts >= number length."""
    return max(0, -((length * -2 * number + parts) // (2 * parts)))

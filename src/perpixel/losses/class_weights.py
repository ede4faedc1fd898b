"""Class weights against imbalance, from how often each class occurs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def median_frequency(pixels: NDArray[Any], pixels_where_present: NDArray[Any]) -> NDArray[np.float64]:
    """Weights (K,): the median of all frequencies, divided by the class's own.

    The frequency of a class is its share of the pictures in which it occurs, not of the whole data set. A class that
    occurs nowhere has no frequency: it is left out of the median and weighs 0.

    Badrinarayanan et al., 2017, SegNet, https://arxiv.org/abs/1511.00561, section 3.1.

    Args:
        pixels: (K,) pixels of each class.
        pixels_where_present: (K,) pixels of all pictures in which the class occurs, summed.
    """
    counts, whole = np.asarray(pixels, np.float64), np.asarray(pixels_where_present, np.float64)
    weights = np.zeros_like(counts)
    present = counts > 0
    if present.any():
        frequency = counts[present] / whole[present]
        weights[present] = np.median(frequency) / frequency
    return weights


def root_median_frequency(pixels: NDArray[Any], pixels_where_present: NDArray[Any]) -> NDArray[np.float64]:
    """The square root of `median_frequency`: rare classes weigh more, but not so much that all the rest suffers."""
    return np.sqrt(median_frequency(pixels, pixels_where_present))

"""Noise from a counter: the same seed gives the same noise, without an array of random numbers in between."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.compiled import compiled


@compiled
def add_noise(values: NDArray[Any], deviation: float, seed: int, limit: float) -> None:
    """Add Gaussian noise to `values` (N,), any type, in place; rounded and clipped to 0 .. `limit` if that is positive.

    Value i gets the sum of the four 16-bit parts of hash(seed + i), which is near enough to a Gaussian (it ends at 3.4
    deviations). The hash is SplitMix64: Steele, Lea & Flood, 2014, https://doi.org/10.1145/2714064.2660195, figure 17.
    """
    # A 16-bit part has variance (2**32 - 1) / 12, four of them 4 times that; their mean is 2 * 65535.
    scale = deviation / np.sqrt((2.0**32 - 1) / 3)
    state = np.uint64(seed)
    part = np.uint64(0xFFFF)
    for i in range(values.size):
        state += np.uint64(0x9E3779B97F4A7C15)
        bits = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        bits ^= bits >> np.uint64(31)
        total = (bits & part) + ((bits >> np.uint64(16)) & part) + ((bits >> np.uint64(32)) & part)
        total += bits >> np.uint64(48)
        value = values[i] + scale * (np.int64(total) - 131070)
        if limit > 0:
            value = min(max(np.floor(value + 0.5), 0.0), limit)
        values[i] = value

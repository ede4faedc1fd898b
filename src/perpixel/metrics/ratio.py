"""Ratios and means in which what was never there does not count."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray


def ratio(part: ArrayLike, whole: ArrayLike) -> NDArray[np.float64]:
    """`part / whole`, NaN where `whole` is 0."""
    nothing = np.full(np.shape(whole), np.nan)
    return np.asarray(np.divide(part, whole, out=nothing, where=np.asarray(whole) > 0), np.float64)


def mean_of_known(values: NDArray[np.float64]) -> float:
    """Mean of what is not NaN; NaN if nothing is."""
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else math.nan


def plain(value: float) -> float | None:
    """A number for JSON, which knows no NaN: None stands for it."""
    return None if math.isnan(value) else float(value)

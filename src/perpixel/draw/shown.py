"""Any picture as RGB of 8 bits, to be looked at."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def as_shown(image: NDArray[Any]) -> NDArray[np.uint8]:
    """The picture (H, W[, C]) as (H, W, 3) uint8: gray three times, the first three of many channels.

    Two channels are gray and alpha. Other types than uint8 are stretched from their least to their greatest value; what
    is not a finite number is black.
    """
    image = image[:, :, None] if image.ndim == 2 else image
    shown = image[:, :, :3] if image.shape[2] >= 3 else np.repeat(image[:, :, :1], 3, axis=2)
    if shown.dtype == np.uint8:
        return np.ascontiguousarray(shown)
    shown = shown.astype(np.float64)
    finite = np.isfinite(shown)
    if not finite.any():
        return np.zeros(shown.shape, np.uint8)
    low, high = float(shown[finite].min()), float(shown[finite].max())
    stretched = (np.where(finite, shown, low) - low) * (255 / max(high - low, 1e-9))
    return np.rint(stretched).astype(np.uint8)

"""A class for each brightness."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classical.levels import levels
from perpixel.classical.picture import as_gray
from perpixel.data import Dataset
from perpixel.training.ladder.baselines.pixels import ByPixel, majority, sample_pixels

LEVELS = 256
MOST = 2**20


def class_by_brightness(dataset: Dataset, split: str) -> ByPixel:
    """Each of 256 levels of gray has the class that most training pixels of this level have.

    That is the most that thresholds can do that are the same for all pictures, be they one, Otsu's or several: a
    threshold joins neighboring levels under one class, and here each level chooses for itself. A level that was not
    met has the class of the nearest one below or above that was.
    """
    values, labels = sample_pixels(dataset, split, _gray, most=MOST)
    seen, groups = np.unique(values[:, 0].astype(np.int64), return_inverse=True)
    chosen = majority(groups, labels, count=len(seen), classes=len(dataset.classes))
    table = chosen[np.abs(np.arange(LEVELS)[:, None] - seen).argmin(axis=1)]
    return ByPixel(_gray, lambda asked: table[asked[:, 0].astype(np.int64)], dataset.classes, most=2**62)


def _gray(image: NDArray[Any]) -> NDArray[np.float32]:
    """(H, W, 1) from 0 to 255; of more than four channels the mean."""
    gray = as_gray(image) if image.shape[2] <= 4 else np.rint(levels(image).mean(axis=2))
    return gray[:, :, None].astype(np.float32)

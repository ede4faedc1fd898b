"""Crops placed on rare classes: which class, and one of its pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.results import Answer, Instances, LabelMap, Layers, Panoptic


def rare_class_probabilities(pixels: NDArray[Any], *, temperature: float = 0.01) -> NDArray[np.float64]:
    """Probabilities (K,) by which crops are placed, from the pixel counts (K,) of a whole data set.

    Hoyer et al., 2022, DAFormer, https://arxiv.org/abs/2111.14887, equation 6: the softmax of (1 - share) /
    temperature. At 0.01 classes under a hundredth of all pixels come up alike, and one of a tenth hardly ever.
    A class without a pixel gets 0.
    """
    counts = np.asarray(pixels, np.float64)
    if not counts.sum():
        return np.zeros_like(counts)
    shares = counts / counts.sum()
    weights = np.where(counts > 0, np.exp((shares[counts > 0].min() - shares) / temperature), 0.0)
    return np.asarray(weights / weights.sum())


def find_rare_pixel(
    truth: Answer, probabilities: NDArray[np.float64], *, generator: np.random.Generator
) -> tuple[int, int] | None:
    """Draw a class that occurs in this truth, by its probability, and one of its pixels (row, column).

    None if no class with a probability above 0 occurs.

    Raises:
        TypeError: a truth without classes of pixels (depth, curves).
    """
    weights = np.where(_present(truth, len(probabilities)), probabilities, 0.0)
    if not weights.sum():
        return None
    chosen = int(np.searchsorted(np.cumsum(weights / weights.sum()), generator.random(), side="right"))
    chosen = min(chosen, int(np.flatnonzero(weights)[-1]))  # a sum of shares may end a rounding error below 1
    mask = _mask(truth, chosen)
    place = np.flatnonzero(mask)
    row, column = divmod(int(place[generator.integers(len(place))]), mask.shape[1])
    return row, column


def _present(truth: Answer, num_classes: int) -> NDArray[np.bool_]:
    if isinstance(truth, LabelMap):
        return np.bincount(truth.labels.ravel(), minlength=num_classes)[:num_classes] > 0
    if isinstance(truth, (Instances, Panoptic)):
        return np.bincount(truth.labels, truth.areas, minlength=num_classes)[:num_classes] > 0
    if isinstance(truth, Layers):
        return np.asarray(truth.masks.any(axis=(1, 2)))
    raise TypeError(f"{type(truth).__name__} has no classes of pixels to place a crop on: pass rare=None")


def _mask(truth: Answer, label: int) -> NDArray[np.bool_]:
    if isinstance(truth, LabelMap):
        return np.asarray(truth.labels == label)
    if isinstance(truth, (Instances, Panoptic)):
        chosen: NDArray[np.bool_] = np.concatenate([[False], truth.labels == label])
        return np.asarray(chosen[truth.ids])
    if isinstance(truth, Layers):
        return np.asarray(truth.masks[label])
    raise TypeError(f"{type(truth).__name__} has no classes of pixels")

"""How unevenly the classes occur, and what is done about it: weights in the loss, crops on rare classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perpixel.augment import rare_class_probabilities
from perpixel.data import Census
from perpixel.losses import median_frequency, root_median_frequency
from perpixel.plan import ClassWeights

MOST_WEIGHT = 100.0


def class_aware_shares(present: NDArray[np.bool_]) -> NDArray[np.float64]:
    """(N,) how often each picture is drawn if first a class is drawn, then one of its pictures, both evenly.

    That there is none of the classes counts as a class. A class that is nowhere is not drawn.

    Args:
        present: (N, K) which classes occur in each picture.
    """
    kinds = np.concatenate([present, ~present.any(axis=1, keepdims=True)], axis=1)
    kinds = kinds[:, kinds.any(axis=0)]
    shares: NDArray[np.float64] = (kinds / kinds.sum(axis=0)).mean(axis=1)
    return shares


@dataclass(frozen=True)
class Balance:
    """The classes of a training split.

    Attributes:
        pixels: (K,) of each class.
        pixels_where_present: (K,) judged pixels of all pictures in which the class occurs.
        overlapping: all judged pixels, if several classes may be at one; None if each has one.
    """

    pixels: NDArray[np.int64]
    pixels_where_present: NDArray[np.int64]
    overlapping: int | None = None

    @classmethod
    def of(cls, census: Census) -> Balance:
        return cls(census.pixels, census.pixels_where_present, census.judged if census.overlapping else None)

    @property
    def rare(self) -> NDArray[np.float64]:
        """(K,) probabilities by which crops are placed on a class."""
        return rare_class_probabilities(self.pixels)

    def weights(self, kind: ClassWeights) -> NDArray[np.float64] | None:
        """(K,) weights of the cross-entropy; None for "none".

        Where classes overlap each is a question by itself, and the weight is of its yes against its no: how many times
        rarer that is, or the root of it, from 1 to 100.
        """
        if kind == "none":
            return None
        if self.overlapping is not None:
            rarer = (self.overlapping - self.pixels) / np.maximum(self.pixels, 1)
            return np.clip(rarer if kind == "median-frequency" else np.sqrt(rarer), 1, MOST_WEIGHT)
        weigh = median_frequency if kind == "median-frequency" else root_median_frequency
        return weigh(self.pixels, self.pixels_where_present)

"""How unevenly the classes occur, and what is done about it: weights in the loss, crops on rare classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perpixel.augment import rare_class_probabilities
from perpixel.data import Census
from perpixel.losses import median_frequency, root_median_frequency
from perpixel.plan import ClassWeights


@dataclass(frozen=True)
class Balance:
    """The classes of a training split.

    Attributes:
        pixels: (K,) of each class.
        pixels_where_present: (K,) judged pixels of all pictures in which the class occurs.
    """

    pixels: NDArray[np.int64]
    pixels_where_present: NDArray[np.int64]

    @classmethod
    def of(cls, census: Census) -> Balance:
        return cls(census.pixels, census.pixels_where_present)

    @property
    def rare(self) -> NDArray[np.float64]:
        """(K,) probabilities by which crops are placed on a class."""
        return rare_class_probabilities(self.pixels)

    def weights(self, kind: ClassWeights) -> NDArray[np.float64] | None:
        """(K,) weights of the cross-entropy; None for "none"."""
        if kind == "none":
            return None
        weigh = median_frequency if kind == "median-frequency" else root_median_frequency
        return weigh(self.pixels, self.pixels_where_present)

"""Rand error: whether pixels that belong together are together, whatever their cells are called.

Arganda-Carreras et al., 2015, "Crowdsourcing the creation of image segmentation algorithms for connectomics",
https://doi.org/10.3389/fnana.2015.00142: the score of the ISBI challenge of 2012, restricted to the truth's cells.

Differs in counting pairs of two different pixels, as scikit-image does, where they count each pixel as a pair with
itself, too; so single pixels are pairs with nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class RandCounts:
    """Pairs of pixels in one picture, of those inside the truth's cells.

    Attributes:
        together: in one cell of the truth and in one of the prediction.
        true: in one cell of the truth.
        predicted: in one cell of the prediction.
        pixels: inside the truth's cells; none of the others counts.
    """

    together: int
    true: int
    predicted: int
    pixels: int

    @classmethod
    def of(cls, *, truth: NDArray[Any], prediction: NDArray[Any]) -> RandCounts:
        """Compare two maps (H, W) of ids, 0 outside all cells.

        A pixel that the prediction puts outside all cells is together with no other pixel there. (scikit-image takes
        all of these for one more cell, if they are 0 in the prediction.)

        Raises:
            ValueError: maps of two sizes, or ids that are no integers from 0 on.
        """
        if truth.shape != prediction.shape:
            raise ValueError(f"truth is {truth.shape} and prediction is {prediction.shape}; both must be of one size")
        for name, ids in (("truth", truth), ("prediction", prediction)):
            if ids.dtype.kind not in "ui" or (ids.size and int(ids.min()) < 0):
                raise ValueError(f"{name} is {ids.dtype} from {ids.min()} on; ids are integers from 0 on")
        inside = truth > 0
        true = np.unique(truth[inside], return_inverse=True)[1].astype(np.int64)
        found, predicted = np.unique(prediction[inside], return_inverse=True)
        joint = true * max(len(found), 1) + predicted
        member = prediction[inside] > 0
        return cls(_pairs(joint[member]), _pairs(true), _pairs(predicted[member]), int(inside.sum()))

    @property
    def precision(self) -> float:
        """Of the pairs that are together in the prediction, the share that should be: low where cells are merged."""
        return self.together / self.predicted if self.predicted else float("nan")

    @property
    def recall(self) -> float:
        """Of the pairs that should be together, the share that is: low where cells are split."""
        return self.together / self.true if self.true else float("nan")

    @property
    def error(self) -> float:
        """1 less the harmonic mean of precision and recall; 0 is best. NaN if the truth has no cell."""
        if not self.pixels:
            return float("nan")
        pairs = self.true + self.predicted
        return 1 - 2 * self.together / pairs if pairs else 0.0


def rand_error(*, truth: NDArray[Any], prediction: NDArray[Any]) -> float:
    """The adapted Rand error of one picture, inside the truth's cells: `RandCounts.of(...).error`.

        >>> rand_error(truth=np.array([[1, 1, 0, 2, 2]]), prediction=np.array([[7, 7, 7, 7, 7]]))
        0.5

    Args:
        truth: (H, W) ids of cells, 0 outside all.
        prediction: likewise; its ids need not be the truth's.
    """
    return RandCounts.of(truth=truth, prediction=prediction).error


def _pairs(groups: NDArray[np.int64]) -> int:
    """How many pairs of two different pixels are in one group."""
    counts = np.unique(groups, return_counts=True)[1].astype(np.int64)
    return int((counts * (counts - 1) // 2).sum())

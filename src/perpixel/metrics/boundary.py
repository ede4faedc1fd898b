"""Boundary F1: whether the edges of the regions are where they should be.

Csurka, Larlus & Perronnin, "What is a good evaluation measure for semantic segmentation?", BMVC 2013; averaged as in
Badrinarayanan, Kendall & Cipolla, "SegNet", 2015, https://arxiv.org/abs/1511.00561.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.boundary import boundary_matches
from perpixel.metrics.ratio import ratio
from perpixel.results import LabelMap

TOLERANCE = 0.0075
"""Of the picture's diagonal: 4.5 pixels at 480 x 360."""


@dataclass(frozen=True)
class BoundaryCounts:
    """Boundary pixels of one picture, by class: (K,) int64 each.

    Attributes:
        true: on a boundary of the truth.
        found: of these, within the tolerance of a boundary of the same class in the prediction.
        predicted: on a boundary of the prediction.
        right: of these, within the tolerance of a boundary of the same class in the truth.
    """

    true: NDArray[np.int64]
    found: NDArray[np.int64]
    predicted: NDArray[np.int64]
    right: NDArray[np.int64]

    @classmethod
    def of(cls, *, truth: LabelMap, prediction: LabelMap, tolerance: float = TOLERANCE) -> BoundaryCounts:
        """Compare the boundaries of two maps of one picture.

        A pixel is on a boundary if another class is above, below, left or right of it. Neither the edge of the picture
        nor that of the ignored region is a boundary, and what is predicted inside the ignored region does not count.

        Args:
            truth: what is right.
            prediction: what is judged.
            tolerance: as a share of the picture's diagonal.
        """
        distance = tolerance * float(np.hypot(*truth.size))
        counts = boundary_matches(truth.labels, prediction.labels, len(truth.classes), tolerance=distance)
        return cls(*np.ascontiguousarray(counts.T))

    @property
    def f1(self) -> NDArray[np.float64]:
        """(K,) harmonic mean of precision and recall; NaN where the truth has no boundary of the class.

        0 if the truth has a boundary and the prediction has none.
        """
        recall = ratio(self.found, self.true)
        precision = np.nan_to_num(ratio(self.right, self.predicted))
        f1 = np.nan_to_num(ratio(2 * precision * recall, precision + recall))
        return np.where(self.true > 0, f1, np.nan)


def boundary_f1(*, truth: LabelMap, prediction: LabelMap, tolerance: float = TOLERANCE) -> NDArray[np.float64]:
    """(K,) boundary F1 of one picture by class, NaN where the truth has no boundary of the class.

    Over a data set a class's score is the mean over the pictures in which it has one. SegNet's score of the data set is
    the mean over the pictures of each picture's mean over its classes.
    """
    return BoundaryCounts.of(truth=truth, prediction=prediction, tolerance=tolerance).f1

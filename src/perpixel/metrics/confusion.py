"""The confusion matrix and the scores that follow from it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.kernels.confusion import confusion
from perpixel.metrics.ratio import mean_of_known, ratio
from perpixel.results import LabelMap


class ConfusionMatrix:
    """Counts of pixels by true class (row) and predicted class (column), over a data set.

    Scores are of the whole data set, as Cityscapes, Pascal VOC and ADE20K report them: intersections and unions
    are summed over all pictures before one is divided by the other. (The mean of each picture's score is another
    number.)

    A class that occurs neither in the truth nor in the prediction has no score: NaN, left out of means, never 0.
    One that is predicted but never true has IoU and Dice 0, and counts in their means; its accuracy, the share of its
    true pixels that were found, is NaN.

        >>> matrix = ConfusionMatrix(ClassTable.named(["a", "b", "c"]))
        >>> matrix.counts[:] = [[1, 1, 0], [0, 2, 0], [1, 0, 1]]
        >>> matrix.iou.round(3).tolist(), matrix.mean_iou
        ([0.333, 0.667, 0.5], 0.5)

    Attributes:
        classes: what rows and columns mean.
        counts: (K, K) int64. Pixels whose truth is ignored are in no cell.
    """

    def __init__(self, classes: ClassTable) -> None:
        self.classes = classes
        self.counts: NDArray[np.int64] = np.zeros((len(classes), len(classes)), np.int64)

    def update(self, *, truth: LabelMap, prediction: LabelMap) -> None:
        """Count one picture, at its own size.

        Raises:
            ValueError: sizes or classes differ, or a judged pixel is predicted as no class (value and place are named).
        """
        for role, answer in (("truth", truth), ("prediction", prediction)):
            if answer.classes.names != self.classes.names:
                raise ValueError(f"the classes of the {role} are {answer.classes.names}, expected {self.classes.names}")
        if truth.size != prediction.size:
            raise ValueError(
                f"the prediction is {prediction.size[0]} x {prediction.size[1]} (height x width), the truth is "
                f"{truth.size[0]} x {truth.size[1]}; predict at the picture's own size"
            )
        self.counts += confusion(truth.labels, prediction.labels, len(self.classes))

    def merge(self, other: ConfusionMatrix) -> None:
        """Add the counts of another part of the data set.

        Raises:
            ValueError: its classes are others.
        """
        if other.classes.names != self.classes.names:
            raise ValueError(f"matrices of different classes: {self.classes.names} and {other.classes.names}")
        self.counts += other.counts

    @property
    def pixels(self) -> NDArray[np.int64]:
        """(K,) true pixels of each class."""
        return np.asarray(self.counts.sum(axis=1))

    @property
    def predicted(self) -> NDArray[np.int64]:
        """(K,) judged pixels that were predicted as each class."""
        return np.asarray(self.counts.sum(axis=0))

    @property
    def hits(self) -> NDArray[np.int64]:
        """(K,) pixels of each class that were predicted as it."""
        return self.counts.diagonal()

    @property
    def iou(self) -> NDArray[np.float64]:
        """(K,) intersection over union (Jaccard index)."""
        return ratio(self.hits, self.pixels + self.predicted - self.hits)

    @property
    def dice(self) -> NDArray[np.float64]:
        """(K,) Dice coefficient, the F1 of pixels: 2 IoU / (1 + IoU)."""
        return ratio(2 * self.hits, self.pixels + self.predicted)

    @property
    def accuracy(self) -> NDArray[np.float64]:
        """(K,) share of each class's true pixels that were found (recall)."""
        return ratio(self.hits, self.pixels)

    @property
    def mean_iou(self) -> float:
        return mean_of_known(self.iou)

    @property
    def mean_dice(self) -> float:
        return mean_of_known(self.dice)

    @property
    def mean_accuracy(self) -> float:
        """Mean over the classes, each alike ("class average accuracy")."""
        return mean_of_known(self.accuracy)

    @property
    def pixel_accuracy(self) -> float:
        """Share of all judged pixels that are right ("global accuracy")."""
        return float(ratio(self.hits.sum(), self.counts.sum()))

    @property
    def frequency_weighted_iou(self) -> float:
        """IoU weighted by each class's share of the true pixels; a class that is never true weighs nothing."""
        return float(ratio(np.nansum(self.pixels * self.iou), self.counts.sum()))

"""The score of semantic segmentation: one confusion matrix over the data set, and the counts of each picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.errors import DataError
from perpixel.metrics.boundary import BoundaryCounts
from perpixel.metrics.confusion import ConfusionMatrix
from perpixel.metrics.ratio import mean_of_known, plain, ratio
from perpixel.results import LabelMap


@dataclass(frozen=True)
class PictureCounts:
    """What is kept of one picture: its name and, by class, (K,) int64 counts of pixels."""

    name: str
    hits: NDArray[np.int64]
    true: NDArray[np.int64]
    predicted: NDArray[np.int64]
    boundary: BoundaryCounts | None

    @property
    def iou(self) -> NDArray[np.float64]:
        return ratio(self.hits, self.true + self.predicted - self.hits)

    @property
    def mean_iou(self) -> float:
        return mean_of_known(self.iou)

    @property
    def quality(self) -> float:
        """What the worst pictures are told by: the mean IoU."""
        return self.mean_iou

    @property
    def pixel_accuracy(self) -> float:
        return float(ratio(self.hits.sum(), self.true.sum()))


class SemanticScore:
    """Judges label maps by their truth.

        >>> score = SemanticScore(ClassTable.named(["cat", "dog"]))
        >>> labels = LabelMap(np.eye(4, dtype=np.uint8), score.classes)
        >>> score.update(truth=labels, prediction=labels, name="one")
        >>> score.compute()["mean_iou"]
        1.0

    Attributes:
        classes: the class table of truths and predictions.
        matrix: the confusion matrix over all pictures so far.
        pictures: the counts of each picture, in the order in which they came.
    """

    task = "semantic"

    def __init__(self, classes: ClassTable, *, boundary: bool = True) -> None:
        """
        Args:
            classes: of truths and predictions.
            boundary: also compute boundary F1, which takes longer than all the rest.
        """
        self.classes = classes
        self.boundary = boundary
        self.matrix = ConfusionMatrix(classes)
        self.pictures: dict[str, PictureCounts] = {}

    def update(self, *, truth: LabelMap, prediction: LabelMap, name: str) -> None:
        """Judge one picture.

        Raises:
            DataError: sizes or classes differ, or a judged pixel is predicted as no class.
            ValueError: a picture of this name was already counted.
        """
        if name in self.pictures:
            raise ValueError(f"{name}: a picture of this name was already counted")
        matrix = ConfusionMatrix(self.classes)
        try:
            matrix.update(truth=truth, prediction=prediction)
        except ValueError as error:
            raise DataError(f"{name}: {error}") from error
        self.matrix.merge(matrix)
        boundary = BoundaryCounts.of(truth=truth, prediction=prediction) if self.boundary else None
        self.pictures[name] = PictureCounts(name, matrix.hits.copy(), matrix.pixels, matrix.predicted, boundary)

    def merge(self, other: SemanticScore) -> None:
        """Take in what another score has gathered from other pictures.

        Raises:
            ValueError: a picture is in both, or the two scores are of different classes or options.
        """
        twice = self.pictures.keys() & other.pictures.keys()
        if twice:
            raise ValueError(f"{min(twice)}: counted in both scores ({len(twice)} such pictures)")
        if self.boundary != other.boundary:
            raise ValueError("one score has boundary F1, the other has not")
        self.matrix.merge(other.matrix)
        self.pictures.update(other.pictures)

    def compute(self) -> dict[str, Any]:
        """The scores of the data set as plain JSON data; None for what has no score (see `ConfusionMatrix`).

        `image_mean_iou` is the mean of the pictures' own mean IoU. `boundary_f1` is None if it was not asked for.
        """
        matrix = self.matrix
        edges = self._boundary_f1()
        return {
            "task": self.task,
            "images": len(self.pictures),
            "mean_iou": plain(matrix.mean_iou),
            "pixel_accuracy": plain(matrix.pixel_accuracy),
            "mean_accuracy": plain(matrix.mean_accuracy),
            "mean_dice": plain(matrix.mean_dice),
            "frequency_weighted_iou": plain(matrix.frequency_weighted_iou),
            "boundary_f1": plain(mean_of_known(np.array([mean_of_known(row) for row in edges]))),
            "image_mean_iou": plain(mean_of_known(np.array([counts.mean_iou for counts in self.pictures.values()]))),
            "per_class": {
                name: {
                    "iou": plain(matrix.iou[number]),
                    "dice": plain(matrix.dice[number]),
                    "accuracy": plain(matrix.accuracy[number]),
                    "boundary_f1": plain(mean_of_known(edges[:, number])),
                    "pixels": int(matrix.pixels[number]),
                }
                for number, name in enumerate(self.classes.names)
            },
        }

    def rows(self) -> list[dict[str, Any]]:
        """One row a picture: its scores, and by class the counts of hits, true and predicted pixels."""
        rows = []
        for counts in self.pictures.values():
            edges = np.array([np.nan]) if counts.boundary is None else counts.boundary.f1
            row: dict[str, Any] = {
                "name": counts.name,
                "pixels": int(counts.true.sum()),
                "wrong": int(counts.true.sum() - counts.hits.sum()),
                "mean_iou": plain(counts.mean_iou),
                "pixel_accuracy": plain(counts.pixel_accuracy),
                "boundary_f1": plain(mean_of_known(edges)),
            }
            for number, name in enumerate(self.classes.names):
                row[f"{name} hits"] = int(counts.hits[number])
                row[f"{name} true"] = int(counts.true[number])
                row[f"{name} predicted"] = int(counts.predicted[number])
            rows.append(row)
        return rows

    def _boundary_f1(self) -> NDArray[np.float64]:
        """(pictures, K) boundary F1."""
        rows = [counts.boundary.f1 for counts in self.pictures.values() if counts.boundary is not None]
        return np.array(rows).reshape(-1, len(self.classes))

"""The score of several labels a pixel: every class counted by itself, over the data set and for each picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.errors import DataError
from perpixel.metrics.ratio import mean_of_known, plain, ratio
from perpixel.results import Layers

Counts = NDArray[np.int64]


@dataclass(frozen=True)
class LayerCounts:
    """What is kept of one picture: (K,) int64 pixels by class, and how many are judged."""

    name: str
    hits: Counts
    true: Counts
    predicted: Counts
    judged: int

    @property
    def mean_iou(self) -> float:
        """Over the classes that are in the truth or the prediction."""
        return mean_of_known(ratio(self.hits, self.true + self.predicted - self.hits))

    @property
    def quality(self) -> float:
        """What the worst pictures are told by: the mean IoU."""
        return self.mean_iou

    @property
    def dice(self) -> NDArray[np.float64]:
        """(K,) Dice of each class; 1 where a class is in neither truth nor prediction, as competitions count it."""
        size = self.true + self.predicted
        return np.where(size == 0, 1.0, 2 * self.hits / np.maximum(size, 1))


class MultilabelScore:
    """Judges layers by their truth. What is not judged counts nowhere.

    `mean_iou` and `mean_dice` are of the data set: hits and sizes of each class are summed over all pictures first, and
    a class that occurs nowhere has no score. `image_mean_dice` is the mean over pictures and classes of each one's own
    Dice, 1 where both are empty: the metric of the Severstal and cloud competitions. An answer without a single pixel
    scores high there if most masks are empty; `filled_mean_dice` is the same over those whose truth is not empty.

        >>> score = MultilabelScore(ClassTable.named(["cat", "dog"]))
        >>> masks = np.ones((2, 4, 4), np.bool_)
        >>> score.update(truth=Layers(masks, score.classes), prediction=Layers(masks, score.classes), name="one")
        >>> score.compute()["mean_iou"]
        1.0

    Attributes:
        classes: of truths and predictions.
        pictures: the counts of each picture, in the order in which they came.
    """

    task = "multilabel"

    def __init__(self, classes: ClassTable) -> None:
        self.classes = classes
        self.pictures: dict[str, LayerCounts] = {}

    def update(self, *, truth: Layers, prediction: Layers, name: str) -> None:
        """Judge one picture.

        Raises:
            DataError: sizes or classes differ.
            ValueError: a picture of this name was already counted.
        """
        if name in self.pictures:
            raise ValueError(f"{name}: a picture of this name was already counted")
        for what, layers in (("truth", truth), ("prediction", prediction)):
            if layers.classes.names != self.classes.names:
                raise DataError(f"{name}: the {what} has classes {layers.classes.names}, not {self.classes.names}")
        if truth.size != prediction.size:
            raise DataError(f"{name}: the truth is {truth.size}, the prediction {prediction.size} (height, width)")
        judged = np.ones(truth.size, np.bool_) if truth.judged is None else truth.judged
        there, found = truth.masks & judged, prediction.masks & judged
        hits, true, predicted = (np.asarray(m.sum(axis=(1, 2)), np.int64) for m in (there & found, there, found))
        self.pictures[name] = LayerCounts(name, hits, true, predicted, int(judged.sum()))

    def merge(self, other: MultilabelScore) -> None:
        """Take in what another score has gathered from other pictures.

        Raises:
            ValueError: a picture is in both, or the classes differ.
        """
        twice = self.pictures.keys() & other.pictures.keys()
        if twice:
            raise ValueError(f"{min(twice)}: counted in both scores ({len(twice)} such pictures)")
        if self.classes.names != other.classes.names:
            raise ValueError(f"one score is of {self.classes.names}, the other of {other.classes.names}")
        self.pictures.update(other.pictures)

    def compute(self) -> dict[str, Any]:
        """The scores of the data set as plain JSON data; None for what has no score.

        `accuracy` of a class is the share of its pixels that were found; `pixel_accuracy` the share of all decisions
        (pixels times classes) that are right. There is no boundary F1 of layers.
        """
        all_counts = list(self.pictures.values())
        hits, true, predicted = (
            self._sum([getattr(c, part) for c in all_counts]) for part in ("hits", "true", "predicted")
        )
        iou, dice = ratio(hits, true + predicted - hits), ratio(2 * hits, true + predicted)
        decisions = sum(counts.judged for counts in all_counts) * len(self.classes)
        wrong = int((true + predicted - 2 * hits).sum())
        pair_dice = np.array([counts.dice for counts in all_counts]).reshape(-1, len(self.classes))
        filled = np.array([counts.true > 0 for counts in all_counts], np.bool_).reshape(pair_dice.shape)
        weighted = np.nansum(iou * true) / true.sum() if true.sum() else float("nan")
        return {
            "task": self.task,
            "images": len(all_counts),
            "mean_iou": plain(mean_of_known(iou)),
            "pixel_accuracy": plain(1 - wrong / decisions if decisions else float("nan")),
            "mean_accuracy": plain(mean_of_known(ratio(hits, true))),
            "mean_dice": plain(mean_of_known(dice)),
            "frequency_weighted_iou": plain(float(weighted)),
            "boundary_f1": None,
            "image_mean_iou": plain(mean_of_known(np.array([counts.mean_iou for counts in all_counts]))),
            "image_mean_dice": plain(mean_of_known(pair_dice.ravel())),
            "filled_mean_dice": plain(mean_of_known(pair_dice[filled])),
            "per_class": {
                name: {
                    "iou": plain(iou[number]),
                    "dice": plain(dice[number]),
                    "accuracy": plain(ratio(hits, true)[number]),
                    "boundary_f1": None,
                    "pixels": int(true[number]),
                }
                for number, name in enumerate(self.classes.names)
            },
        }

    def rows(self) -> list[dict[str, Any]]:
        """One row a picture: its scores, and by class the counts of hits, true and predicted pixels."""
        rows = []
        for counts in self.pictures.values():
            row: dict[str, Any] = {
                "name": counts.name,
                "pixels": counts.judged,
                "mean_iou": plain(counts.mean_iou),
                "mean_dice": plain(float(counts.dice.mean())),
            }
            for number, name in enumerate(self.classes.names):
                row[f"{name} hits"] = int(counts.hits[number])
                row[f"{name} true"] = int(counts.true[number])
                row[f"{name} predicted"] = int(counts.predicted[number])
            rows.append(row)
        return rows

    def _sum(self, counts: list[Counts]) -> Counts:
        return np.asarray(np.array(counts, np.int64).reshape(-1, len(self.classes)).sum(axis=0))

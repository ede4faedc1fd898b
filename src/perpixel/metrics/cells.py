"""Scores of things of one kind that touch each other, such as cells: bowl score, AJI and Dice, from one table.

- Caicedo et al., "Nucleus segmentation across imaging experiments: the 2018 Data Science Bowl", 2019,
  https://doi.org/10.1038/s41592-019-0612-7 (the competition's metric).
- Kumar et al., "A dataset and a technique for generalized nuclear segmentation for computational pathology", 2017,
  https://doi.org/10.1109/TMI.2017.2677499, algorithm 1 (aggregated Jaccard index).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.id_overlaps import overlaps
from perpixel.kernels.run_lengths import Many, extents, intersections
from perpixel.masks.runs import Runs, intersection, union
from perpixel.masks.runs.runs import together

THRESHOLDS = np.arange(10, 20) / 20
"""Of the IoU, which must be greater. As quotients, so that an IoU of 7/10 is not greater than .7."""


@dataclass(frozen=True)
class Overlaps:
    """Pixels that things of the truth share with predicted things, in one picture.

    Attributes:
        true: (T,) pixels of each thing of the truth.
        predicted: (P,) likewise of the prediction.
        pairs: (N, 2) numbers from 0 of a thing of the truth and of a predicted one that share pixels, ascending.
        shared: (N,) how many they share.
    """

    true: NDArray[np.int64]
    predicted: NDArray[np.int64]
    pairs: NDArray[np.int64]
    shared: NDArray[np.int64]

    @classmethod
    def of(cls, *, truth: NDArray[np.int32], prediction: NDArray[np.int32]) -> Overlaps:
        """Compare two maps (H, W) of ids: thing i is where the map is i + 1, and 0 is none.

        Raises:
            TypeError: maps that are not int32.
            ValueError: maps that are not (H, W) of one size, or with a negative id.
        """
        first, second, pixels = overlaps(truth, prediction)
        both = (first > 0) & (second > 0)
        pairs = np.stack([first[both], second[both]], axis=1) - 1
        return cls(_sizes(first, pixels), _sizes(second, pixels), pairs, pixels[both])

    @classmethod
    def of_runs(cls, *, truth: Sequence[Runs], prediction: Sequence[Runs]) -> Overlaps:
        """Compare masks that are free to overlap, all of one size."""
        if not truth or not prediction:
            true, predicted = (np.array([runs.area for runs in masks], np.int64) for masks in (truth, prediction))
            return cls(true, predicted, np.zeros((0, 2), np.int64), np.zeros(0, np.int64))
        return cls.of_many(truth=together(truth), prediction=together(prediction), height=truth[0].size[0])

    @classmethod
    def of_many(cls, *, truth: Many, prediction: Many, height: int) -> Overlaps:
        """The same of their counts, in pictures of this height."""
        (true_boxes, true), (boxes, predicted) = (extents(many, height=height) for many in (truth, prediction))
        common = intersections(truth, prediction, a_boxes=true_boxes, b_boxes=boxes)
        pairs = np.argwhere(common)
        return cls(true, predicted, pairs.astype(np.int64), common[pairs[:, 0], pairs[:, 1]])

    @property
    def ious(self) -> NDArray[np.float64]:
        """(N,) intersection over union of each pair."""
        true, predicted = self.true[self.pairs[:, 0]], self.predicted[self.pairs[:, 1]]
        return np.asarray(self.shared / (true + predicted - self.shared))

    def matrix(self, *, crowd: NDArray[np.bool_]) -> NDArray[np.float64]:
        """(P, T) IoU of each predicted thing with each of the truth; with a crowd, the share of it that lies there."""
        true, predicted = self.pairs.T
        ious = np.zeros((len(self.predicted), len(self.true)))
        ious[predicted, true] = np.where(crowd[true], self.shared / self.predicted[predicted], self.ious)
        return ious

    def among(self, true: NDArray[np.bool_], predicted: NDArray[np.bool_]) -> Overlaps:
        """The chosen things alone, (T,) and (P,), renumbered in order."""
        kept = true[self.pairs[:, 0]] & predicted[self.pairs[:, 1]]
        numbers = np.stack(
            [(np.cumsum(true) - 1)[self.pairs[kept, 0]], (np.cumsum(predicted) - 1)[self.pairs[kept, 1]]]
        )
        return Overlaps(self.true[true], self.predicted[predicted], numbers.T, self.shared[kept])


@dataclass(frozen=True)
class CellCounts:
    """What is kept of one picture.

        >>> ids = np.array([[1, 1, 0, 2]], np.int32)
        >>> counts = CellCounts.of(Overlaps.of(truth=ids, prediction=np.array([[1, 1, 0, 0]], np.int32)))
        >>> counts.bowl, counts.aji, counts.dice
        (0.5, 0.6666666666666666, 0.8)

    Attributes:
        truths: things of the truth.
        predictions: predicted things.
        hits: (M,) IoU of each thing of the truth with the predicted one that was matched with it, above .5, falling.
        common: pixels that the things of the truth share with those that fit them best.
        joint: pixels of their unions, and of all that fits nothing.
        shared: pixels of the foreground in both truth and prediction.
        sizes: pixels of the foreground in the truth and in the prediction, added.
    """

    truths: int
    predictions: int
    hits: NDArray[np.float64]
    common: int
    joint: int
    shared: int
    sizes: int

    @classmethod
    def of(
        cls, table: Overlaps, *, hits: NDArray[np.float64] | None = None, foreground: tuple[int, int] | None = None
    ) -> CellCounts:
        """Count a picture.

        Args:
            table: of its things.
            hits: where not every pair may be a hit, such as things of two classes; reckoned from the table if left out.
            foreground: `shared` and `sizes`; from the table if left out, which is right where masks do not overlap.
        """
        if hits is None:
            hits = table.ious[best_pairs(table.pairs, table.ious)]
        if foreground is None:
            foreground = int(table.shared.sum()), int(table.true.sum() + table.predicted.sum())
        truths, predictions = int(np.count_nonzero(table.true)), int(np.count_nonzero(table.predicted))
        return cls(truths, predictions, hits, *_aggregated(table), *foreground)

    @property
    def bowl(self) -> float:
        """The score of the 2018 Data Science Bowl: mean over IoUs .5, .55, ... .95 of TP / (TP + FP + FN).

        1 where there is neither truth nor prediction. The competition's score is the mean over the pictures.
        """
        right = np.count_nonzero(self.hits[:, None] > THRESHOLDS, axis=0)
        every = self.truths + self.predictions - right
        return float((right / every).mean()) if every.all() else 1.0

    @property
    def aji(self) -> float:
        """Aggregated Jaccard index: `common / joint`, stern with what is split or joined; NaN if there is nothing.

        The data set's is the mean over the pictures.
        """
        return self.common / self.joint if self.joint else float("nan")

    @property
    def dice(self) -> float:
        """Dice coefficient of the foreground: whether things are told apart does not matter; NaN if there is none."""
        return 2 * self.shared / self.sizes if self.sizes else float("nan")


def best_pairs(pairs: NDArray[np.int64], ious: NDArray[np.float64]) -> NDArray[np.intp]:
    """Places of the pairs that match one thing with one other: IoU above .5, the greatest first.

    Where masks do not overlap there is nothing to choose: no two things can both be more than half of a third.

    Args:
        pairs: (N, 2) numbers of things.
        ious: (N,).

    Returns:
        (M,) places among the N, by falling IoU.
    """
    places = np.flatnonzero(ious > THRESHOLDS[0])
    places = places[np.argsort(-ious[places], kind="stable")]
    chosen, true, predicted = list[int](), set[int](), set[int]()
    for place, (thing, other) in zip(places.tolist(), pairs[places].tolist(), strict=True):
        if thing not in true and other not in predicted:
            chosen.append(place)
            true.add(thing)
            predicted.add(other)
    return np.array(chosen, np.intp)


def foreground(truth: Sequence[Runs], prediction: Sequence[Runs], *, ignored: Sequence[Runs]) -> tuple[int, int]:
    """`CellCounts.shared` and `sizes` of masks that may overlap; pixels in any of `ignored` count nowhere."""

    def pixels(*sides: Sequence[Runs]) -> int:
        return intersection([union(side) for side in sides]).area if all(sides) else 0

    shared = pixels(truth, prediction) - pixels(truth, prediction, ignored)
    return shared, sum(pixels(side) - pixels(side, ignored) for side in (truth, prediction))


def _aggregated(table: Overlaps) -> tuple[int, int]:
    """Pixels that each true thing shares with what fits it best, and of their unions and all the rest.

    As in the paper, one predicted thing may fit several best, and counts with each; of equals the first is taken.
    """
    order = np.lexsort((-table.ious, table.pairs[:, 0]))
    best = order[np.unique(table.pairs[order, 0], return_index=True)[1]]
    partners = table.pairs[best, 1]
    common = int(table.shared[best].sum())
    joint = int(table.true.sum() + table.predicted[partners].sum()) - common
    used = np.zeros(len(table.predicted), np.bool_)
    used[partners] = True
    return common, joint + int(table.predicted[~used].sum())


def _sizes(ids: NDArray[np.int64], pixels: NDArray[np.int64]) -> NDArray[np.int64]:
    """(N,) pixels of each id from 1 to the greatest."""
    return np.bincount(ids, pixels, minlength=1)[1:].astype(np.int64)

"""Panoptic quality: segments of things and of stuff, found or not, and how well those found fit.

Kirillov, He, Girshick, Rother & Dollár, 2019, https://arxiv.org/abs/1801.00868, by the rules of the panoptic API,
https://github.com/cocodataset/panopticapi (evaluation.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.errors import DataError
from perpixel.kernels.id_overlaps import overlaps
from perpixel.metrics.ratio import mean_of_known, plain, ratio
from perpixel.results import Panoptic

Counts = NDArray[np.int64]
_MATCH = 0.5  # two segments that overlap more than this can match no other
_DROPPED = 0.5


@dataclass(frozen=True)
class SegmentCounts:
    """Found, wrong and missed segments by class: (K,) int64, and (K,) float64 the sum of the IoUs of those found."""

    tp: Counts
    fp: Counts
    fn: Counts
    iou: NDArray[np.float64]

    @property
    def pq(self) -> NDArray[np.float64]:
        """(K,) panoptic quality, `sq` times `rq`; NaN where a class has no segment."""
        return ratio(self.iou, self._judged)

    @property
    def sq(self) -> NDArray[np.float64]:
        """(K,) segmentation quality: the mean IoU of those found, 0 where none was; NaN where there is no segment."""
        found = np.where(self.tp > 0, self.iou / np.maximum(self.tp, 1), 0.0)
        return np.where(self._judged > 0, found, np.nan)

    @property
    def rq(self) -> NDArray[np.float64]:
        """(K,) recognition quality: F1 of finding segments; NaN where there is no segment."""
        return ratio(self.tp, self._judged)

    @property
    def _judged(self) -> NDArray[np.float64]:
        return self.tp + self.fp / 2 + self.fn / 2


@dataclass(frozen=True)
class PanopticCounts(SegmentCounts):
    """What is kept of one picture."""

    name: str

    @property
    def quality(self) -> float:
        """Mean panoptic quality of the classes that are in the truth or the prediction; NaN if there are none."""
        return mean_of_known(self.pq)


class PanopticScore:
    """Judges panoptic answers by their truth, over the data set.

    A predicted segment finds a true one of its class where their IoU is over 0.5; its pixels where the truth is void
    (id 0: not judged) do not count in the union. Crowds are neither found nor missed, and a prediction that finds
    nothing is not wrong if more than half of it is void or the crowd of its class (of several crowds of a class in a
    picture, the last, as the panoptic API has it). A predicted segment without a pixel counts nowhere.

    Matches of all pictures are counted before a class is scored, and a class without a segment has no score.

        >>> from perpixel.classes import SegmentClass
        >>> table = ClassTable((SegmentClass("grass", (0, 128, 0)), SegmentClass("cow", (90, 60, 30), thing=True)))
        >>> ids = np.array([[1, 1, 2, 3]], np.int32)
        >>> field = Panoptic(ids, np.array([0, 1, 1]), table, np.ones(3, np.float32))
        >>> blob = Panoptic(np.minimum(ids, 2), np.array([0, 1]), table, np.ones(2, np.float32))
        >>> score = PanopticScore(table)
        >>> score.update(truth=field, prediction=blob, name="two cows taken for one")
        >>> score.compute()["things"]["pq"], score.compute()["stuff"]["pq"]
        (0.0, 1.0)

    Attributes:
        classes: of truths and predictions.
        pictures: the counts of each picture, in the order in which they came.
    """

    task = "panoptic"

    def __init__(self, classes: ClassTable) -> None:
        self.classes = classes
        self.pictures: dict[str, PanopticCounts] = {}

    def update(self, *, truth: Panoptic, prediction: Panoptic, name: str) -> None:
        """Judge one picture.

        Raises:
            DataError: sizes or classes differ.
            ValueError: a picture of this name was already counted.
        """
        if name in self.pictures:
            raise ValueError(f"{name}: a picture of this name was already counted")
        for what, answer in (("truth", truth), ("prediction", prediction)):
            if answer.classes.names != self.classes.names:
                raise DataError(f"{name}: the {what} has classes {answer.classes.names}, not {self.classes.names}")
        if truth.size != prediction.size:
            raise DataError(f"{name}: the truth is {truth.size}, the prediction {prediction.size} (height, width)")
        self.pictures[name] = _judge(truth, prediction, len(self.classes), name)

    def merge(self, other: PanopticScore) -> None:
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

        `all`, `things` and `stuff` are means over as many classes as `classes` says: those that have a segment.
        `iou` of a class is the sum over its `tp` matches.
        """
        counts = self._total()
        thing = np.array([entry.thing for entry in self.classes], np.bool_)
        return {
            "task": self.task,
            "images": len(self.pictures),
            "all": _means(counts, np.ones_like(thing)),
            "things": _means(counts, thing),
            "stuff": _means(counts, ~thing),
            "per_class": {
                name: {
                    "pq": plain(counts.pq[number]),
                    "sq": plain(counts.sq[number]),
                    "rq": plain(counts.rq[number]),
                    "tp": int(counts.tp[number]),
                    "fp": int(counts.fp[number]),
                    "fn": int(counts.fn[number]),
                    "iou": float(counts.iou[number]),
                }
                for number, name in enumerate(self.classes.names)
            },
        }

    def rows(self) -> list[dict[str, Any]]:
        """One row a picture: its mean panoptic quality, and by class the counts and the sum of IoUs."""
        rows = []
        for counts in self.pictures.values():
            row: dict[str, Any] = {"name": counts.name, "pq": plain(counts.quality)}
            row |= {part: int(getattr(counts, part).sum()) for part in ("tp", "fp", "fn")}
            for number, name in enumerate(self.classes.names):
                row |= {f"{name} {part}": int(getattr(counts, part)[number]) for part in ("tp", "fp", "fn")}
                row[f"{name} iou"] = float(counts.iou[number])
            rows.append(row)
        return rows

    def _total(self) -> SegmentCounts:
        tp, fp, fn = np.zeros((3, len(self.classes)), np.int64)
        iou = np.zeros(len(self.classes))
        for counts in self.pictures.values():
            tp += counts.tp
            fp += counts.fp
            fn += counts.fn
            iou += counts.iou
        return SegmentCounts(tp, fp, fn, iou)


def _means(counts: SegmentCounts, chosen: NDArray[np.bool_]) -> dict[str, Any]:
    means = {part: plain(mean_of_known(getattr(counts, part)[chosen])) for part in ("pq", "sq", "rq")}
    return {**means, "classes": int((~np.isnan(counts.pq[chosen])).sum())}


def _judge(truth: Panoptic, prediction: Panoptic, num_classes: int, name: str) -> PanopticCounts:
    """Match the segments of one picture. In the tables by id, 0 is what is void."""
    there, found, pixels = overlaps(truth.ids, prediction.ids)
    true_area, own_area = _sums(there, pixels, len(truth) + 1), _sums(found, pixels, len(prediction) + 1)
    void = _sums(found[there == 0], pixels[there == 0], len(prediction) + 1)
    true_label, own_label = np.append(-1, truth.labels), np.append(-1, prediction.labels)
    crowd = np.append(False, np.zeros(len(truth), np.bool_) if truth.crowd is None else truth.crowd)

    alike = (there > 0) & (found > 0) & ~crowd[there] & (true_label[there] == own_label[found])
    left, right, common = there[alike], found[alike], pixels[alike]
    iou = common / (true_area[left] + own_area[right] - common - void[right])
    match = iou > _MATCH
    missed, wrong = ~crowd, own_area > 0
    missed[left[match]] = False
    wrong[right[match]] = False

    last_crowd = np.zeros(num_classes, np.int64)
    last_crowd[true_label[crowd]] = np.flatnonzero(crowd)
    on_crowd = (found > 0) & (there > 0) & (there == last_crowd[own_label[found]])
    excused = void + _sums(found[on_crowd], pixels[on_crowd], len(prediction) + 1)
    wrong &= excused <= _DROPPED * own_area

    labels = true_label[left[match]]
    return PanopticCounts(
        tp=_sums(labels, np.ones(labels.size), num_classes),
        fp=_sums(own_label[1:], wrong[1:], num_classes),
        fn=_sums(true_label[1:], missed[1:], num_classes),
        iou=np.bincount(labels, iou[match], num_classes).astype(np.float64),  # of no labels, they would be whole
        name=name,
    )


def _sums(places: NDArray[Any], amounts: NDArray[Any], size: int) -> Counts:
    """(size,) the sum of the whole amounts at each place. (bincount adds as float64, exact up to 2^53.)"""
    return np.bincount(places, amounts, size).astype(np.int64)

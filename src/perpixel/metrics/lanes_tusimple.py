"""Lanes judged at fixed rows, by TuSimple's rules.

https://github.com/TuSimple/tusimple-benchmark, evaluate/lane.py. That file has had two sets of rules, and papers do not
say which they used: `FIRST` and `LATER`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import DataError
from perpixel.metrics.ratio import mean_of_known, plain
from perpixel.results.lane_rows import LaneRows

NEAR = 20.0  # pixels across the lane
FOUND = 0.85  # of a lane's rows
AT_MOST = 4  # lanes of a picture that count in full
SLOWEST = 200.0  # milliseconds
SPARE = 2  # lanes too many that the later rules forgive
_NOWHERE = -100.0

Rules = Literal["first", "later"]
FIRST: Rules = "first"
LATER: Rules = "later"


@dataclass(frozen=True)
class LaneNumbers:
    """Of one picture, or the mean of many: share of rows that are right, of lanes that are wrong, and missed."""

    accuracy: float
    fp: float
    fn: float


FAILED = LaneNumbers(0.0, 0.0, 1.0)


@dataclass(frozen=True)
class TuSimpleNumbers:
    """What is kept of one picture: the numbers by both sets of rules, and how many lanes there are."""

    name: str
    first: LaneNumbers
    later: LaneNumbers
    truths: int
    predictions: int

    @property
    def quality(self) -> float:
        """Accuracy."""
        return self.first.accuracy


class TuSimpleScore:
    """Judges lanes at the truth's rows; the numbers of the data set are the means of the pictures'.

    A row is right where the two lanes are less than 20 pixels apart across the lane (20 / cos of the angle that a
    straight line through the true lane has against upright), and also where both are nowhere: rows above the lane
    count. A true lane is found if its best prediction is right in 85 % of the rows. Accuracy is the sum of the best
    shares over the lanes, of which at most 4 count: of 5 the worst is dropped and a missed one forgiven. `fp` is the
    share of predictions, and `fn` of true lanes, that are not paired.

    What surprises: pairs are not one to one, so that one prediction may find two lanes; and accuracy knows no lanes too
    many, `fp` does. A prediction with a lane of another length than the rows, or that took more than 200 ms, has
    accuracy 0, fp 0 and fn 1. The later rules also fail more than two lanes too many so, and divide missed lanes by
    at most 4.

        >>> rows = np.arange(240.0, 720, 10)
        >>> truth = LaneRows(rows, (np.full(48, 400.0), np.full(48, 800.0)))
        >>> score = TuSimpleScore()
        >>> score.update(truth=truth, prediction=LaneRows(rows, truth.lanes[:1]), name="one is missing")
        >>> scores = score.compute()
        >>> scores["accuracy"], scores["fp"], scores["fn"]
        (0.5, 0.0, 0.5)

    Attributes:
        pictures: the numbers of each picture, in the order in which they came.
    """

    task = "lanes"

    def __init__(self) -> None:
        self.pictures: dict[str, TuSimpleNumbers] = {}

    def update(self, *, truth: LaneRows, prediction: LaneRows, name: str) -> None:
        """Judge one picture.

        Raises:
            DataError: a true lane has another length than the rows.
            ValueError: a picture of this name was already counted.
        """
        if name in self.pictures:
            raise ValueError(f"{name}: a picture of this name was already counted")
        for lane in truth.lanes:
            if len(lane) != len(truth.rows):
                raise DataError(f"{name}: a true lane has {len(lane)} places, and there are {len(truth.rows)} rows")
        first, later = (judge(truth, prediction, rules) for rules in (FIRST, LATER))
        self.pictures[name] = TuSimpleNumbers(name, first, later, len(truth), len(prediction))

    def merge(self, other: TuSimpleScore) -> None:
        """Take in what another score has gathered from other pictures.

        Raises:
            ValueError: both have a picture of the same name.
        """
        twice = sorted(self.pictures.keys() & other.pictures.keys())
        if twice:
            raise ValueError(f"{twice[0]}: a picture of this name was already counted")
        self.pictures.update(other.pictures)

    def compute(self) -> dict[str, Any]:
        """The scores of the data set as plain JSON data; None if there is no picture."""
        pictures = self.pictures.values()
        return {
            "task": self.task,
            "images": len(pictures),
            "rules": "tusimple",
            **_means(picture.first for picture in pictures),
            "later_rules": _means(picture.later for picture in pictures),
        }

    def rows(self) -> list[dict[str, Any]]:
        """One row a picture."""
        return [
            {"name": each.name, "truths": each.truths, "predictions": each.predictions, **vars(each.first)}
            | {f"later {part}": value for part, value in vars(each.later).items()}
            for each in self.pictures.values()
        ]


def judge(truth: LaneRows, prediction: LaneRows, rules: Rules = FIRST) -> LaneNumbers:
    """The numbers of one picture."""
    wrong = any(len(lane) != len(truth.rows) for lane in prediction.lanes)
    spread = rules == LATER and len(prediction) > len(truth) + SPARE
    if prediction.milliseconds > SLOWEST or wrong or spread:
        return FAILED
    shares = [_share(lane, prediction.lanes, NEAR * _stretch(lane, truth.rows)) for lane in truth.lanes]
    matched = sum(share >= FOUND for share in shares)
    wide = len(truth) > AT_MOST
    missed = max(len(truth) - matched - wide, 0)
    total = sum(shares) - (min(shares) if wide else 0.0)
    counted = max(min(len(truth), AT_MOST), 1)
    return LaneNumbers(
        accuracy=total / counted,
        fp=(len(prediction) - matched) / max(len(prediction), 1) if len(prediction) else 0.0,
        fn=missed / (counted if rules == LATER else max(len(truth), 1)),
    )


def _share(truth: NDArray[np.float64], predictions: Iterable[NDArray[np.float64]], near: float) -> float:
    """Of the rows, those that the best prediction has right."""
    there = np.where(truth >= 0, truth, _NOWHERE)
    hits = [np.count_nonzero(np.abs(np.where(lane >= 0, lane, _NOWHERE) - there) < near) for lane in predictions]
    return max(hits, default=0) / len(truth)


def _stretch(lane: NDArray[np.float64], rows: NDArray[np.float64]) -> float:
    """1 / cos of the angle between upright and the straight line through the lane: a lane of one point is upright."""
    there = lane >= 0
    y = rows[there] - rows[there].mean() if there.any() else np.zeros(0)
    spread = float(y @ y)
    slope = float(y @ lane[there]) / spread if spread > 0 else 0.0
    return float(1 / np.cos(np.arctan(slope)))


def _means(numbers: Iterable[LaneNumbers]) -> dict[str, float | None]:
    listed = [*numbers]
    return {
        part: plain(mean_of_known(np.array([getattr(each, part) for each in listed], np.float64)))
        for part in ("accuracy", "fp", "fn")
    }

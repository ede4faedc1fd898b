"""The score of depth: the measures that the field reports, and those of one constant beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import DataError
from perpixel.metrics.ratio import plain
from perpixel.results import Depth

MEASURES = ("abs_rel", "sq_rel", "rmse", "rmse_log", "silog", "log10", "a1", "a2", "a3")
STEP = 1e-3  # metres: depths are counted to this, for the median
_LEAST = 1e-3


@dataclass(frozen=True)
class DepthCounts:
    """What is kept of one picture: how many pixels are judged, and sums of errors over them.

    `sums` are of |d| / t, d^2 / t, d^2, g^2, g, |g| / ln 10 and of the pixels within 1.25, 1.25^2 and 1.25^3, with the
    error d in metres and g of the natural logarithm.
    """

    name: str
    judged: int
    sums: NDArray[np.float64]

    @property
    def quality(self) -> float:
        """What the worst pictures are told by: the share of pixels within a quarter; NaN where none is judged."""
        return float(self.sums[6] / self.judged) if self.judged else float("nan")


def depth_measures(truth: NDArray[Any], prediction: NDArray[Any]) -> dict[str, float]:
    """All `MEASURES` of depths in metres (any shape, all positive): Eigen et al., 2014, arXiv:1406.2283; silog by 100.

    `silog` is 100 times the root of the variance of the logarithm's error (KITTI's); of a1, a2, a3 the bounds 1.25,
    1.25^2 and 1.25^3 themselves are not within.

        >>> round(depth_measures(np.array([1, 2, 4, 8.0]), np.array([1.1, 1.8, 4, 10]))["abs_rel"], 4)
        0.1125
    """
    return _measures(_sums(np.asarray(truth, np.float64), np.asarray(prediction, np.float64)), np.size(truth))


class DepthScore:
    """Judges depths by their truth; what has none is not judged.

    The scores are of all pixels of the data set together; `image_mean_abs_rel` and `image_mean_a1` are the means over
    the pictures of each one's own, which many papers report. `constant` is what the best known constant gets: the
    median of the very pixels that are judged, which knows more than any that was learnt.

    Attributes:
        pictures: the counts of each picture, in the order in which they came.
    """

    task = "depth"

    def __init__(self) -> None:
        self.pictures: dict[str, DepthCounts] = {}
        self._depths = np.zeros(0, np.int64)  # pixels by true depth, in steps of a millimetre

    def update(self, *, truth: Depth, prediction: Depth, name: str) -> None:
        """Judge one picture.

        Raises:
            DataError: sizes differ, or the prediction has no answer where there is a truth.
            ValueError: a picture of this name was already counted.
        """
        if name in self.pictures:
            raise ValueError(f"{name}: a picture of this name was already counted")
        if truth.size != prediction.size:
            raise DataError(f"{name}: the truth is {truth.size}, the prediction {prediction.size} (height, width)")
        missing = int(np.count_nonzero(truth.valid & ~prediction.valid))
        if missing:
            raise DataError(f"{name}: {missing} pixels with a true depth have no predicted one; every pixel needs one")
        true = np.maximum(truth.metres[truth.valid].astype(np.float64), _LEAST)
        found = np.maximum(prediction.metres[truth.valid].astype(np.float64), _LEAST)
        self.pictures[name] = DepthCounts(name, true.size, _sums(true, found))
        self._count(np.bincount(np.rint(np.minimum(true, 2000) / STEP).astype(np.int64)))

    def merge(self, other: DepthScore) -> None:
        """Take in what another score has gathered from other pictures.

        Raises:
            ValueError: a picture is in both.
        """
        twice = self.pictures.keys() & other.pictures.keys()
        if twice:
            raise ValueError(f"{min(twice)}: counted in both scores ({len(twice)} such pictures)")
        self.pictures.update(other.pictures)
        self._count(other._depths)

    def compute(self) -> dict[str, Any]:
        """The scores of the data set as plain JSON data; None for what has no score."""
        counts = list(self.pictures.values())
        judged = sum(each.judged for each in counts)
        total = np.sum([each.sums for each in counts], axis=0) if counts else np.zeros(9)
        own = [_measures(each.sums, each.judged) for each in counts if each.judged]
        mean = {f"image_mean_{name}": _mean([each[name] for each in own]) for name in ("abs_rel", "a1")}
        return {
            "task": self.task,
            "images": len(counts),
            "pixels": judged,
            **_plain(_measures(total, judged)),
            **mean,
            "constant": self._constant(),
        }

    def rows(self) -> list[dict[str, Any]]:
        """One row a picture: pixels that are judged, and its own scores."""
        return [
            {"name": each.name, "pixels": each.judged, **_plain(_measures(each.sums, each.judged))}
            for each in self.pictures.values()
        ]

    def _constant(self) -> dict[str, Any]:
        """The median, and what it scores; the true depths are taken to a millimetre."""
        places = np.flatnonzero(self._depths)
        if not len(places):
            return {"metres": None, **dict.fromkeys(MEASURES)}
        weights = self._depths[places]
        depths = np.maximum(places * STEP, _LEAST)
        median = float(depths[np.searchsorted(np.cumsum(weights), weights.sum() / 2)])
        sums = _sums(depths, np.full_like(depths, median), weights)
        return {"metres": round(median, 4), **_plain(_measures(sums, int(weights.sum())))}

    def _count(self, depths: NDArray[np.int64]) -> None:
        longer = max(len(depths), len(self._depths))
        self._depths = np.pad(self._depths, (0, longer - len(self._depths)))
        self._depths[: len(depths)] += depths


def _sums(truth: NDArray[Any], prediction: NDArray[Any], weights: NDArray[Any] | None = None) -> NDArray[np.float64]:
    off, logs = prediction - truth, np.log(prediction) - np.log(truth)
    ratio = np.maximum(prediction / truth, truth / prediction)
    parts = [np.abs(off) / truth, off**2 / truth, off**2, logs**2, logs, np.abs(logs) / np.log(10)]
    parts += [(ratio < 1.25**power).astype(np.float64) for power in (1, 2, 3)]
    return np.array([np.sum(part if weights is None else part * weights) for part in parts])


def _measures(sums: NDArray[np.float64], count: int) -> dict[str, float]:
    if not count:
        return dict.fromkeys(MEASURES, float("nan"))
    abs_rel, sq_rel, squared, squared_log, mean_log, log10, *within = (float(each) for each in sums / count)
    silog = 100 * float(np.sqrt(max(squared_log - mean_log**2, 0.0)))
    values = (abs_rel, sq_rel, float(np.sqrt(squared)), float(np.sqrt(squared_log)), silog, log10, *within)
    return dict(zip(MEASURES, values, strict=True))


def _plain(values: dict[str, float]) -> dict[str, Any]:
    return {name: plain(value) for name, value in values.items()}


def _mean(values: list[float]) -> Any:
    return plain(float(np.mean(values)) if values else float("nan"))

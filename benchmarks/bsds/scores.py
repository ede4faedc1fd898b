"""From the counts of pictures to the scores of a data set: at one scale for all (ODS), at each picture's best (OIS)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from operator import add
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.bsds.protocol import Counts
from perpixel.metrics.region_boundaries import BoundaryPairs

_STEPS = 99
"""From one scale to the next, as the benchmark takes them."""


@dataclass(frozen=True)
class Scores:
    """A row of the table. What needs regions is None for a method that finds none.

    Attributes:
        ods: the best F of boundaries at one scale for all pictures, between two neighboring scales as on a line.
        ois: F of the counts summed at each picture's own best scale.
        ap: the area under precision over recall, from 0 to 1 in steps of .01; beyond the outermost scales it is 0.
            None for a single scale.
        covering_ods, covering_ois, covering_best: covering of people's regions at one scale, at each picture's best,
            and with the best region of any scale for each.
        rand_ods, rand_ois: probabilistic Rand index.
        information_ods, information_ois: variation of information, bits.
        precision, recall: (S,) at each scale, in the scales' order.
        best: the numbers of the scales chosen by ODS: of boundaries (nearest), covering, Rand index, information.
    """

    ods: float
    ois: float
    ap: float | None
    covering_ods: float | None
    covering_ois: float | None
    covering_best: float | None
    rand_ods: float | None
    rand_ois: float | None
    information_ods: float | None
    information_ois: float | None
    precision: list[float]
    recall: list[float]
    best: list[int]

    def plain(self) -> dict[str, Any]:
        """The same as data for JSON."""
        return asdict(self)


def summed(pictures: Sequence[Counts]) -> Scores:
    """The scores of all pictures together."""
    scales = range(len(pictures[0].scales))
    totals = [reduce(add, (picture.scales[scale].pairs for picture in pictures)) for scale in scales]
    own = [max((scale.pairs for scale in picture.scales), key=_f1) for picture in pictures]
    precision, recall = [total.precision for total in totals], [total.recall for total in totals]
    ods, best = best_f1(precision, recall)
    boundaries = (ods, reduce(add, own).f1, average_precision(precision, recall) if len(totals) > 1 else None)
    if any(scale.covered is None for scale in pictures[0].scales):
        return Scores(*boundaries, None, None, None, None, None, None, None, precision, recall, [best])
    covered, rand, information = (
        np.array([[getattr(scale, name) for scale in picture.scales] for picture in pictures])
        for name in ("covered", "rand", "information")
    )
    pixels = sum(picture.pixels for picture in pictures)
    fits = [picture.best for picture in pictures if picture.best is not None]
    return Scores(
        *boundaries,
        covering_ods=float(covered.sum(0).max() / pixels),
        covering_ois=float(covered.max(1).sum() / pixels),
        covering_best=float(sum(fits) / pixels) if fits else None,
        rand_ods=float(rand.mean(0).max()),
        rand_ois=float(rand.max(1).mean()),
        information_ods=float(information.mean(0).min()),
        information_ois=float(information.min(1).mean()),
        precision=precision,
        recall=recall,
        best=[best, int(covered.sum(0).argmax()), int(rand.mean(0).argmax()), int(information.mean(0).argmin())],
    )


def best_f1(precision: Sequence[float], recall: Sequence[float]) -> tuple[float, int]:
    """The best F along the lines from one scale to the next, and the scale nearest to it."""
    at = np.linspace(0, len(precision) - 1, (len(precision) - 1) * _STEPS + 1)
    places = np.arange(len(precision))
    p, r = np.interp(at, places, precision), np.interp(at, places, recall)
    f1 = np.divide(2 * p * r, p + r, out=np.zeros_like(p), where=p + r > 0)
    single = [2 * a * b / (a + b) if a + b else 0.0 for a, b in zip(precision, recall, strict=True)]
    if max(single) >= f1.max():
        return max(single), int(np.argmax(single))
    return float(f1.max()), round(float(at[f1.argmax()]))


def average_precision(precision: Sequence[float], recall: Sequence[float]) -> float:
    """The area under the line through all scales; 0 for a single one."""
    known, first = np.unique(np.asarray(recall), return_index=True)
    if known.size < 2:
        return 0.0
    grid: NDArray[np.float64] = np.arange(101) / 100
    line = np.interp(grid, known, np.asarray(precision)[first], left=0.0, right=0.0)
    return float(line.sum() * 0.01)


def _f1(pairs: BoundaryPairs) -> float:
    return pairs.f1

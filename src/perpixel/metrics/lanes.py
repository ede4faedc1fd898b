"""Lanes of data sets judged: curves by TuSimple's rules, and maps that tell no lane from another by their rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.metrics.lanes_tusimple import NEAR, TuSimpleNumbers, TuSimpleScore
from perpixel.metrics.ratio import plain, ratio
from perpixel.results.lane_rows import LaneRows, fixed_rows
from perpixel.results.lanes import UNJUDGED, Lanes

WIDE = 1280  # pixels of a picture in which `NEAR` is meant
EVERY = 4  # rows of a map that are judged


@dataclass(frozen=True)
class RowCounts:
    """What is kept of a picture whose truth is a map.

    Attributes:
        right, found: rows of predicted lines that lie on a painted piece, and all where something is painted.
        hit, there: painted pieces of rows that a line lies on, and all.
    """

    right: int
    found: int
    hit: int
    there: int

    @property
    def quality(self) -> float:
        """F1; NaN where there is nothing."""
        return float(ratio(2 * self.right * self.hit, self.right * self.there + self.hit * self.found))


class LaneScore:
    """Judges lanes: `TuSimpleScore` at its 48 rows where the truth has lines, else rows of the map.

    Of a map a row of a predicted line is right if it is within 20 pixels (of a picture 1280 wide) of the middle of a
    painted piece. Rows in which nothing is painted, as between dashes, are not held against a line.

    Attributes:
        pictures: the numbers of each picture, in the order in which they came.
    """

    task = "lanes"

    def __init__(self) -> None:
        self.pictures: dict[str, TuSimpleNumbers | RowCounts] = {}

    def update(self, *, truth: Lanes, prediction: Lanes, name: str) -> None:
        """Judge one picture.

        Raises:
            ValueError: a picture of this name was already counted, or the sizes differ.
        """
        if name in self.pictures:
            raise ValueError(f"{name}: a picture of this name was already counted")
        if truth.size != prediction.size:
            raise ValueError(f"{name}: the truth is {truth.size}, the prediction {prediction.size}")
        if truth.told:
            rows, size = fixed_rows(truth.size[0]), truth.size
            there, mine = (LaneRows.of_lines(each.lines, rows, size) for each in (truth, prediction))
            scale = WIDE / size[1]  # the rules' 20 pixels are of pictures 1280 wide
            curves = TuSimpleScore()
            curves.update(truth=_scaled(there, scale), prediction=_scaled(mine, scale), name=name)
            self.pictures |= curves.pictures
        else:
            self.pictures[name] = count_rows(truth.ids, prediction)

    def merge(self, other: LaneScore) -> None:
        """Take in what another score has gathered from other pictures.

        Raises:
            ValueError: both have a picture of the same name.
        """
        twice = sorted(self.pictures.keys() & other.pictures.keys())
        if twice:
            raise ValueError(f"{twice[0]}: a picture of this name was already counted")
        self.pictures.update(other.pictures)

    def compute(self) -> dict[str, Any]:
        """The scores as plain JSON data; None where there is no picture of the kind."""
        counts = [each for each in self.pictures.values() if isinstance(each, RowCounts)]
        right, found, hit, there = (
            sum(getattr(each, part) for each in counts) for part in ("right", "found", "hit", "there")
        )
        rows = {
            "images": len(counts),
            "precision": plain(float(ratio(right, found))),
            "recall": plain(float(ratio(hit, there))),
            "f1": plain(float(ratio(2 * right * hit, right * there + hit * found))),
        }
        return {**self._curves.compute(), "images": len(self.pictures), "painted_rows": rows}

    @property
    def _curves(self) -> TuSimpleScore:
        """The pictures whose truth has lines."""
        curves = TuSimpleScore()
        curves.pictures = {name: each for name, each in self.pictures.items() if isinstance(each, TuSimpleNumbers)}
        return curves

    def rows(self) -> list[dict[str, Any]]:
        """One row a picture."""
        counts = [{"name": name, **vars(each)} for name, each in self.pictures.items() if isinstance(each, RowCounts)]
        return [*self._curves.rows(), *counts]


def count_rows(ids: NDArray[np.uint8], prediction: Lanes) -> RowCounts:
    """Rows of a map (H, W), 0 where no lane is, against the lines of a prediction."""
    near = NEAR * ids.shape[1] / WIDE
    rows = np.arange(0.0, ids.shape[0], EVERY)
    found = LaneRows.of_lines(prediction.lines, rows, prediction.size)
    right = all_found = hit = there = 0
    for place, y in enumerate(rows.astype(int).tolist()):
        row = ids[y]
        painted = _middles((row > 0) & (row != UNJUDGED))
        mine = np.array([lane[place] for lane in found.lanes if lane[place] >= 0])
        away = np.abs(mine[:, None] - painted[None]) <= near
        there, hit = there + len(painted), hit + int(away.any(axis=0).sum())
        if len(painted):
            all_found, right = all_found + len(mine), right + int(away.any(axis=1).sum())
    return RowCounts(right, all_found, hit, there)


def _middles(row: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The middles of the painted pieces of a row."""
    edges = np.flatnonzero(np.diff(np.pad(row.astype(np.int8), 1)))
    return np.asarray((edges[::2] + edges[1::2] - 1) / 2)


def _scaled(lanes: LaneRows, scale: float) -> LaneRows:
    if scale == 1:
        return lanes
    places = tuple(np.where(lane >= 0, lane * scale, lane) for lane in lanes.lanes)
    return LaneRows(lanes.rows * scale, places, lanes.milliseconds)

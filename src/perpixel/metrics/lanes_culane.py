"""Lanes judged as wide strokes, by CULane's rules.

Pan, Shi, Luo, Wang & Tang, 2018, https://arxiv.org/abs/1712.06080; the tool in tools/lane_evaluation of
https://github.com/XingangPan/SCNN, run with `-w 30 -t 0.5` as the data set asks (its own defaults are 10 and 0.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.metrics.assignment import best_pairs
from perpixel.metrics.lane_spline import spline_points
from perpixel.metrics.ratio import plain, ratio
from perpixel.warp import Size

CULANE_SIZE: Size = (590, 1640)
WIDE = 30  # pixels
STRICT, LOOSE = 0.5, 0.3  # a lane is found where the IoU is more

Lines = Sequence[NDArray[np.float64]]


@dataclass(frozen=True)
class CULaneCounts:
    """What is kept of one picture: true lanes, predictions, and the IoU of each pair (M,)."""

    name: str
    truths: int
    predictions: int
    iou: NDArray[np.float64]

    def found(self, threshold: float = STRICT) -> int:
        """Pairs whose IoU is more than the threshold."""
        return int(np.count_nonzero(self.iou > threshold))

    @property
    def quality(self) -> float:
        """F1; NaN where there is no lane on either side."""
        return float(ratio(2 * self.found(), self.truths + self.predictions))


class CULaneScore:
    """Judges lanes as strokes 30 pixels wide; the counts of all pictures are summed before F1 is taken.

    Each lane, a smooth curve through its points, is drawn as wide as that. Lanes are paired so that the sum of their
    IoU is the greatest, and a pair counts where its IoU is over 0.5 (`loose` scores: over 0.3). A lane of a single
    point can be paired with none, and counts.

        >>> upright = np.array([[800.0, 590.0], [800.0, 300.0]])
        >>> score = CULaneScore()
        >>> score.update(truth=[upright], prediction=[upright + (10, 0)], name="ten pixels aside")
        >>> score.update(truth=[upright], prediction=[upright + (11, 0)], name="eleven")
        >>> scores = score.compute()
        >>> scores["tp"], scores["fp"], scores["fn"], scores["f1"]
        (1, 1, 1, 0.5)

    Args:
        size: (height, width) of the pictures, where the strokes are drawn.

    Attributes:
        pictures: the counts of each picture, in the order in which they came.
    """

    task = "lanes"

    def __init__(self, size: Size = CULANE_SIZE) -> None:
        self.size = size
        self.pictures: dict[str, CULaneCounts] = {}

    def update(self, *, truth: Lines, prediction: Lines, name: str) -> None:
        """Judge one picture; lanes are (P, 2) x, y in pixels.

        Raises:
            ValueError: a picture of this name was already counted.
        """
        if name in self.pictures:
            raise ValueError(f"{name}: a picture of this name was already counted")
        overlap = stroke_iou(truth, prediction, self.size)
        self.pictures[name] = CULaneCounts(name, len(truth), len(prediction), overlap[best_pairs(overlap)])

    def merge(self, other: CULaneScore) -> None:
        """Take in what another score has gathered from other pictures.

        Raises:
            ValueError: both have a picture of the same name, or their sizes differ.
        """
        twice = sorted(self.pictures.keys() & other.pictures.keys())
        if twice:
            raise ValueError(f"{twice[0]}: a picture of this name was already counted")
        if self.size != other.size:
            raise ValueError(f"pictures of {other.size} (height, width) cannot be added to those of {self.size}")
        self.pictures.update(other.pictures)

    def compute(self) -> dict[str, Any]:
        """The scores of the data set as plain JSON data; None for what has no score."""
        scores = {"task": self.task, "images": len(self.pictures), "rules": "culane"}
        return {**scores, **self._at(STRICT), "loose": self._at(LOOSE)}

    def rows(self) -> list[dict[str, Any]]:
        """One row a picture."""
        rows: list[dict[str, Any]] = []
        for each in self.pictures.values():
            counts = {"truths": each.truths, "predictions": each.predictions, "tp": each.found()}
            rows.append({"name": each.name, "f1": plain(each.quality), **counts, "tp loose": each.found(LOOSE)})
        return rows

    def _at(self, threshold: float) -> dict[str, Any]:
        pictures = self.pictures.values()
        tp = sum(each.found(threshold) for each in pictures)
        predictions, truths = (sum(getattr(each, side) for each in pictures) for side in ("predictions", "truths"))
        return {
            "f1": plain(float(ratio(2 * tp, predictions + truths))),
            "precision": plain(float(ratio(tp, predictions))),
            "recall": plain(float(ratio(tp, truths))),
            "tp": tp,
            "fp": predictions - tp,
            "fn": truths - tp,
        }


def stroke_iou(truth: Lines, prediction: Lines, size: Size = CULANE_SIZE) -> NDArray[np.float64]:
    """(n, m) IoU of each true lane with each predicted one, drawn 30 pixels wide; 0 with lanes of a single point."""
    true, own = ([_stroke(line, size) for line in lines] for lines in (truth, prediction))
    found = np.zeros((len(true), len(own)))
    for i, one in enumerate(true):
        for j, other in enumerate(own):
            if one is not None and other is not None:
                both = cv2.countNonZero(cv2.bitwise_and(one, other))
                either = cv2.countNonZero(one) + cv2.countNonZero(other) - both
                found[i, j] = both / either if either else 0.0
    return found


def _stroke(line: NDArray[np.float64], size: Size) -> NDArray[np.uint8] | None:
    """(H, W) of 0 and 1; None of a single point."""
    if len(line) < 2:
        return None
    # The tool computes splines from float32 and rounds their points, kept as float32, to whole pixels.
    curve = spline_points(np.asarray(line, np.float32).astype(np.float64)).astype(np.float32)
    drawn = np.zeros(size, np.uint8)
    return np.asarray(cv2.polylines(drawn, [np.rint(curve).astype(np.int32)], False, 1, WIDE), np.uint8)

"""Which predictions hit which things of one picture, by IoU: COCO's greedy matching, as pycocotools does it.

Lin et al., "Microsoft COCO: Common objects in context", 2014, https://arxiv.org/abs/1405.0312;
https://cocodataset.org/#detection-eval.

Difference: pycocotools takes a truth whose annotation has the id 0 for one that nobody found. Here ids mean nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from perpixel.masks.runs import Runs

THRESHOLDS = np.linspace(0.5, 0.95, 10)
"""Of the IoU; to the last bit those of pycocotools."""

AREAS: dict[str, tuple[float, float]] = {
    "all": (0, 1e5**2),
    "small": (0, 32**2),
    "medium": (32**2, 96**2),
    "large": (96**2, 1e5**2),
}
"""Least and greatest pixels; both bounds belong to it, so that 1024 pixels are small and medium."""

MAX_DETECTIONS = 100
"""Of one class in one picture, as COCO has it. Pictures of many cells need more: 1000."""

_BOUNDS = np.array(list(AREAS.values()))
_LEAST = np.minimum(THRESHOLDS, 1 - 1e-10)
HIT, FALSE, NOT_JUDGED = 1, 0, -1


@dataclass(frozen=True)
class Listed:
    """Truths or predictions of one picture as a file lists them: free to overlap. `Listed.of` fills in what is missing.

    Attributes:
        labels: (N,) class of each.
        masks: N run lengths, all of the picture's size; None if there are boxes alone.
        boxes: (N, 4) x, y, width, height, as COCO's files have them.
        areas: (N,) pixels by which a thing is small, medium or large.
        scores: (N,) of predictions.
        crowd: (N,) of a truth: groups of things that nobody told apart.
    """

    labels: NDArray[np.intp]
    masks: Sequence[Runs] | None
    boxes: NDArray[np.float64]
    areas: NDArray[np.float64]
    scores: NDArray[np.float64]
    crowd: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        labels: ArrayLike,
        *,
        masks: Sequence[Runs] | None = None,
        boxes: ArrayLike | None = None,
        areas: ArrayLike | None = None,
        scores: ArrayLike | None = None,
        crowd: ArrayLike | None = None,
    ) -> Listed:
        """
        Args:
            labels: (N,) from 0 on.
            masks: None if there are boxes alone.
            boxes: None takes those of the masks.
            areas: what the file says, where it says so; None takes those of the masks, or without masks of the boxes.
            scores: None takes 1.
            crowd: None takes none.

        Raises:
            ValueError: lengths that differ, neither masks nor boxes, or a score or a box that is not of finite numbers.
        """
        if boxes is None:
            if masks is None:
                raise ValueError("neither masks nor boxes; give one of them at least")
            corners = np.array([runs.box for runs in masks], np.float64).reshape(-1, 4)
            boxes = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
        placed = np.asarray(boxes, np.float64).reshape(-1, 4)
        if areas is None:
            areas = placed[:, 2] * placed[:, 3] if masks is None else [runs.area for runs in masks]
        count = len(np.asarray(labels))
        things = cls(
            np.asarray(labels, np.intp),
            masks,
            placed,
            np.asarray(areas, np.float64),
            np.ones(count) if scores is None else np.asarray(scores, np.float64),
            np.zeros(count, np.bool_) if crowd is None else np.asarray(crowd, np.bool_),
        )
        for name in ("masks", "boxes", "areas", "scores", "crowd"):
            values = getattr(things, name)
            if values is not None and len(values) != count:
                raise ValueError(f"{len(values)} {name} for {count} labels; give one for each")
        if not (np.isfinite(things.scores).all() and np.isfinite(placed).all()):
            raise ValueError("a score or a box is not of finite numbers; scores are from 0 to 1, boxes in pixels")
        return things

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class Matches:
    """What is kept of one class in one picture: enough for AP, whatever other pictures bring.

    Attributes:
        scores: (D,) of the predictions, falling.
        outcomes: (4, 10, D) int8 by area (`AREAS`) and IoU (`THRESHOLDS`): 1 a hit, 0 false, -1 not judged.
        truths: (4,) how many are to be found, by area.
    """

    scores: NDArray[np.float64]
    outcomes: NDArray[np.int8]
    truths: NDArray[np.int64]


def match(
    ious: NDArray[np.float64],
    *,
    scores: NDArray[np.floating],
    areas: NDArray[np.floating | np.integer],
    truth_areas: NDArray[np.floating | np.integer],
    crowd: NDArray[np.bool_] | None = None,
    max_detections: int = MAX_DETECTIONS,
) -> Matches:
    """Match the predictions of one class in one picture with the truths.

    The highest score chooses first (of equals, the first in order), and takes the truth with the greatest IoU that is
    still free (of equals, the last). Crowds and truths outside the range of areas are only taken where no other is to
    be had; what takes them is not judged, nor is a false prediction whose own area is outside the range. A crowd can be
    taken many times.

    Args:
        ious: (D, G) of each prediction with each truth; with a crowd, the share of the prediction that lies in it.
        scores: (D,).
        areas: (D,) pixels of the predictions.
        truth_areas: (G,) pixels of the truths.
        crowd: (G,) truths that stand for a whole group; none if left out.
        max_detections: predictions beyond so many are left out, the lowest scores first.

    Raises:
        ValueError: lengths that do not fit each other, or `max_detections` below 1.
    """
    crowd = np.zeros(ious.shape[1:], np.bool_) if crowd is None else crowd
    if (
        ious.ndim != 2
        or not len(scores) == len(areas) == len(ious)
        or not len(crowd) == len(truth_areas) == len(ious.T)
    ):
        raise ValueError(
            f"IoUs {ious.shape} of {len(scores)} scores and {len(areas)} areas with {len(truth_areas)} areas and "
            f"{len(crowd)} crowds of truths; expected (predictions, truths)"
        )
    if max_detections < 1:
        raise ValueError(f"max_detections is {max_detections}; it must be at least 1")
    confidence = np.asarray(scores, np.float64)
    order = np.argsort(-confidence, kind="stable")[:max_detections]
    ignored = _outside(truth_areas) | crowd
    outside = _outside(areas[order])
    outcomes = np.where(outside, NOT_JUDGED, FALSE).astype(np.int8)[:, None].repeat(len(THRESHOLDS), axis=1)
    _take(outcomes, ious[order], ignored, crowd)
    return Matches(confidence[order], outcomes, np.count_nonzero(~ignored, axis=1).astype(np.int64))


def match_classes(
    ious: NDArray[np.float64], truth: Listed, prediction: Listed, max_detections: int
) -> dict[int, Matches]:
    """`match` each class of one picture; (D, G) `ious` of boxes or masks, what is of two classes means nothing."""
    matches = {}
    for label in np.unique(np.concatenate([truth.labels, prediction.labels])):
        there, found = np.flatnonzero(truth.labels == label), np.flatnonzero(prediction.labels == label)
        matches[int(label)] = match(
            ious[np.ix_(found, there)],
            scores=prediction.scores[found],
            areas=prediction.areas[found],
            truth_areas=truth.areas[there],
            crowd=truth.crowd[there],
            max_detections=max_detections,
        )
    return matches


def box_ious(
    predicted: NDArray[np.float64], true: NDArray[np.float64], *, crowd: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """(D, G) intersection over union of boxes; with a crowd, the intersection over the prediction's area.

    Args:
        predicted: (D, 4) x, y, width, height, as COCO's files have them. (Corners would be rounded otherwise.)
        true: (G, 4) likewise.
        crowd: (G,) truths that stand for a whole group; none if left out.
    """
    (x, y, width, height), (u, v, wide, high) = predicted.T[:, :, None], true.T
    across = np.minimum(x + width, u + wide) - np.maximum(x, u)
    down = np.minimum(y + height, v + high) - np.maximum(y, v)
    common = np.where((across > 0) & (down > 0), across * down, 0.0)
    over = width * height + wide * high - common
    if crowd is not None:
        over = np.where(crowd, width * height, over)
    return np.asarray(np.divide(common, over, out=np.zeros_like(common), where=common > 0))


def _outside(areas: NDArray[np.floating | np.integer]) -> NDArray[np.bool_]:
    """(4, N) which areas are not in a range."""
    return np.asarray((areas < _BOUNDS[:, :1]) | (areas > _BOUNDS[:, 1:]))


def _take(
    outcomes: NDArray[np.int8], ious: NDArray[np.float64], ignored: NDArray[np.bool_], crowd: NDArray[np.bool_]
) -> None:
    """Let predictions, in order, take truths: fills in (4, 10, D) outcomes."""
    rows, columns = np.nonzero(ious >= _LEAST[0])
    rivals = np.bincount(columns, minlength=len(crowd))
    alone = (np.bincount(rows, minlength=len(ious))[rows] == 1) & ((rivals[columns] == 1) | crowd[columns])
    _take_undisputed(outcomes, ious, ignored, rows[alone], columns[alone])
    taken = np.zeros((*outcomes.shape[:2], len(crowd)), np.bool_)
    rows, columns = rows[~alone], columns[~alone]
    for row in np.unique(rows):
        truths = columns[rows == row]
        truths = truths[np.argsort(ious[row, truths], kind="stable")]
        able = (ious[row, truths] >= _LEAST[:, None]) & (~taken[:, :, truths] | crowd[truths])
        # the later the better, and any that is judged before all that are not; 0 is none
        rank = np.arange(1, truths.size + 1) + truths.size * ~ignored[:, None, truths]
        best = np.where(able, rank, 0).max(axis=2)
        areas, levels = np.nonzero(best)
        chosen = truths[(best[areas, levels] - 1) % truths.size]
        taken[areas, levels, chosen] = True
        outcomes[areas, levels, row] = np.where(ignored[areas, chosen], NOT_JUDGED, HIT)


def _take_undisputed(
    outcomes: NDArray[np.int8],
    ious: NDArray[np.float64],
    ignored: NDArray[np.bool_],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
) -> None:
    """All at once: predictions that only one truth suits, which suits no other (or is a crowd). Most are such."""
    taken = np.where(ignored[:, columns], NOT_JUDGED, HIT)[:, None]
    outcomes[:, :, rows] = np.where(ious[rows, columns] >= _LEAST[:, None], taken, outcomes[:, :, rows])

"""COCO's average precision of things, of boxes or of masks, from what was matched in each picture.

Lin et al., "Microsoft COCO: Common objects in context", 2014, https://arxiv.org/abs/1405.0312;
https://cocodataset.org/#detection-eval.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from perpixel.metrics.ratio import mean_of_known
from perpixel.metrics.thing_matching import AREAS, FALSE, HIT, THRESHOLDS, Matches

_RECALLS = np.linspace(0, 1, 101)


@dataclass(frozen=True)
class Curves:
    """Precision and recall of one class over all pictures; NaN where there is nothing to find.

    Attributes:
        precision: (4, 10, 101) by area, IoU and recall from 0 to 1: the best at this recall or beyond it, 0 if it is
            not reached.
        recall: (3, 4, 10) share of the truths that is found by the first 1, 10 and all predictions of each picture, by
            area and IoU.
    """

    precision: NDArray[np.float64]
    recall: NDArray[np.float64]

    @classmethod
    def of(cls, pictures: Sequence[Matches]) -> Curves:
        """Put the pictures of one class together.

        Equal scores of different pictures are taken in the pictures' order; pycocotools has them by ascending id.
        """
        areas, levels = len(AREAS), len(THRESHOLDS)
        precision, recall = np.full((areas, levels, len(_RECALLS)), np.nan), np.full((3, areas, levels), np.nan)
        truths = sum((matches.truths for matches in pictures), np.zeros(areas, np.int64))
        known = truths > 0
        if not known.any():
            return cls(precision, recall)
        for place, most in enumerate((1, 10, None)):
            hits = sum(np.count_nonzero(matches.outcomes[..., :most] == HIT, axis=2) for matches in pictures)
            recall[place, known] = (hits / np.maximum(truths, 1)[:, None])[known]
        order = np.argsort(-np.concatenate([matches.scores for matches in pictures]), kind="stable")
        outcomes = np.concatenate([matches.outcomes for matches in pictures], axis=2)[..., order]
        for area in np.flatnonzero(known):
            precision[area] = _precision(outcomes[area], int(truths[area]))
        return cls(precision, recall)


def summary(curves: Sequence[Curves]) -> dict[str, float]:
    """COCO's twelve numbers, the mean over classes that have something to find; NaN where none has.

    Args:
        curves: of each class.

    Returns:
        `ap` is the mean over the IoUs from .5 to .95, `ap50` and `ap75` are at one of them, `ap_small` and so on of
        truths of such an area (and predictions, if they hit none); `ar` is the mean recall with all predictions (up to
        `max_detections`), `ar_1` and `ar_10` with the first 1 and 10 of each picture.
    """
    precision = np.array([each.precision for each in curves]).reshape(-1, len(AREAS), len(THRESHOLDS), len(_RECALLS))
    recall = np.array([each.recall for each in curves]).reshape(-1, 3, len(AREAS), len(THRESHOLDS))
    found = {
        "ap": precision[:, 0],
        "ap50": precision[:, 0, 0],
        "ap75": precision[:, 0, 5],
        **{f"ap_{name}": precision[:, area] for area, name in enumerate(AREAS) if area},
        "ar": recall[:, 2, 0],
        "ar_1": recall[:, 0, 0],
        "ar_10": recall[:, 1, 0],
        **{f"ar_{name}": recall[:, 2, area] for area, name in enumerate(AREAS) if area},
    }
    return {name: mean_of_known(values) for name, values in found.items()}


def _precision(outcomes: NDArray[np.int8], truths: int) -> NDArray[np.float64]:
    """(10, 101) precision by recall, of (10, D) outcomes by falling score."""
    hits = np.cumsum(outcomes == HIT, axis=1)
    judged = hits + np.cumsum(outcomes == FALSE, axis=1)
    precision = hits / (judged + np.spacing(1))
    best = np.maximum.accumulate(precision[:, ::-1], axis=1)[:, ::-1]
    best = np.append(best, np.zeros((len(best), 1)), axis=1)
    return np.stack([row[np.searchsorted(own / truths, _RECALLS)] for row, own in zip(best, hits, strict=True)])

"""The score of solids in slices: how far the volumes overlap."""

from __future__ import annotations

from typing import Any

import numpy as np

from perpixel.classes import ClassTable
from perpixel.metrics.multilabel import MultilabelScore
from perpixel.metrics.ratio import plain


class VolumeScore(MultilabelScore):
    """Judges slices of solids: `volume_iou` is the mean over the pictures of shared volume by volume of both together.

    Beside it all that `MultilabelScore` gives, each slice being a class. A picture in which neither truth nor
    prediction has any volume has no score.
    """

    task = "slices"

    def __init__(self, classes: ClassTable) -> None:
        super().__init__(classes)

    def compute(self) -> dict[str, Any]:
        """As `MultilabelScore.compute`, with `volume_iou` after the number of images."""
        scores = super().compute()
        own = [row["volume_iou"] for row in self.rows() if row["volume_iou"] is not None]
        first = {"task": self.task, "images": scores["images"], "volume_iou": plain(float(np.mean(own or [np.nan])))}
        return {**first, **{name: value for name, value in scores.items() if name not in first}}

    def rows(self) -> list[dict[str, Any]]:
        """As `MultilabelScore.rows`, with `volume_iou`."""
        rows = []
        for row, counts in zip(super().rows(), self.pictures.values(), strict=True):
            hits = int(counts.hits.sum())
            union = int(counts.true.sum() + counts.predicted.sum()) - hits
            rows.append({"name": row.pop("name"), "volume_iou": hits / union if union else None, **row})
        return rows

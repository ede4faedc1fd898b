"""The score of things told apart: COCO's AP of masks and boxes, and the scores of cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.errors import DataError
from perpixel.kernels.region_facts import region_facts
from perpixel.metrics.average_precision import Curves, summary
from perpixel.metrics.boundary_iou import edge_overlaps, edge_overlaps_of_runs, lesser
from perpixel.metrics.cells import CellCounts, Overlaps, best_pairs, foreground
from perpixel.metrics.ratio import mean_of_known, plain
from perpixel.metrics.thing_matching import MAX_DETECTIONS, Listed, Matches, box_ious, match_classes
from perpixel.results import Instances

Reals = NDArray[np.float64]
_OF_CLASSES = ("ap", "ap50", "ap75", "ar")  # of COCO's numbers, those that each class has


@dataclass(frozen=True)
class PictureThings:
    """What is kept of one picture.

    Attributes:
        name: of the picture.
        truths: (K,) things of the truth by class, without crowds.
        predictions: (K,) likewise predicted, without those that are not judged.
        hits: (K,) of them, matched with an IoU above .5.
        cells: of all classes together; `joint` and `sizes` are 0 where there are boxes alone.
        masks: what AP of masks is made of, by class; None where there are boxes alone.
        boundaries: the same of masks and their edges; None where there are boxes alone, or nobody asked.
        boxes: the same of boxes.
    """

    name: str
    truths: NDArray[np.int64]
    predictions: NDArray[np.int64]
    hits: NDArray[np.int64]
    cells: CellCounts
    masks: Mapping[int, Matches] | None
    boundaries: Mapping[int, Matches] | None
    boxes: Mapping[int, Matches]

    @property
    def quality(self) -> float:
        """Mean over IoUs .5 to .95 of TP / (TP + FP + FN); 1 where there is neither truth nor prediction."""
        return self.cells.bowl


class InstanceScore:
    """Judges things by their truth: AP as pycocotools has it, and for cells the bowl score, AJI and Dice.

    Boundary AP is AP of masks by the lesser of their IoU and that of their edges (`perpixel.metrics.boundary_iou`).

    AP looks at all predictions, by falling score: many unsure ones do it no harm. The other scores, and each picture's
    hits and `quality`, take every prediction of `least_score` or more for an answer. In these a hit is of the same
    class; crowds count nowhere, nor do predictions that hit nothing and lie by more than half in crowds of their class.

        >>> score = InstanceScore(ClassTable.named(["cow"]))
        >>> ids = np.array([[1, 1, 0, 2]], np.int32)
        >>> cows = Instances(ids, np.zeros(2, np.intp), score.classes, np.ones(2, np.float32))
        >>> score.update(truth=cows, prediction=cows[:1], name="one")
        >>> found = score.compute()
        >>> round(found["mask_ap"], 3), found["bowl"], found["dice"]
        (0.505, 0.5, 0.8)

    Attributes:
        classes: of truths and predictions.
        max_detections: of one class in one picture, for AP alone.
        least_score: from which score on a prediction counts in all but AP.
        boundary: whether boundary AP is computed too; it takes about as long as AP of masks.
        pictures: what is kept of each picture, in the order in which they came.
    """

    task = "instance"

    def __init__(
        self,
        classes: ClassTable,
        *,
        max_detections: int = MAX_DETECTIONS,
        least_score: float = 0.0,
        boundary: bool = False,
    ) -> None:
        if max_detections < 1:
            raise ValueError(f"max_detections is {max_detections}; it must be at least 1")
        self.classes = classes
        self.max_detections = max_detections
        self.least_score = least_score
        self.boundary = boundary
        self.pictures: dict[str, PictureThings] = {}

    def update(self, *, truth: Instances, prediction: Instances, name: str) -> None:
        """Judge one picture. Things without a pixel count nowhere.

        Raises:
            DataError: sizes or classes differ.
            ValueError: a picture of this name was already counted.
        """
        for what, things in (("truth", truth), ("prediction", prediction)):
            if things.classes.names != self.classes.names:
                raise DataError(f"{name}: the {what} has classes {things.classes.names}, not {self.classes.names}")
        if truth.size != prediction.size:
            raise DataError(f"{name}: the truth is {truth.size}, the prediction {prediction.size} (height, width)")
        truth, there = _listed(truth)
        prediction, found = _listed(prediction)
        maps = {"truth": truth.ids, "prediction": prediction.ids}
        edges = edge_overlaps(**maps) if self.boundary else None
        self._add(name, truth=there, prediction=found, table=Overlaps.of(**maps), edges=edges)

    def update_listed(self, *, truth: Listed, prediction: Listed, name: str) -> None:
        """Judge one picture of what files list, such as COCO's JSON: masks that may overlap, or boxes alone.

        Where one side has boxes alone, the picture is judged by boxes, and masks of the data set have no score.

        Raises:
            DataError: masks of different sizes, or a label that is no class.
            ValueError: a picture of this name was already counted.
        """
        for what, things in (("truth", truth), ("prediction", prediction)):
            if len(things) and not 0 <= things.labels.min() <= things.labels.max() < len(self.classes):
                raise DataError(
                    f"{name}: labels of the {what} are from {things.labels.min()} to {things.labels.max()}; "
                    f"the {len(self.classes)} classes are 0 to {len(self.classes) - 1}"
                )
        table = edges = None
        if truth.masks is not None and prediction.masks is not None:
            sizes = sorted({runs.size for runs in (*truth.masks, *prediction.masks)})
            if len(sizes) > 1:
                raise DataError(f"{name}: masks are of the sizes {sizes[0]} and {sizes[1]} (height, width)")
            table = Overlaps.of_runs(truth=truth.masks, prediction=prediction.masks)
            if self.boundary:
                edges = edge_overlaps_of_runs(truth=truth.masks, prediction=prediction.masks)
        self._add(name, truth=truth, prediction=prediction, table=table, edges=edges)

    def counted(self, answer: Instances) -> Instances:
        """The things of an answer that count in more than AP."""
        return answer[answer.scores >= self.least_score]

    def merge(self, other: InstanceScore) -> None:
        """Take in what another score has gathered from other pictures.

        They come after those that are there, which matters to AP where predictions of two pictures have equal scores.

        Raises:
            ValueError: a picture is in both, or classes or options differ.
        """
        twice = self.pictures.keys() & other.pictures.keys()
        if twice:
            raise ValueError(f"{min(twice)}: counted in both scores ({len(twice)} such pictures)")
        if self.classes.names != other.classes.names:
            raise ValueError(f"one score is of {self.classes.names}, the other of {other.classes.names}")
        for option in ("max_detections", "least_score", "boundary"):
            if getattr(self, option) != getattr(other, option):
                raise ValueError(
                    f"{option} is {getattr(self, option)} in one score, {getattr(other, option)} in the other"
                )
        self.pictures.update(other.pictures)

    def compute(self) -> dict[str, Any]:
        """The scores of the data set as plain JSON data; None for what has no score.

        `mask_...`, `boundary_...` (None if it was not asked for) and `box_...` are COCO's twelve numbers each
        (`average_precision.summary`). `bowl`, `aji` and `dice` are the means over the pictures of the scores of
        `CellCounts`, for which classes matter in `bowl` alone. Where a picture has boxes alone, `box_...` alone is
        known.
        """
        pictures = list(self.pictures.values())
        masks = [picture.masks for picture in pictures if picture.masks is not None]
        all_masks = len(masks) == len(pictures)
        mask_curves = self._curves(masks if all_masks else [])
        edges = [picture.boundaries for picture in pictures if picture.boundaries is not None]
        edge_curves = self._curves(edges if len(edges) == len(pictures) else [])
        box_curves = self._curves([picture.boxes for picture in pictures])
        return {
            "task": self.task,
            "images": len(pictures),
            **_named(mask_curves, "mask"),
            **_named(edge_curves, "boundary"),
            **_named(box_curves, "box"),
            "bowl": plain(mean_of_known(np.array([picture.quality for picture in pictures if all_masks]))),
            "aji": plain(mean_of_known(np.array([picture.cells.aji for picture in pictures]))),
            "dice": plain(mean_of_known(np.array([picture.cells.dice for picture in pictures]))),
            "max_detections": self.max_detections,
            "per_class": {
                name: {
                    **_named([mask_curves[label]], "mask", _OF_CLASSES),
                    **_named([edge_curves[label]], "boundary", _OF_CLASSES),
                    **_named([box_curves[label]], "box", _OF_CLASSES),
                    "truths": sum(int(picture.truths[label]) for picture in pictures),
                    "predictions": sum(int(picture.predictions[label]) for picture in pictures),
                    "hits": sum(int(picture.hits[label]) for picture in pictures),
                }
                for label, name in enumerate(self.classes.names)
            },
        }

    def rows(self) -> list[dict[str, Any]]:
        """One row a picture: things of truth and prediction, hits with an IoU above .5, its scores, counts by class."""
        rows = []
        for picture in self.pictures.values():
            row: dict[str, Any] = {
                "name": picture.name,
                "truths": int(picture.truths.sum()),
                "predictions": int(picture.predictions.sum()),
                "hits": int(picture.hits.sum()),
                "quality": picture.quality,
                "aji": plain(picture.cells.aji),
                "dice": plain(picture.cells.dice),
            }
            for label, name in enumerate(self.classes.names):
                row[f"{name} truths"] = int(picture.truths[label])
                row[f"{name} predictions"] = int(picture.predictions[label])
                row[f"{name} hits"] = int(picture.hits[label])
            rows.append(row)
        return rows

    def _add(
        self, name: str, *, truth: Listed, prediction: Listed, table: Overlaps | None, edges: Overlaps | None
    ) -> None:
        """Count a picture; without a table of its masks, by its boxes."""

        def matched(ious: Reals | None) -> dict[int, Matches] | None:
            return None if ious is None else match_classes(ious, truth, prediction, self.max_detections)

        if name in self.pictures:
            raise ValueError(f"{name}: a picture of this name was already counted")
        boxes = box_ious(prediction.boxes, truth.boxes, crowd=truth.crowd)
        masks = None if table is None else table.matrix(crowd=truth.crowd)
        ious = boxes if masks is None else masks
        same = prediction.labels[:, None] == truth.labels
        judged, kept = ~truth.crowd, prediction.scores.astype(np.float32) >= np.float32(self.least_score)
        if table is not None:
            judged, kept = judged & (table.true > 0), kept & (table.predicted > 0)
        pairs = np.argwhere((ious > 0.5) & same & judged & kept[:, None])
        pairs = pairs[best_pairs(pairs, ious[pairs[:, 0], pairs[:, 1]])]
        in_crowds = (ious * (same & truth.crowd)).sum(axis=1) > 0.5
        in_crowds[pairs[:, 0]] = False
        kept &= ~in_crowds
        self.pictures[name] = PictureThings(
            name,
            self._by_class(truth.labels[judged]),
            self._by_class(prediction.labels[kept]),
            self._by_class(truth.labels[pairs[:, 1]]),
            _cells(table, truth, prediction, judged, kept, ious[pairs[:, 0], pairs[:, 1]]),
            matched(masks),
            matched(None if masks is None or edges is None else lesser(masks, edges, crowd=truth.crowd)),
            match_classes(boxes, truth, prediction, self.max_detections),
        )

    def _by_class(self, labels: NDArray[np.intp]) -> NDArray[np.int64]:
        return np.bincount(labels, minlength=len(self.classes)).astype(np.int64)

    def _curves(self, pictures: Sequence[Mapping[int, Matches]]) -> list[Curves]:
        """Of each class."""
        return [
            Curves.of([matches[label] for matches in pictures if label in matches])
            for label in range(len(self.classes))
        ]


def _listed(things: Instances) -> tuple[Instances, Listed]:
    """An id map's things without those that have no pixel, and their boxes and areas."""
    pixels, _, corners = region_facts(np.empty((*things.size, 0), np.uint8), things.ids)
    if np.count_nonzero(pixels[1:]) < len(things):
        return _listed(things[np.unique(things.ids[things.ids > 0]) - 1])
    boxes = corners[1:].astype(np.float64)
    boxes[:, 2:] -= boxes[:, :2]
    listed = Listed.of(things.labels, boxes=boxes, areas=pixels[1:], scores=things.scores, crowd=things.crowd)
    return things, listed


def _cells(
    table: Overlaps | None,
    truth: Listed,
    prediction: Listed,
    judged: NDArray[np.bool_],
    kept: NDArray[np.bool_],
    hits: Reals,
) -> CellCounts:
    if table is None:
        return CellCounts(int(judged.sum()), int(kept.sum()), hits, 0, 0, 0, 0)
    few = table.among(judged, kept)
    if truth.masks is not None and prediction.masks is not None:
        chosen, parts = [prediction.masks[i] for i in np.flatnonzero(kept).tolist()], truth.masks
        there, crowds = ([parts[i] for i in np.flatnonzero(own).tolist()] for own in (judged, ~judged))
        return CellCounts.of(few, hits=hits, foreground=foreground(there, chosen, ignored=crowds))
    in_crowds = table.among(~judged, kept).shared.sum()
    shared, sizes = few.shared.sum(), few.true.sum() + few.predicted.sum() - in_crowds
    return CellCounts.of(few, hits=hits, foreground=(int(shared), int(sizes)))


def _named(curves: Sequence[Curves], kind: str, names: Sequence[str] | None = None) -> dict[str, float | None]:
    """COCO's numbers for JSON, all or some."""
    found = summary(curves)
    return {f"{kind}_{name}": plain(found[name]) for name in (found if names is None else names)}

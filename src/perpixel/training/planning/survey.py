"""What a data set is like, in the numbers that a plan follows from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.data import Census, Dataset, DepthDataset
from perpixel.data.lanes import LanesDataset
from perpixel.results import Instances, LabelMap, Layers, Panoptic

LOOKED_AT = 32  # masks that `mixed` and the halves are counted on
CELL = 4
STANDS = 0.1


@dataclass(frozen=True)
class Survey:
    """Facts about the training split of a data set.

    Attributes:
        images: pictures to learn from.
        judged: pictures of the validation split.
        channels: of the pictures.
        classes: names of the classes.
        shares: of each class among all judged pixels.
        sizes: how many pictures have each (height, width).
        mixed: share of cells of 4 x 4 pixels in which classes meet: how fine the structures are.
        upright: how much the upper half's classes differ from the lower half's, from 0 (not at all) to 1 (no class
            is in both), the mean over the classes.
        sideways: the same of the left half and the right half, where a difference is mostly chance.
        mirrored: whether some class becomes another in a mirror.
        things: whether things are told apart.
        overlapping: whether each class is a question by itself: several may be at one pixel, or none.
        distances: whether the classes are bins of distance.
        lanes: whether the pictures show lanes of a road.
        seen: share of the pictures in which each class occurs.
        tall: (height - width) / (height + width) of the things' boxes, the mean: people are tall, cars are broad, and
            cells lie every way, so that it is about 0.
        most_things: in one picture.
        thing_side: root of the area of a thing, the median, in pixels; 0 if there are none.
        stuff: whether stuff counts beside the things.
    """

    images: int
    judged: int
    channels: int
    classes: tuple[str, ...]
    shares: tuple[float, ...]
    sizes: Mapping[tuple[int, int], int]
    mixed: float
    upright: float
    sideways: float
    mirrored: bool
    overlapping: bool = False
    things: bool = False
    distances: bool = False
    lanes: bool = False
    seen: tuple[float, ...] = ()
    tall: float = 0.0
    thing_side: float = 0.0
    stuff: bool = False
    most_things: int = 0

    @property
    def present(self) -> list[int]:
        """The classes that occur, the rarest first."""
        found = [label for label, share in enumerate(self.shares) if share > 0]
        return sorted(found, key=lambda label: self.shares[label])

    @property
    def imbalance(self) -> float:
        """How many times the commonest class is more frequent than the rarest that occurs.

        Of classes that overlap: how many times as many pixels are without the rarest as have it.
        """
        if not self.present:
            return 1.0
        rarest = self.shares[self.present[0]]
        return (1 - rarest if self.overlapping else self.shares[self.present[-1]]) / rarest

    @property
    def typical(self) -> tuple[int, int]:
        """(height, width) that three quarters of the pictures reach, each side by itself."""
        return (_quartile(self.sizes, 0), _quartile(self.sizes, 1))

    @property
    def pixels(self) -> float:
        """Of a picture, on average."""
        return sum(height * width * count for (height, width), count in self.sizes.items()) / self.images

    @property
    def has_up(self) -> bool:
        """Whether above differs from below, clearly, and clearly more than left from right; or things stand or lie."""
        return (self.upright >= 0.1 and self.upright >= 2 * self.sideways) or self.stands

    @property
    def stands(self) -> bool:
        """Whether the things have a way up of their own."""
        return abs(self.tall) >= STANDS


def survey(dataset: Dataset, counted: Census, *, split: str, validation: str) -> Survey:
    """Look at a data set; `counted` is the census of its training split."""
    samples = dataset.samples(split)
    truths: list[Any] = [dataset.read_truth(sample) for sample in samples[:: -(-len(samples) // LOOKED_AT)]]
    shown = [_flat(dataset.flat(truth)) for truth in truths]
    return Survey(
        images=counted.images,
        judged=len(dataset.splits.get(validation, ())),
        channels=dataset.channels,
        classes=dataset.learned.names,
        shares=tuple(counted.shares.tolist()),
        sizes=dict(counted.sizes),
        mixed=_mixed(shown),
        upright=_contrast(shown, axis=0),
        sideways=_contrast(shown, axis=1),
        mirrored=any(entry.mirror for entry in dataset.classes.classes),
        things=dataset.things,
        distances=isinstance(dataset, DepthDataset),
        lanes=isinstance(dataset, LanesDataset),
        overlapping=counted.overlapping,
        seen=tuple((counted.pictures / counted.images).tolist()),
        tall=_tall(truths) if dataset.things else 0.0,
        thing_side=_side(truths) if dataset.things else 0.0,
        stuff=dataset.task == "panoptic",
        most_things=max(len(_boxes(truth)) for truth in truths) if dataset.things else 0,
    )


def _flat(truth: LabelMap | Layers) -> LabelMap:
    return truth.topmost() if isinstance(truth, Layers) else truth


def _tall(truths: list[Instances | Panoptic]) -> float:
    boxes = np.concatenate([_boxes(truth) for truth in truths])
    sides = (boxes[:, 2:] - boxes[:, :2]).astype(np.float64)
    return float(np.mean((sides[:, 1] - sides[:, 0]) / sides.sum(1))) if len(sides) else 0.0


def _side(truths: list[Instances | Panoptic]) -> float:
    things = (truth.things() if isinstance(truth, Panoptic) else truth for truth in truths)
    areas = np.concatenate([each.areas for each in things])
    return float(np.sqrt(np.median(areas))) if len(areas) else 0.0


def _boxes(truth: Instances | Panoptic) -> NDArray[np.int64]:
    """Of the things alone (n, 4)."""
    thing = np.array([entry.thing for entry in truth.classes])[truth.labels]
    boxes: NDArray[np.int64] = Instances(truth.ids, truth.labels, truth.classes, truth.scores).boxes[thing]
    return boxes


def _mixed(truths: list[LabelMap]) -> float:
    mixed = judged = 0
    for truth in truths:
        height, width = (side // CELL * CELL for side in truth.size)
        labels = truth.labels[:height, :width].astype(np.int32)
        cells = labels.reshape(height // CELL, CELL, width // CELL, CELL)
        ignored = cells == truth.classes.ignored
        least = np.where(ignored, truth.classes.ignored, cells).min(axis=(1, 3))
        most = np.where(ignored, -1, cells).max(axis=(1, 3))
        mixed += int((most > least).sum())
        judged += int((most >= 0).sum())
    return mixed / max(judged, 1)


def _contrast(truths: list[LabelMap], *, axis: int) -> float:
    """Mean over the classes of |first half - second half| / (first half + second half), in pixels."""
    classes = len(truths[0].classes)
    first, second = np.zeros(classes), np.zeros(classes)
    for truth in truths:
        labels = np.moveaxis(truth.labels, axis, 0)
        half = len(labels) // 2
        first += _counts(labels[:half], classes)
        second += _counts(labels[len(labels) - half :], classes)
    present = first + second > 0
    return float(np.mean(np.abs(first - second)[present] / (first + second)[present])) if present.any() else 0.0


def _counts(labels: NDArray[np.generic], classes: int) -> NDArray[np.int64]:
    return np.bincount(labels.ravel(), minlength=classes)[:classes]


def _quartile(sizes: Mapping[tuple[int, int], int], axis: int) -> int:
    sides = sorted(size[axis] for size, count in sizes.items() for _ in range(count))
    return int(quantiles(sides, n=4, method="inclusive")[0]) if len(sides) > 1 else sides[0]

"""Data sets in which things are told apart: instances alone, or panoptic, where every pixel is of some segment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.classes.background import with_background
from perpixel.data.annotation import Annotation, Region
from perpixel.data.dataset import Dataset, Task
from perpixel.data.formats.painting import paint
from perpixel.data.sample import Sample
from perpixel.errors import DataError
from perpixel.pictures import conform, decode_picture, read_bytes
from perpixel.results import Instances, LabelMap, Panoptic

CROWD = -1  # in what `pack` gives


@dataclass(frozen=True)
class ThingDataset(Dataset):
    """What the two kinds share: annotations of regions are read, and packed as two planes.

    Attributes:
        chosen: where only some classes of the annotations are taken (the things of panoptic ones): for each of theirs
            the number here, or -1. Empty if all are.
    """

    chosen: tuple[int, ...] = ()

    def read(self, sample: Sample) -> tuple[NDArray[np.uint8], Any]:
        """The picture (H, W, channels) uint8, upright, and the truth that lies on it.

        Raises:
            DataError: one of them cannot be read, or they do not fit together.
        """
        data, name = read_bytes(sample.picture), str(sample.picture)
        image = conform(decode_picture(data, max_pixels=self.max_pixels, name=name), self.channels, name=name)
        return image, self._fitting(sample, (image.shape[0], image.shape[1]))

    def read_truth(self, sample: Sample) -> Any:
        """The truth alone.

        Raises:
            DataError: as `read`.
        """
        return self._fitting(sample, None)

    @property
    def truth_bytes(self) -> int:
        """Of one pixel in what `pack` gives."""
        return 4

    def _fitting(self, sample: Sample, size: tuple[int, int] | None) -> Any:
        if sample.entry is None:
            raise DataError(f"{sample.picture}: the picture has no masks, so it can be neither learned from nor judged")
        truth = sample.entry.read()
        if size is not None and truth.size != size:
            (height, width), (tall, wide) = truth.size, size
            raise DataError(f"{sample.picture}: the picture is {tall} x {wide}, its truth is {height} x {width}")
        if not self.chosen:
            return self._truth(truth)
        regions = (replace(region, label=self.chosen[region.label]) for region in truth.regions)
        return self._truth(replace(truth, regions=tuple(region for region in regions if region.label >= 0)))

    def _truth(self, annotation: Annotation) -> Any:
        raise NotImplementedError(f"{type(self).__name__} must implement _truth")


@dataclass(frozen=True)
class InstanceDataset(ThingDataset):
    """Pictures and their things; what is of no thing is background, which is no class.

    Where things overlap in the annotations, the smaller one has the pixels; crowds lie below all.
    """

    task: ClassVar[Task] = "instance"

    @property
    def learned(self) -> ClassTable:
        """What a network's channels mean: the background is the first, then the classes."""
        return with_background(self.classes)

    def flat(self, truth: Instances) -> LabelMap:
        """The classes alone, by the numbers of `learned`; crowds are not judged."""
        return LabelMap(_labels(truth, self.learned, first=1), self.learned)

    def pack(self, truth: Instances) -> NDArray[Any]:  # type: ignore[override]
        """(2, H, W) int16, or int32 where there are many: the id of each thing from 1 on, -1 in crowds; and `flat`."""
        return _packed(truth.ids, truth.crowd, _labels(truth, self.learned, first=1))

    def unpack(self, packed: NDArray[Any]) -> Instances:  # type: ignore[override]
        """What `pack` packed; crowds have become one."""
        ids, labels, crowd = _unpacked(packed[0], packed[1] - 1)
        return Instances(ids, labels, self.classes, np.ones(len(labels), np.float32), crowd)

    def _truth(self, annotation: Annotation) -> Instances:
        order = sorted(annotation.regions, key=lambda region: (not region.crowd, -region.runs.area))
        return Instances(*_painted(order, annotation.size, self.classes))


@dataclass(frozen=True)
class PanopticDataset(ThingDataset):
    """Pictures whose pixels are all of one segment: a thing, or all that there is of a stuff class; or not judged.

    A thing class whose pixels have no id is a crowd.
    """

    task: ClassVar[Task] = "panoptic"

    def flat(self, truth: Panoptic) -> LabelMap:
        """The classes alone."""
        return LabelMap(_labels(truth, self.classes, first=0), self.classes)

    def pack(self, truth: Panoptic) -> NDArray[Any]:  # type: ignore[override]
        """(2, H, W) int16, or int32 where there are many: ids of the things, 0 elsewhere, -1 in crowds; and `flat`."""
        thing = np.array([entry.thing for entry in self.classes], np.bool_)[truth.labels]
        numbers = np.concatenate([[0], np.where(thing, np.cumsum(thing), 0)]).astype(np.int32)
        crowd = None if truth.crowd is None else truth.crowd[thing]
        return _packed(numbers[truth.ids], crowd, _labels(truth, self.classes, first=0))

    def unpack(self, packed: NDArray[Any]) -> Panoptic:  # type: ignore[override]
        """What `pack` packed; crowds have become one."""
        ids, labels = packed.astype(np.int32)
        stuff = (ids == 0) & (labels != self.classes.ignored)
        ids[stuff] = max(int(ids.max()), 0) + 1 + labels[stuff]
        numbers, own, crowd = _unpacked(ids, labels)
        return Panoptic(numbers, own, self.classes, np.ones(len(own), np.float32), crowd)

    def _truth(self, annotation: Annotation) -> Panoptic:
        lone = [
            replace(region, crowd=region.crowd or (self.classes[region.label].thing and region.thing is None))
            for region in annotation.regions
        ]
        truth = Panoptic(*_painted(lone, annotation.size, self.classes))
        if annotation.ignored is None:
            return truth
        ids = np.where(annotation.ignored.decode(max_pixels=truth.ids.size), np.int32(0), truth.ids)
        left: Panoptic = replace(truth, ids=ids)
        return left[left.areas > 0]


def _painted(
    regions: Sequence[Region], size: tuple[int, int], classes: ClassTable
) -> tuple[NDArray[np.int32], NDArray[np.intp], ClassTable, NDArray[np.float32], NDArray[np.bool_] | None]:
    """What an answer is made of; later regions lie over earlier ones, and one that is hidden altogether is left out."""
    ids = paint([region.runs for region in regions], range(1, len(regions) + 1), size)
    labels = np.array([region.label for region in regions], np.intp)
    crowd = np.array([region.crowd for region in regions], np.bool_)
    scores = np.ones(len(regions), np.float32)
    whole = Instances(ids, labels, classes, scores, crowd if crowd.any() else None)
    seen = whole[whole.areas > 0]
    return seen.ids, seen.labels, classes, seen.scores, seen.crowd


def _labels(truth: Instances | Panoptic, classes: ClassTable, *, first: int) -> NDArray[Any]:
    """(H, W) class of each pixel, by numbers larger by `first`; 0 where no thing is if `first` is 1, else ignored."""
    own = truth.labels + first
    if truth.crowd is not None and first:
        own = np.where(truth.crowd, classes.ignored, own)
    return np.concatenate([[0 if first else classes.ignored], own]).astype(classes.dtype)[truth.ids]


def _packed(ids: NDArray[np.int32], crowd: NDArray[np.bool_] | None, labels: NDArray[Any]) -> NDArray[Any]:
    if crowd is not None:
        numbers = np.where(crowd, CROWD, np.arange(1, len(crowd) + 1))
        ids = np.concatenate([[0], numbers]).astype(np.int32)[ids]
    small = int(ids.max(initial=0)) < 2**15 and int(labels.max(initial=0)) < 2**15
    return np.stack([ids, labels]).astype(np.int16 if small else np.int32)


def _unpacked(
    ids: NDArray[Any], labels: NDArray[Any]
) -> tuple[NDArray[np.int32], NDArray[np.intp], NDArray[np.bool_] | None]:
    """Ids from 1 on without gaps, the label of each, and which is the crowd."""
    places = ids.astype(np.intp) - CROWD
    present = np.bincount(places.ravel(), minlength=2) > 0
    present[-CROWD] = False  # nothing
    numbers = np.where(present, np.cumsum(present), 0).astype(np.int32)
    own = np.zeros(len(present), np.intp)
    own[places] = labels
    crowd = np.flatnonzero(present) == 0
    return numbers[places], own[present], crowd if crowd.any() else None

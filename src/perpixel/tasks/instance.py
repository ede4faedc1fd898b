"""Instance segmentation: every countable thing by itself, without the ground that it stands on.

Also what panoptic segmentation shares with it: how pixels are grouped into things, and how windows are joined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.classes.background import with_background
from perpixel.draw.things import instances_over
from perpixel.errors import ModelError
from perpixel.kernels.confidence import fast_confidence, peak_upsampled
from perpixel.kernels.grouping import find_centers, nearest_centers
from perpixel.kernels.id_overlaps import overlaps
from perpixel.kernels.upsample import argmax_upsampled
from perpixel.masks.components import drop_strays
from perpixel.metrics import LIKELY
from perpixel.results import Instances, Panoptic
from perpixel.spec import OutputSpec
from perpixel.tasks.window import Window

if TYPE_CHECKING:
    from perpixel.metrics.instances import InstanceScore

CENTERS, OFFSETS = "centers", "offsets"  # outputs beside the classes
SAME = 0.5  # of the smaller of two parts: they are one thing if more of it overlaps
Segments = tuple[NDArray[np.int32], NDArray[np.intp], NDArray[np.float32]]


def network_classes(classes: ClassTable) -> ClassTable:
    """What the channels of a network for instances mean, where `classes` are those of its things.

    A data set of instances names things only, but a network must also say where there is none: channel 0 is the
    background and channel k + 1 is thing k. So such a network is built with one class more than its data have, its
    truths have labels from 1 on with 0 for the background, and `InstanceTask.decode` takes the 1 off again.
    """
    return with_background(classes)


@dataclass(frozen=True)
class Grouping:
    """How pixels become things by their centers: Panoptic-DeepLab's way, with its own numbers.

    Attributes:
        threshold: of the heatmap: lower peaks are no centers.
        window: side of the square, in pixels of the picture, in which the greatest value is the only center. Never
            fewer than 3 steps of the heatmap.
        most: centers in one picture. The paper has 200; a picture of cells has more.
        least_area: things of fewer pixels are dropped, and their pixels are of nothing.
        least_part: of a thing's parts that lie apart, those with less than this share of the largest part are dropped:
            the paper keeps them, and a speck at the other end of the picture then makes a box of all between.
    """

    threshold: float = 0.1
    window: int = 7
    most: int = 1000
    least_area: int = 0
    least_part: float = 0.05

    def things(
        self,
        outputs: Mapping[str, NDArray[Any]],
        labels: NDArray[Any],
        sure: NDArray[np.float32],
        thing: NDArray[np.bool_],
        *,
        stride: int,
    ) -> Segments:
        """The things in a label map (H, W): ids (H, W), the class of each by majority, and its score.

        The score is the height of the center's peak times the mean of `sure`, the confidence of the labels.

        Args:
            outputs: "centers" (1, 1, h, w) and "offsets" (1, 2, h, w) at `stride`.
            thing: (K,) which classes are countable.

        Raises:
            ModelError: there is no such output.
        """
        for name in (CENTERS, OFFSETS):
            if name not in outputs:
                raise ModelError(
                    f"the model gives {', '.join(outputs)}; things are found by its outputs {CENTERS} and {OFFSETS}: "
                    "export it with them"
                )
        rows, columns = (-(-side // stride) for side in labels.shape)
        heatmap = outputs[CENTERS][0, 0, :rows, :columns]  # the rest lies beyond the picture
        cells, peaks = find_centers(
            heatmap, threshold=self.threshold, window=max(self.window // stride, 3) | 1, most=self.most
        )
        centers = (cells + 0.5) * stride - 0.5
        ids = nearest_centers(outputs[OFFSETS][0], centers, labels, thing, stride=stride)
        ids = drop_strays(ids, self.least_part)
        inside, count, kinds = ids > 0, len(centers), len(thing)
        numbers = ids[inside].astype(np.intp) - 1
        votes = np.bincount(numbers * kinds + labels[inside], minlength=count * kinds).reshape(count, kinds)
        areas = votes.sum(axis=1)
        means = np.bincount(numbers, weights=sure[inside], minlength=count) / np.maximum(areas, 1)
        kept = np.flatnonzero(areas >= max(self.least_area, 1))
        table = np.zeros(count + 1, np.int32)
        table[kept + 1] = np.arange(1, len(kept) + 1)
        scores = np.clip(np.clip(peaks[kept], 0, 1) * means[kept], 0, 1)
        return table[ids], votes[kept].argmax(axis=1), scores.astype(np.float32)


@dataclass(frozen=True)
class InstanceTask:
    """How a network's coarse outputs become instances, and how instances are merged, judged and drawn.

    Attributes:
        classes: of things alone; for what the channels mean see `network_classes`.
        output: name, stride and kind (logits or scores) of the network's output for classes; "centers" and "offsets"
            have the same stride.
        grouping: how pixels become things.
        max_detections: of one picture that are judged, the surest first; COCO's 100 is too few for cells.
        least_shown: the least score of a thing that is counted, drawn, and judged by all but average precision, which
            wants doubtful ones too.
    """

    classes: ClassTable
    output: OutputSpec = field(default_factory=OutputSpec)
    grouping: Grouping = field(default_factory=Grouping)
    max_detections: int = 100
    least_shown: float = LIKELY

    def decode(self, outputs: Mapping[str, NDArray[Any]], window: Window) -> Instances:
        """The instances of a window from the network's outputs (1, K + 1, h, w), (1, 1, h, w) and (1, 2, h, w).

        Raises:
            ModelError: another number of channels, or an output that is missing.
        """
        labels, sure = classes_of(outputs, self.output, len(self.classes) + 1, window.size)
        thing = np.ones(len(self.classes) + 1, np.bool_)
        thing[0] = False
        ids, kinds, scores = self.grouping.things(outputs, labels, sure, thing, stride=self.output.stride)
        return Instances(ids, kinds - 1, self.classes, scores)

    def merge(self, answers: Sequence[tuple[Window, Instances]], size: tuple[int, int]) -> Instances:
        """Instances of `size` from those of windows; those that lie over each other in two windows become one."""
        ids, labels, scores = joined(answers, size, whole=np.zeros(len(self.classes), np.bool_))
        return Instances(ids, labels, self.classes, scores)

    def score(self, *, boundary: bool = False) -> InstanceScore:
        """A score for this task's answers, without any picture yet, with boundary AP or without."""
        from perpixel.metrics.instances import InstanceScore

        return InstanceScore(
            self.classes, max_detections=self.max_detections, least_score=self.least_shown, boundary=boundary
        )

    def shown(self, answer: Instances) -> Instances:
        """The things that are sure enough to be counted and drawn."""
        return answer[answer.scores >= self.least_shown]

    def picture(self, image: NDArray[Any], answer: Instances) -> NDArray[np.uint8]:
        """The answer over the picture, one color a thing."""
        return instances_over(image, answer)


def classes_of(
    outputs: Mapping[str, NDArray[Any]], output: OutputSpec, channels: int, size: tuple[int, int]
) -> tuple[NDArray[Any], NDArray[np.float32]]:
    """The label map (H, W) of a window, and how sure each label is, from the output (1, channels, h, w).

    Raises:
        ModelError: another number of channels.
    """
    coarse = outputs[output.name][0]
    if len(coarse) != channels:
        raise ModelError(f"the model gives {len(coarse)} channels of {output.name}; this task reads {channels}")
    measure = peak_upsampled if output.kind == "scores" else fast_confidence
    labels = argmax_upsampled(coarse, size=size, stride=output.stride)
    return labels, measure(coarse, size=size, stride=output.stride)


def joined(
    answers: Sequence[tuple[Window, Instances | Panoptic]], size: tuple[int, int], *, whole: NDArray[np.bool_]
) -> Segments:
    """One id map of `size` from those of windows that overlap, with the class and the score of each segment.

    A segment of one window and one of another are the same if their classes are, and if in the part that both windows
    see more than half of the smaller one lies on the other. What overlaps by the greatest share, or of equal shares by
    the most pixels, is joined first. Segments that one window told apart stay apart, whatever another says. Where
    windows disagree the earlier one counts. A joined segment has the greatest score of its parts.

    Args:
        whole: (K,) classes of which there is one segment in all, wherever its parts lie: stuff.
    """
    canvas, seen = np.zeros(size, np.int32), np.zeros(size, np.bool_)
    union = _Union(whole)
    for number, (window, answer) in enumerate(answers):
        row, column = window.corner
        place = slice(row, row + window.size[0]), slice(column, column + window.size[1])
        new = union.add(answer, number)
        before, shared = canvas[place], seen[place]
        if shared.any():
            union.join(*overlaps(union.roots()[np.where(shared, before, 0)], np.where(shared, new, 0)))
        canvas[place] = np.where(before > 0, before, new)
        seen[place] = True
    return union.segments(canvas)


class _Union:
    """Segments of all windows so far, numbered from 1, and which of them are one."""

    def __init__(self, whole: NDArray[np.bool_]) -> None:
        self.whole = whole
        self.parents, self.labels, self.scores = [0], [-1], [0.0]
        self.windows: list[set[int]] = [set()]  # in which a root's parts lie
        self.first: dict[int, int] = {}  # segment of each class that is one whole

    def add(self, answer: Instances | Panoptic, window: int) -> NDArray[np.int32]:
        """Take a window's segments in; return its id map by their numbers here."""
        start = len(self.parents)
        for label, score in zip(answer.labels.tolist(), answer.scores.tolist(), strict=True):
            self.parents.append(len(self.parents))
            self.labels.append(label)
            self.scores.append(score)
            self.windows.append({window})
            if self.whole[label]:
                self._unite(self.first.setdefault(label, len(self.parents) - 1), len(self.parents) - 1)
        return np.where(answer.ids > 0, answer.ids + np.int32(start - 1), 0).astype(np.int32)

    def join(self, old: NDArray[np.int64], new: NDArray[np.int64], pixels: NDArray[np.int64]) -> None:
        """Unite what is the same thing, from all pairs that overlap where both windows see."""
        areas = np.zeros((2, len(self.parents)), np.int64)
        np.add.at(areas[0], old, pixels)
        np.add.at(areas[1], new, pixels)
        shares = pixels / np.minimum(areas[0, old], areas[1, new])
        same = np.flatnonzero((old > 0) & (new > 0) & (shares > SAME))
        for pair in same[np.lexsort((-pixels[same], -shares[same]))]:
            a, b = self._root(int(old[pair])), self._root(int(new[pair]))
            if self.labels[a] == self.labels[b] and not self.windows[a] & self.windows[b]:
                self._unite(a, b)

    def roots(self) -> NDArray[np.int32]:
        """For each segment the number that stands for all that it is one with."""
        return np.array([self._root(index) for index in range(len(self.parents))], np.int32)

    def segments(self, canvas: NDArray[np.int32]) -> Segments:
        """The map by final ids, 1 and on, with classes and scores; segments without a pixel left are gone."""
        ids = self.roots()[canvas]
        kept = np.flatnonzero(np.bincount(ids.ravel(), minlength=len(self.parents))[1:]) + 1
        table = np.zeros(len(self.parents), np.int32)
        table[kept] = np.arange(1, len(kept) + 1)
        return table[ids], np.array(self.labels, np.intp)[kept], np.array(self.scores, np.float32)[kept]

    def _root(self, index: int) -> int:
        while self.parents[index] != index:
            index = self.parents[index]
        return index

    def _unite(self, first: int, second: int) -> None:
        self.parents[second] = first
        self.scores[first] = max(self.scores[first], self.scores[second])
        self.windows[first] |= self.windows[second]

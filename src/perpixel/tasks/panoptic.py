"""Panoptic segmentation: every pixel belongs to one segment; things are told apart, stuff is one segment a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.draw.things import panoptic_over
from perpixel.results import Panoptic
from perpixel.spec import OutputSpec
from perpixel.tasks.instance import Grouping, Segments, classes_of, joined
from perpixel.tasks.window import Window

if TYPE_CHECKING:
    from perpixel.metrics.panoptic import PanopticScore


@dataclass(frozen=True)
class PanopticTask:
    """How a network's coarse outputs become segments, and how segments are merged, judged and drawn.

    Cheng et al., 2020, Panoptic-DeepLab, https://arxiv.org/abs/1911.10194, section 3.2: things are grouped by their
    centers, each takes the class of most of its pixels, and stuff fills the rest.

    Attributes:
        classes: what the channels mean, and which are things.
        output: name, stride and kind (logits or scores) of the network's output for classes; "centers" and "offsets"
            have the same stride.
        grouping: how pixels become things.
        least_stuff: a stuff class with a smaller share of the window is dropped, and its pixels are of nothing: the
            paper drops under 2048 pixels of two million.
    """

    classes: ClassTable
    output: OutputSpec = field(default_factory=OutputSpec)
    grouping: Grouping = field(default_factory=Grouping)
    least_stuff: float = 0.001

    def decode(self, outputs: Mapping[str, NDArray[Any]], window: Window) -> Panoptic:
        """The segments of a window from the network's outputs (1, K, h, w), (1, 1, h, w) and (1, 2, h, w).

        Things come first, the highest peak of the heatmap before the others; then stuff, by class. A thing pixel is of
        nothing where the window has no center at all.

        Raises:
            ModelError: another number of channels, or an output that is missing.
        """
        labels, sure = classes_of(outputs, self.output, len(self.classes), window.size)
        thing = self._thing
        things = self.grouping.things(outputs, labels, sure, thing, stride=self.output.stride)
        ids, kinds, scores = self._with_stuff(things, labels, sure)
        return Panoptic(ids, kinds, self.classes, scores)

    def merge(self, answers: Sequence[tuple[Window, Panoptic]], size: tuple[int, int]) -> Panoptic:
        """Segments of `size` from those of windows; things that lie over each other in two windows become one."""
        ids, labels, scores = joined(answers, size, whole=~self._thing)
        return Panoptic(ids, labels, self.classes, scores)

    def score(self, *, boundary: bool = False) -> PanopticScore:
        """A score for this task's answers, without any picture yet.

        Raises:
            ValueError: boundary F1, which segments do not have.
        """
        from perpixel.metrics.panoptic import PanopticScore

        if boundary:
            raise ValueError("there is no boundary F1 of panoptic segments")
        return PanopticScore(self.classes)

    def picture(self, image: NDArray[Any], answer: Panoptic) -> NDArray[np.uint8]:
        """The answer over the picture, with a legend."""
        return panoptic_over(image, answer)

    @property
    def _thing(self) -> NDArray[np.bool_]:
        return np.array([entry.thing for entry in self.classes], np.bool_)

    def _with_stuff(self, things: Segments, labels: NDArray[Any], sure: NDArray[np.float32]) -> Segments:
        """A segment more for each stuff class that covers enough; its score is how sure its labels are on average."""
        ids, kinds, scores = things
        areas = np.bincount(labels.ravel(), minlength=len(self.classes))
        means = np.bincount(labels.ravel(), weights=sure.ravel(), minlength=len(self.classes)) / np.maximum(areas, 1)
        stuff = np.flatnonzero(~self._thing & (areas >= max(self.least_stuff * labels.size, 1)))
        table = np.zeros(len(self.classes), np.int32)
        table[stuff] = np.arange(1, len(stuff) + 1) + len(kinds)
        ids = np.where(ids > 0, ids, table[labels])
        scores = np.concatenate([scores, np.clip(means[stuff], 0, 1)]).astype(np.float32)
        return ids, np.concatenate([kinds, stuff]), scores

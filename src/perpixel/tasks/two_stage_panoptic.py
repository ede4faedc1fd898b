"""Panoptic segmentation by a two-stage network: things in boxes, and a label map for what they leave free."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from perpixel.masks.pasting import paste_regions
from perpixel.masks.segment_merging import merge_segments
from perpixel.results import Panoptic
from perpixel.tasks.instance import classes_of
from perpixel.tasks.panoptic import PanopticTask
from perpixel.tasks.two_stage import boxed
from perpixel.tasks.window import Window


@dataclass(frozen=True)
class BoxedPanopticTask(PanopticTask):
    """Segments from boxes, masks and a label map; all else is as with `PanopticTask`, whose `grouping` is not used.

    Attributes:
        least_score: of a thing.
        most_hidden: share of a thing's pixels that surer things may hide; one with more hidden is left out.
    """

    least_score: float = 0.5
    most_hidden: float = 0.5

    def decode(self, outputs: Mapping[str, NDArray[Any]], window: Window) -> Panoptic:
        """The segments of a window from classes (1, K, h, w) and what `perpixel.tasks.two_stage.boxed` reads.

        Things come first, the surest before the others; then stuff, by class: `perpixel.masks.segment_merging`.

        Raises:
            ModelError: another number of channels, or an output that is missing.
        """
        labels, sure = classes_of(outputs, self.output, len(self.classes), window.size)
        found = boxed(outputs)
        return merge_segments(
            paste_regions(found.masks, found.boxes, window.size),
            found.labels,
            found.scores,
            labels,
            sure,
            self.classes,
            least_score=self.least_score,
            most_hidden=self.most_hidden,
            least_stuff=round(self.least_stuff * labels.size),
        )

"""Which regions a format cannot hold as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import cv2
import numpy as np

from perpixel.data.adapting import shared_pixels
from perpixel.data.annotation import Annotation, Collection
from perpixel.data.formats.format import Loss
from perpixel.masks.runs import Runs

SHOWN = 5

WORDS: dict[Loss, str] = {
    "holes": "holes in regions",
    "parts": "regions of several parts",
    "overlaps": "regions that share pixels",
    "crowd": "groups of things that nobody told apart",
    "things": "things of one class told apart",
    "ignored": "pixels that are not judged",
    "classes": "which class a region has",
    "stuff": "regions of no thing",
}


@dataclass
class Concerned:
    """What one loss has to do with.

    Attributes:
        regions: how many; of pixels that are not judged, how many pictures have some.
        pictures: how many have any.
        files: the first of their names, at most `SHOWN`.
    """

    regions: int = 0
    pictures: int = 0
    files: list[str] = field(default_factory=list)

    def add(self, name: str, regions: int) -> None:
        """Take a picture in."""
        if regions:
            self.regions += regions
            self.pictures += 1
            if len(self.files) < SHOWN:
                self.files.append(name)


def count_losses(annotation: Annotation, collection: Collection, kinds: Iterable[Loss]) -> dict[Loss, int]:
    """How many regions of a picture each loss concerns."""
    return {loss: _COUNTS[loss](annotation, collection) for loss in kinds}


def has_holes(runs: Runs) -> bool:
    """Whether pixels outside are enclosed: from them no way by sides leads to the edge of the picture or beyond."""
    outside = np.pad(_cropped(runs), 1) == 0
    return int(cv2.connectedComponents(outside.astype(np.uint8), connectivity=4)[0]) > 2


def has_parts(runs: Runs) -> bool:
    """Whether the pixels do not hang together, by sides or corners."""
    return int(cv2.connectedComponents(_cropped(runs), connectivity=8)[0]) > 2


def _cropped(runs: Runs) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    x0, y0, x1, y1 = runs.box
    mask = runs.decode(max_pixels=runs.size[0] * runs.size[1])
    return np.ascontiguousarray(mask[y0:y1, x0:x1]).view(np.uint8)


def _overlapping(annotation: Annotation, _: Collection) -> int:
    shared = shared_pixels(annotation)
    return 0 if shared is None else sum((region.runs & shared).area > 0 for region in annotation.regions)


def _stuff(annotation: Annotation, collection: Collection) -> int:
    if collection.kind not in ("panoptic", "instance"):
        return 0
    return sum(region.thing is None and not region.crowd for region in annotation.regions)


_COUNTS: dict[Loss, Callable[[Annotation, Collection], int]] = {
    "holes": lambda annotation, _: sum(has_holes(region.runs) for region in annotation.regions),
    "parts": lambda annotation, _: sum(has_parts(region.runs) for region in annotation.regions),
    "overlaps": _overlapping,
    "crowd": lambda annotation, _: sum(region.crowd for region in annotation.regions),
    "things": lambda annotation, _: sum(region.thing is not None for region in annotation.regions),
    "ignored": lambda annotation, _: int(annotation.ignored is not None and annotation.ignored.area > 0),
    "classes": lambda annotation, collection: len(annotation.regions) if len(collection.classes) > 1 else 0,
    "stuff": _stuff,
}

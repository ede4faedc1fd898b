"""Face layers: for every slice of depth, whether a pixel is inside of the solid there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.draw.depth import depth_map
from perpixel.draw.shown import as_shown
from perpixel.metrics.volume import VolumeScore
from perpixel.results import Depth, Layers
from perpixel.results.slices import surfaces_of
from perpixel.tasks.multilabel import MultilabelTask


@dataclass(frozen=True)
class SlicesTask(MultilabelTask):
    """How outputs become slices of a solid: as layers do; they are judged and drawn as one volume.

    Jackson et al., 2017, https://arxiv.org/abs/1703.07834.
    """

    def score(self, *, boundary: bool = False) -> VolumeScore:
        """A score for this task's answers, without any picture yet.

        Raises:
            ValueError: boundary F1, which solids do not have.
        """
        if boundary:
            raise ValueError("there is no boundary F1 of solids")
        return VolumeScore(self.classes)

    def picture(self, image: NDArray[Any], answer: Layers) -> NDArray[np.uint8]:
        """The picture, and beside it how deep the front lies, from red (the first slice) to blue (the last)."""
        return np.concatenate([as_shown(image), depth_map(front_depth(answer), (1.0, 2.0))], axis=1)


def front_depth(answer: Layers) -> Depth:
    """The front of a solid as a depth between 1 and 2, valid where any slice is inside."""
    front, _ = surfaces_of(answer.masks, (1.0, 2.0))
    valid = np.isfinite(front)
    return Depth(np.where(valid, front, 0).astype(np.float32), valid)

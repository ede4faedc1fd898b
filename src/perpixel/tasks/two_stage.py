"""Instances by a two-stage network: what it found in boxes, with a mask in each, becomes one map of ids."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import ModelError
from perpixel.masks.pasting import paste_instances
from perpixel.results import Instances
from perpixel.tasks.instance import InstanceTask
from perpixel.tasks.window import Window

MOST_HIDDEN = 0.5  # share of a thing that surer ones may hide: more is the same thing found once more


class Boxed(NamedTuple):
    """What was found in one picture, the surest first.

    Attributes:
        boxes: (M, 4) float32 x0 y0 x1 y1 in pixels.
        labels: (M,) int64 classes from 0, without the background.
        scores: (M,) float32 in [0, 1].
        masks: (M, m, m) float32 in [0, 1], which fill the boxes.
    """

    boxes: NDArray[np.float32]
    labels: NDArray[np.int64]
    scores: NDArray[np.float32]
    masks: NDArray[np.float32]


@dataclass(frozen=True)
class BoxedInstanceTask(InstanceTask):
    """Instances from boxes and masks; all else is `InstanceTask`'s, whose `output` and `grouping` are not used."""

    def decode(self, outputs: Mapping[str, NDArray[Any]], window: Window) -> Instances:
        """The instances of a window from "boxes", "labels", "scores" and "masks" (logits), as `boxed` reads them.

        Where masks overlap, the surer thing has the pixels; what keeps less than half of its own is dropped.

        Raises:
            ModelError: one of them is missing.
        """
        found = boxed(outputs)
        return paste_instances(
            found.masks, found.boxes, found.labels, found.scores, self.classes, window.size, most_hidden=MOST_HIDDEN
        )


def boxed(outputs: Mapping[str, NDArray[Any]]) -> Boxed:
    """What a second stage found in one picture: "boxes" (1, M, 4) and the others like them.

    Raises:
        ModelError: one of them is missing.
    """
    if set(Boxed._fields) - set(outputs):
        raise ModelError(
            f"the model gives {', '.join(outputs)}; a two-stage network's things are {', '.join(Boxed._fields)}: "
            "export it again, with its second graph"
        )
    boxes, labels, scores, masks = (outputs[name][0] for name in Boxed._fields)
    return Boxed(boxes, labels, scores, 1 / (1 + np.exp(-np.clip(masks, -50, 50))))

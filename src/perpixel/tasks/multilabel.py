"""Several labels a pixel: for every class, whether it is there."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.draw import overlay
from perpixel.errors import ModelError
from perpixel.kernels.upsample import argmax_upsampled
from perpixel.masks.components import drop_small
from perpixel.metrics import MultilabelScore
from perpixel.results import Layers
from perpixel.spec import OutputSpec
from perpixel.tasks.window import Window

EVEN = 0.5


@dataclass(frozen=True)
class MultilabelTask:
    """How a network's coarse outputs become layers, and how layers are merged, judged and drawn.

    Attributes:
        classes: what the channels mean.
        output: name, stride and kind ("binary logits", or "scores" that are probabilities already).
        thresholds: by class: it is there where its probability is above. 0.5 for classes not named.
        least_areas: by class: its components of fewer pixels are dropped, after the threshold. They are counted in the
            window, so a picture that is answered in windows must be merged as scores first, as `predict.tiles` does.

    Raises:
        ModelError: a threshold that is not from 0 to 1, an area that is negative, or one of no class.
    """

    classes: ClassTable
    output: OutputSpec = field(default_factory=lambda: OutputSpec(kind="binary logits"))
    thresholds: Mapping[str, float] = field(default_factory=dict)
    least_areas: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, threshold in self.thresholds.items():
            if name not in self.classes.names or not 0 <= threshold <= 1:
                raise ModelError(
                    f"threshold {threshold} of {name!r}: a threshold is from 0 to 1, of one of the classes "
                    f"{', '.join(self.classes.names)}"
                )
        for name, area in self.least_areas.items():
            if name not in self.classes.names or area < 0:
                raise ModelError(
                    f"least area {area} of {name!r}: it is a number of pixels from 0 on, of one of the classes "
                    f"{', '.join(self.classes.names)}"
                )

    def decode(self, outputs: Mapping[str, NDArray[Any]], window: Window) -> Layers:
        """The layers of a window from the network's output (1, K, h, w), bilinear between coarse pixels."""
        coarse = np.asarray(outputs[self.output.name][0], np.float32)
        masks = [self._mask(plane, name, window) for plane, name in zip(coarse, self.classes.names, strict=True)]
        return Layers(np.stack(masks), self.classes)

    def probabilities(self, outputs: Mapping[str, NDArray[Any]], window: Window) -> NDArray[np.float32]:
        """(K, H, W) of a window: what `decode` compares with the thresholds."""
        coarse = np.asarray(outputs[self.output.name][0], np.float32)
        height, width = (side * self.output.stride for side in coarse.shape[1:])
        planes = (
            np.stack([cv2.resize(plane, (width, height)) for plane in coarse]) if self.output.stride > 1 else coarse
        )
        planes = planes[:, : window.size[0], : window.size[1]]
        if self.output.kind == "scores":
            return np.ascontiguousarray(planes)
        return np.asarray(1 / (1 + np.exp(-np.clip(planes, -80, 80))), np.float32)

    def merge(self, answers: Sequence[tuple[Window, Layers]], size: tuple[int, int]) -> Layers:
        """Layers of `size` from those of windows; a class is where any window says so."""
        masks = np.zeros((len(self.classes), *size), np.bool_)
        for window, answer in answers:
            row, column = window.corner
            masks[:, row : row + window.size[0], column : column + window.size[1]] |= answer.masks
        return Layers(masks, self.classes)

    def score(self, *, boundary: bool = False) -> MultilabelScore:
        """A score for this task's answers, without any picture yet.

        Raises:
            ValueError: boundary F1, which layers do not have.
        """
        if boundary:
            raise ValueError("there is no boundary F1 of layers")
        return MultilabelScore(self.classes)

    def picture(self, image: NDArray[Any], answer: Layers) -> NDArray[np.uint8]:
        """The answer over the picture, with a legend; where classes overlap, the last one is seen."""
        return overlay(image, answer)

    def _mask(self, plane: NDArray[np.float32], name: str, window: Window) -> NDArray[np.bool_]:
        """(H, W): above its threshold, which stands beside it as the constant score of "not there"; no small parts."""
        threshold = self.thresholds.get(name, EVEN)
        bar = threshold if self.output.kind == "scores" else logit(threshold)
        pair = np.stack([np.full_like(plane, bar), plane])
        mask = np.asarray(argmax_upsampled(pair, size=window.size, stride=self.output.stride) == 1)
        return drop_small(mask, self.least_areas.get(name, 0))


def logit(probability: float) -> float:
    """The logit at which a sigmoid gives this probability; finite for 0 and 1 too."""
    inside = min(max(probability, 1e-7), 1 - 1e-7)
    return math.log(inside / (1 - inside))

"""Semantic segmentation: one class a pixel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.draw import overlay
from perpixel.kernels.confidence import confidence_upsampled, fast_confidence, peak_upsampled
from perpixel.kernels.upsample import argmax_upsampled
from perpixel.metrics import SemanticScore
from perpixel.results import LabelMap
from perpixel.spec import OutputSpec
from perpixel.tasks.window import Window

Confidence = Literal["exact", "fast", "none"]


@dataclass(frozen=True)
class SemanticTask:
    """How a network's coarse outputs become a label map, and how label maps are merged, judged and drawn.

    Attributes:
        classes: what the channels mean.
        output: name, stride and kind (logits or scores) of the network's output.
        confidence: "exact" is the maximum of the softmax of the upsampled logits; "fast" takes the softmax before the
            upsampling, which is off by 0.02 on average, mostly along boundaries; "none" computes no confidence.
    """

    classes: ClassTable
    output: OutputSpec = field(default_factory=OutputSpec)
    confidence: Confidence = "none"

    def decode(self, outputs: Mapping[str, NDArray[Any]], window: Window) -> LabelMap:
        """The label map of a window from the network's output (1, K, h, w), bilinear between coarse pixels."""
        coarse = outputs[self.output.name][0]
        labels = argmax_upsampled(coarse, size=window.size, stride=self.output.stride)
        return LabelMap(labels, self.classes, self._confidence(coarse, window))

    def merge(self, answers: Sequence[tuple[Window, LabelMap]], size: tuple[int, int]) -> LabelMap:
        """One label map of `size` from those of windows; where they overlap, the surer answer counts.

        Without confidences the later window counts. What no window covers is ignored.
        """
        labels = np.full(size, self.classes.ignored, self.classes.dtype)
        confidence = np.full(size, -1, np.float32)
        sure = all(answer.confidence is not None for _, answer in answers)
        for window, answer in answers:
            row, column = window.corner
            place = slice(row, row + window.size[0]), slice(column, column + window.size[1])
            if answer.confidence is None or not sure:
                labels[place] = answer.labels
                continue
            better = answer.confidence > confidence[place]
            labels[place][better] = answer.labels[better]
            confidence[place][better] = answer.confidence[better]
        return LabelMap(labels, self.classes, np.maximum(confidence, 0) if answers and sure else None)

    def score(self, *, boundary: bool = False) -> SemanticScore:
        """A score for this task's answers, without any picture yet."""
        return SemanticScore(self.classes, boundary=boundary)

    def picture(self, image: NDArray[Any], answer: LabelMap) -> NDArray[np.uint8]:
        """The answer over the picture, with a legend."""
        return overlay(image, answer)

    def _confidence(self, coarse: NDArray[Any], window: Window) -> NDArray[np.float32] | None:
        if self.confidence == "none":
            return None
        if self.output.kind == "scores":
            return peak_upsampled(coarse, size=window.size, stride=self.output.stride)
        measure = confidence_upsampled if self.confidence == "exact" else fast_confidence
        return measure(coarse, size=window.size, stride=self.output.stride)

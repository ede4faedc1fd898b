"""Depth: how far away what a pixel shows is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes.depth_bins import DepthBins
from perpixel.draw.depth import depth_beside
from perpixel.kernels.soft_argmax import counted_upsampled, soft_argmax_upsampled
from perpixel.metrics.depth import DepthScore
from perpixel.results import Depth
from perpixel.spec import OutputSpec
from perpixel.tasks.window import Window


@dataclass(frozen=True)
class DepthTask:
    """How outputs of depth bins become metres, and how these are merged, judged and drawn.

    Attributes:
        bins: what the channels mean.
        output: of kind "logits", where bins compete: the depth is the mean of their middles by the softmax (soft
            arg-max). Of kind "binary logits" or "scores", where each channel tells whether depth lies behind its bin:
            it is the middle of the bin whose number is the count of those that do (probability from 0.5 on), as DORN
            decodes.
    """

    bins: DepthBins
    output: OutputSpec = field(default_factory=OutputSpec)

    def decode(self, outputs: Mapping[str, NDArray[Any]], window: Window) -> Depth:
        """The depth of a window from the network's output (1, K, h, w), bilinear between coarse pixels."""
        coarse, values = outputs[self.output.name][0], self.bins.centers
        size, stride = window.size, self.output.stride
        if self.output.kind == "logits":
            metres = soft_argmax_upsampled(coarse, values, size=size, stride=stride)
        else:
            bar = 0.5 if self.output.kind == "scores" else 0.0
            metres = counted_upsampled(coarse, values, size=size, stride=stride, bar=bar)
        return Depth(metres, np.ones(size, np.bool_))

    def merge(self, answers: Sequence[tuple[Window, Depth]], size: tuple[int, int]) -> Depth:
        """One depth of `size` from those of windows: the mean where they overlap, not valid where there is none."""
        total, count = np.zeros(size, np.float32), np.zeros(size, np.int32)
        for window, answer in answers:
            row, column = window.corner
            place = slice(row, row + window.size[0]), slice(column, column + window.size[1])
            total[place] += np.where(answer.valid, answer.metres, 0)
            count[place] += answer.valid
        return Depth(np.asarray(total / np.maximum(count, 1), np.float32), count > 0)

    def score(self, *, boundary: bool = False) -> DepthScore:
        """A score for this task's answers, without any picture yet.

        Raises:
            ValueError: boundary F1, which depth does not have.
        """
        if boundary:
            raise ValueError("there is no boundary F1 of depth")
        return DepthScore()

    def picture(self, image: NDArray[Any], answer: Depth) -> NDArray[np.uint8]:
        """The picture and beside it the depth, with a scale in metres."""
        return depth_beside(image, answer)

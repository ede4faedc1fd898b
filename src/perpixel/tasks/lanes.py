"""Lanes: the lines of the road as curves, each by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classical.lane_groups import lane_lines, lane_points
from perpixel.classical.lanes import SIDES
from perpixel.draw.lanes import lanes_over
from perpixel.errors import ModelError
from perpixel.metrics.lanes import LaneScore
from perpixel.results import Polylines
from perpixel.results.lanes import Lanes
from perpixel.spec import OutputSpec
from perpixel.tasks.window import Window

EMBEDDING = "embedding"
MOST = 8  # lines in a picture: the roads that one sees have no more


@dataclass(frozen=True)
class LanesTask:
    """How classes and vectors of pixels become lines, and how these are judged and drawn.

    Neven et al., 2018, https://arxiv.org/abs/1802.05591: `perpixel.classical.lane_groups`.

    Attributes:
        output: name, stride and kind (logits) of the output for the two classes; "embedding" has the same stride.
    """

    output: OutputSpec = field(default_factory=OutputSpec)

    def decode(self, outputs: Mapping[str, NDArray[Any]], window: Window) -> Lanes:
        """The lanes of a picture from the network's outputs (1, 2, h, w) and (1, D, h, w), the longest first.

        Raises:
            ModelError: there is no output "embedding".
        """
        if EMBEDDING not in outputs:
            raise ModelError(
                f"the model gives {', '.join(outputs)}; lanes are told apart by its output {EMBEDDING}: export it too"
            )
        stride = self.output.stride
        rows, columns = (-(-side // stride) for side in window.size)
        none, lane = outputs[self.output.name][0, :, :rows, :columns].astype(np.float32)
        probability = 1 / (1 + np.exp(np.clip(none - lane, -60, 60)))
        points = lane_points(probability, outputs[EMBEDDING][0, :, :rows, :columns], stride=stride)[:MOST]
        lines = lane_lines(points, window.size)
        # The weight of a row is the root of its summed probabilities: two sure pixels in each make a sure line.
        scores = np.array([min(points[number][:, 2].mean() ** 2 / 2, 1.0) for number in lines], np.float32)
        return Lanes.of_lines(list(lines.values()), window.size, scores=scores)

    def merge(self, answers: Sequence[tuple[Window, Lanes]], size: tuple[int, int]) -> Lanes:
        """The answer of the one window that covers the picture.

        Raises:
            ModelError: several windows.
        """
        if len(answers) != 1 or answers[0][0].size != size:
            raise ModelError("lanes are found in whole pictures, not in parts: leave out --tile")
        return answers[0][1]

    def score(self, *, boundary: bool = False) -> LaneScore:
        """A score for this task's answers, without any picture yet.

        Raises:
            ValueError: boundary F1, which lanes do not have.
        """
        if boundary:
            raise ValueError("there is no boundary F1 of lanes")
        return LaneScore()

    def picture(self, image: NDArray[Any], answer: Lanes) -> NDArray[np.uint8]:
        """The lines over the picture."""
        return lanes_over(image, sided(answer))


def sided(lanes: Lanes) -> Polylines:
    """The lines from left to right, each called by the side of the picture's middle on which it meets the foot."""
    feet = np.array([line[line[:, 1].argmax(), 0] for line in lanes.lines])
    order = np.argsort(feet, kind="stable") if len(feet) else np.zeros(0, np.intp)
    middle = (lanes.size[1] - 1) / 2
    labels = [SIDES.index("left" if feet[place] < middle else "right") for place in order.tolist()]
    lines = tuple(lanes.lines[place] for place in order.tolist())
    return Polylines(lines, np.array(labels, np.intp), SIDES, lanes.scores[order])

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass
from perpixel.errors import ModelError
from perpixel.spec import OutputSpec
from perpixel.tasks.two_stage_panoptic import BoxedPanopticTask
from perpixel.tasks.window import Window

ROAD, CAR, SKY = range(3)
CLASSES = ClassTable(
    (SegmentClass("road", (9, 9, 9)), SegmentClass("car", (255, 0, 0), True), SegmentClass("sky", (0, 0, 255)))
)
TASK = BoxedPanopticTask(CLASSES, OutputSpec("logits", 1))


def outputs(labels: list[int], boxes: list[list[float]], scores: list[float]) -> dict[str, NDArray[np.generic]]:
    """A row of pixels at stride 1, and cars that fill their boxes."""
    logits = np.zeros((1, 3, 1, len(labels)), np.float32)
    logits[0, labels, 0, range(len(labels))] = 50
    count = len(boxes)
    return {
        "logits": logits,
        "boxes": np.array(boxes, np.float32).reshape(1, count, 4),
        "labels": np.full((1, count), CAR, np.int64),
        "scores": np.array([scores], np.float32),
        "masks": np.full((1, count, 28, 28), 9, np.float32),
    }


def test_cars_in_boxes_lie_over_the_label_map_and_stuff_fills_the_rest() -> None:
    row = [SKY, SKY, CAR, CAR, ROAD, ROAD, CAR, CAR]
    found = TASK.decode(outputs(row, [[1, 0, 4, 1], [3, 0, 6, 1], [6, 0, 8, 1]], [0.9, 0.8, 0.4]), Window((1, 8)))
    assert found.ids.tolist() == [[3, 1, 1, 1, 2, 2, 0, 0]]  # the last car is not sure; all of the road is hidden
    assert found.labels.tolist() == [CAR, CAR, SKY]


def test_little_stuff_becomes_nothing_and_windows_are_joined_as_ever() -> None:
    task = BoxedPanopticTask(CLASSES, OutputSpec("logits", 1), least_stuff=0.5)
    found = task.decode(outputs([SKY, ROAD, ROAD, CAR], [[3, 0, 4, 1]], [0.9]), Window((1, 4)))
    assert found.ids.tolist() == [[0, 2, 2, 1]]
    joined = task.merge([(Window((1, 4)), found), (Window((1, 4), (0, 2)), found)], (1, 6))
    assert joined.label_map().labels.tolist() == [[255, ROAD, ROAD, CAR, ROAD, CAR]]


def test_an_export_without_its_second_stage_is_named() -> None:
    with pytest.raises(ModelError, match="export it again, with its second graph"):
        TASK.decode({"logits": np.zeros((1, 3, 1, 4), np.float32)}, Window((1, 4)))

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass
from perpixel.errors import ModelError
from perpixel.results import Panoptic
from perpixel.spec import OutputSpec
from perpixel.tasks.instance import Grouping
from perpixel.tasks.panoptic import PanopticTask
from perpixel.tasks.window import Window

CLASSES = ClassTable(
    (SegmentClass("road", (9, 9, 9)), SegmentClass("car", (255, 0, 0), True), SegmentClass("sky", (0, 0, 255)))
)
TASK = PanopticTask(CLASSES, OutputSpec("logits", 1))
ROAD, CAR, SKY = range(3)


def outputs(labels: list[int], centers: dict[int, float], height: float = 50) -> dict[str, NDArray[np.float32]]:
    """A row of pixels at stride 1 that point nowhere."""
    logits = np.zeros((1, 3, 1, len(labels)), np.float32)
    logits[0, labels, 0, range(len(labels))] = height
    heatmap = np.zeros((1, 1, 1, len(labels)), np.float32)
    for column, peak in centers.items():
        heatmap[0, 0, 0, column] = peak
    return {"logits": logits, "centers": heatmap, "offsets": np.zeros((1, 2, 1, len(labels)), np.float32)}


def segments(ids: list[list[int]], labels: list[int]) -> Panoptic:
    return Panoptic(np.array(ids, np.int32), np.array(labels), CLASSES, np.full(len(labels), 0.5, np.float32))


def test_things_come_first_and_stuff_fills_the_rest_one_segment_a_class() -> None:
    answer = outputs([SKY, SKY, CAR, CAR, CAR, CAR, ROAD, SKY], {2: 0.5, 5: 0.75})
    task = PanopticTask(CLASSES, OutputSpec("logits", 1), Grouping(window=3))
    found = task.decode(answer, Window((1, 8)))
    assert found.ids.tolist() == [[4, 4, 2, 2, 1, 1, 3, 4]]
    assert found.labels.tolist() == [CAR, CAR, ROAD, SKY]
    np.testing.assert_allclose(found.scores, [0.75, 0.5, 1, 1])


def test_things_have_the_peak_times_the_mean_confidence_and_stuff_the_mean_alone() -> None:
    found = TASK.decode(outputs([SKY, CAR, CAR], {1: 0.5}, height=1), Window((1, 3)))
    sure = np.e / (np.e + 2)
    np.testing.assert_allclose(found.scores, [0.5 * sure, sure], rtol=1e-5)


def test_little_stuff_becomes_nothing() -> None:
    answer = outputs([SKY, SKY, CAR, ROAD, ROAD, ROAD], {2: 0.5})
    found = PanopticTask(CLASSES, OutputSpec("logits", 1), least_stuff=0.5).decode(answer, Window((1, 6)))
    assert found.ids.tolist() == [[0, 0, 1, 2, 2, 2]]
    assert found.label_map().labels.tolist() == [[255, 255, CAR, ROAD, ROAD, ROAD]]


def test_without_a_center_things_are_nothing() -> None:
    found = TASK.decode(outputs([SKY, CAR, CAR], {}), Window((1, 3)))
    assert found.ids.tolist() == [[1, 0, 0]]
    assert found.labels.tolist() == [SKY]


def test_a_table_without_things_gives_stuff_alone() -> None:
    plain = ClassTable.named(["a", "b", "c"])
    found = PanopticTask(plain).decode(outputs([0, 2, 2], {0: 1.0}), Window((1, 3)))
    assert found.ids.tolist() == [[1, 2, 2]]
    assert found.labels.tolist() == [0, 2]


def test_stuff_of_all_windows_is_one_segment_and_things_are_joined_at_seams() -> None:
    left = segments([[1, 1, 2, 2, 3]], [SKY, CAR, ROAD])
    right = segments([[3, 2, 1, 1]], [SKY, ROAD, CAR])  # columns 3 to 6
    far = segments([[1, 1, 2]], [CAR, SKY])  # columns 7 to 9, without an overlap
    answers = [(Window((1, 5)), left), (Window((1, 4), (0, 3)), right), (Window((1, 3), (0, 7)), far)]
    merged = TASK.merge(answers, (1, 10))
    assert merged.ids.tolist() == [[1, 1, 2, 2, 3, 1, 1, 4, 4, 1]]
    assert merged.labels.tolist() == [SKY, CAR, ROAD, CAR]


def test_score_and_picture_are_those_of_the_task() -> None:
    answer = segments([[1] * 30, [2] * 30], [SKY, CAR])
    score = TASK.score()
    score.update(truth=answer, prediction=answer, name="x")
    assert score.compute()["all"]["pq"] == pytest.approx(1)
    assert TASK.picture(np.zeros((2, 30, 3), np.uint8), answer).shape[1:] == (200, 3)
    with pytest.raises(ValueError, match="no boundary F1"):
        TASK.score(boundary=True)


def test_another_number_of_channels_is_refused() -> None:
    answer = outputs([SKY, CAR], {})
    with pytest.raises(ModelError, match="2 channels of logits; this task reads 3"):
        TASK.decode({**answer, "logits": answer["logits"][:, :2]}, Window((1, 2)))

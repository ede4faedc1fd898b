from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass
from perpixel.errors import ModelError
from perpixel.results import Instances
from perpixel.spec import OutputSpec
from perpixel.tasks.instance import Grouping, InstanceTask, network_classes
from perpixel.tasks.window import Window

CLASSES = ClassTable((SegmentClass("cat", (255, 0, 0), True), SegmentClass("cow", (0, 255, 0), True)))
TASK = InstanceTask(CLASSES, OutputSpec("logits", 4))
WIDE = Window((8, 32))


def outputs(labels: list[int], centers: dict[int, float], offsets: list[float]) -> dict[str, NDArray[np.float32]]:
    """Two like rows of coarse pixels: channel 0 is the background; offsets to the right, in pixels of the picture."""
    width = len(labels)
    logits = np.zeros((1, 3, 2, width), np.float32)
    logits[0, labels, :, range(width)] = 9
    heatmap, ways = np.zeros((1, 1, 2, width), np.float32), np.zeros((1, 2, 2, width), np.float32)
    for column, height in centers.items():
        heatmap[0, 0, 0, column] = height
    ways[0, 1] = offsets
    return {"logits": logits, "centers": heatmap, "offsets": ways}


def cows(ids: list[list[int]], labels: list[int] | None = None, scores: list[float] | None = None) -> Instances:
    count = max(max(row) for row in ids)
    kinds = np.array([1] * count if labels is None else labels, np.intp)
    sure = np.array([0.5] * count if scores is None else scores, np.float32)
    return Instances(np.array(ids, np.int32), kinds, CLASSES, sure)


def test_a_network_for_instances_has_the_background_before_its_things() -> None:
    assert network_classes(CLASSES).names == ("background", "cat", "cow")


def test_pixels_that_touch_are_told_apart_by_the_centers_that_they_point_to() -> None:
    found = TASK.decode(outputs([0, 2, 2, 2, 1, 1, 1, 0], {2: 0.8, 5: 0.6}, [0, 4, 0, -4, 4, 0, -4, 0]), WIDE)
    assert found.ids[0].tolist() == [0] * 4 + [1] * 12 + [2] * 12 + [0] * 4
    assert (found.ids == found.ids[0]).all()
    assert found.labels.tolist() == [1, 0]  # the first thing is a cow
    assert 0.5 < found.scores[1] < 0.6 < found.scores[0] < 0.8  # the peak times the mean confidence


def test_a_thing_takes_the_class_of_most_of_its_pixels() -> None:
    found = TASK.decode(outputs([0, 2, 2, 2, 1, 0, 0, 0], {2: 0.8}, [0.0] * 8), WIDE)
    assert found.labels.tolist() == [1]
    assert found.areas.tolist() == [8 * 16]


def test_centers_to_which_nothing_points_and_small_things_are_left_out() -> None:
    answer = outputs([0, 2, 2, 2, 0, 0, 1, 0], {0: 0.9, 2: 0.8, 6: 0.7}, [0.0] * 8)
    answer["offsets"][0, 1, :, 1] = 4
    assert TASK.decode(answer, WIDE).labels.tolist() == [1, 0]
    task = InstanceTask(CLASSES, OutputSpec("logits", 4), Grouping(least_area=60))
    found = task.decode(answer, WIDE)
    assert found.labels.tolist() == [1]
    assert not found.ids[:, 20:].any()


def test_low_peaks_and_peaks_beyond_the_picture_are_no_centers() -> None:
    answer = outputs([2] * 8, {1: 0.09, 7: 0.9}, [0.0] * 8)
    assert len(TASK.decode(answer, WIDE)) == 1
    assert len(TASK.decode(answer, Window((8, 28)))) == 0  # seven coarse pixels wide
    assert len(TASK.decode(answer, Window((8, 29)))) == 1


def test_probabilities_that_were_averaged_are_read_as_they_are() -> None:
    answer = outputs([2] * 8, {3: 1.0}, [0.0] * 8)
    answer["logits"] = np.tile(np.array([0.1, 0.2, 0.7], np.float32)[:, None, None], (1, 1, 2, 8))
    found = InstanceTask(CLASSES, OutputSpec("logits", 4, "scores")).decode(answer, WIDE)
    np.testing.assert_allclose(found.scores, [0.7], atol=1e-6)


def test_a_graph_without_centers_or_with_other_channels_is_refused() -> None:
    answer = outputs([2] * 8, {3: 1.0}, [0.0] * 8)
    with pytest.raises(ModelError, match="the model gives logits; things are found by its outputs centers and offsets"):
        TASK.decode({"logits": answer["logits"]}, WIDE)
    with pytest.raises(ModelError, match="2 channels of logits; this task reads 3"):
        TASK.decode({**answer, "logits": answer["logits"][:, :2]}, WIDE)


def test_a_thing_that_a_seam_cuts_is_joined_and_others_are_not() -> None:
    left = cows([[1, 1, 1, 1, 1, 0, 2, 2]], scores=[0.4, 0.5])
    right = cows([[1, 0, 2, 2, 2, 3]], scores=[0.9, 0.8, 0.7])  # columns 4 to 9
    merged = TASK.merge([(Window((1, 8)), left), (Window((1, 6), (0, 4)), right)], (1, 10))
    assert merged.ids.tolist() == [[1, 1, 1, 1, 1, 0, 2, 2, 2, 3]]
    np.testing.assert_allclose(merged.scores, [0.9, 0.8, 0.7])


def test_things_of_two_classes_are_not_joined_and_the_earlier_keeps_its_pixels() -> None:
    answers = [
        (Window((1, 4)), cows([[0, 1, 1, 1]], [0])),
        (Window((1, 4), (0, 2)), cows([[1, 1, 1, 1]], [1])),
    ]
    merged = TASK.merge(answers, (1, 6))
    assert merged.ids.tolist() == [[0, 1, 1, 1, 2, 2]]
    assert merged.labels.tolist() == [0, 1]


def test_two_things_that_one_window_told_apart_stay_apart() -> None:
    left, right = cows([[1, 1, 2, 2, 2]]), cows([[1, 1, 1, 1, 1]])  # columns 0 to 4 and 1 to 5
    merged = TASK.merge([(Window((1, 5)), left), (Window((1, 5), (0, 1)), right)], (1, 6))
    assert merged.ids.tolist() == [[1, 1, 2, 2, 2, 2]]  # joined with the one that it has more pixels of


def test_more_than_half_of_the_smaller_part_must_lie_on_the_other() -> None:
    windows = Window((1, 4)), Window((1, 4), (0, 1))  # both see columns 1 to 3
    apart = TASK.merge(list(zip(windows, (cows([[0, 1, 1, 0]]), cows([[0, 1, 1, 0]])), strict=True)), (1, 5))
    assert apart.ids.tolist() == [[0, 1, 1, 2, 0]]  # one pixel of two
    one = TASK.merge(list(zip(windows, (cows([[1, 1, 0, 0]]), cows([[1, 1, 0, 0]])), strict=True)), (1, 5))
    assert one.ids.tolist() == [[1, 1, 1, 0, 0]]  # the only pixel of the smaller part


def test_a_thing_over_four_tiles_becomes_one() -> None:
    tile = cows([[1] * 6] * 6)
    corners = [(0, 0), (0, 4), (4, 0), (4, 4)]
    merged = TASK.merge([(Window((6, 6), corner), tile) for corner in corners], (10, 10))
    assert (merged.ids == 1).all()
    assert len(merged) == 1


def test_nothing_merges_to_nothing() -> None:
    assert len(TASK.merge([], (3, 4))) == 0
    assert TASK.merge([(Window((3, 4)), cows([[0] * 4] * 3))], (3, 4)).size == (3, 4)


def test_score_and_picture_are_those_of_the_task() -> None:
    answer = cows([[1] * 30] * 20)
    score = InstanceTask(CLASSES, max_detections=7).score(boundary=True)
    assert score.max_detections == 7
    score.update(truth=answer, prediction=answer, name="x")
    assert score.compute()["mask_ap"] == score.compute()["boundary_ap"] == pytest.approx(1)
    assert TASK.score().compute()["boundary_ap"] is None
    assert TASK.picture(np.zeros((20, 30, 3), np.uint8), answer).shape == (20, 30, 3)

from __future__ import annotations

import numpy as np
import pytest

from perpixel.classes import CAMVID, ClassTable, SegmentClass
from perpixel.results import Depth, Instances, LabelMap, Layers, Panoptic, Polylines

CLASSES = ClassTable((SegmentClass("sky", (1, 1, 1)), SegmentClass("car", (2, 2, 2), thing=True)))


def instances() -> Instances:
    ids = np.array([[1, 1, 0, 3], [1, 0, 0, 3], [0, 0, 3, 3]], np.int32)
    return Instances(ids, np.array([0, 1, 1]), CLASSES, np.array([0.5, 0.6, 0.7], np.float32))


def test_shares_are_of_the_judged_pixels() -> None:
    answer = LabelMap(np.array([[0, 0, 1, 255]], np.uint8), CLASSES)
    np.testing.assert_allclose(answer.shares(), [2 / 3, 1 / 3])
    assert len(answer) == 2
    assert answer.size == (1, 4)


def test_a_label_map_where_nothing_is_judged_has_no_classes() -> None:
    answer = LabelMap(np.full((2, 2), 255, np.uint8), CLASSES)
    assert len(answer) == 0
    np.testing.assert_array_equal(answer.shares(), [0, 0])


def test_a_label_map_knows_masks_by_name_and_slices_with_its_confidence() -> None:
    answer = LabelMap(np.array([[0, 1], [1, 1]], np.uint8), CLASSES, np.arange(4, dtype=np.float32).reshape(2, 2) / 4)
    np.testing.assert_array_equal(answer.mask("car"), [[False, True], [True, True]])
    part = answer[1:, :1]
    np.testing.assert_array_equal(part.labels, [[1]])
    np.testing.assert_array_equal(part.confidence, [[0.5]])
    with pytest.raises(ValueError, match="did you mean 'car'"):
        answer.mask("cars")


def test_boxes_and_areas_of_instances_by_hand() -> None:
    np.testing.assert_array_equal(instances().areas, [3, 0, 4])
    np.testing.assert_array_equal(instances().boxes, [[0, 0, 2, 2], [0, 0, 0, 0], [2, 0, 4, 3]])
    np.testing.assert_array_equal(instances().mask(0), instances().ids == 1)


@pytest.mark.parametrize("keep", [np.array([2, 0]), [2, 0], slice(None, None, -2)])
def test_chosen_instances_are_renumbered_in_the_order_chosen(keep: object) -> None:
    chosen = instances()[keep]
    np.testing.assert_array_equal(chosen.ids, [[2, 2, 0, 1], [2, 0, 0, 1], [0, 0, 1, 1]])
    np.testing.assert_array_equal(chosen.labels, [1, 0])
    np.testing.assert_array_equal(chosen.scores, np.array([0.7, 0.5], np.float32))


def test_instances_are_chosen_by_a_mask_or_one_number() -> None:
    assert instances()[np.array([True, False, True])].areas.tolist() == [3, 4]
    assert instances()[2].areas.tolist() == [4]
    assert len(instances()[np.zeros(3, np.bool_)]) == 0


def test_no_instances_are_an_answer_too() -> None:
    nothing = Instances(np.zeros((2, 2), np.int32), np.zeros(0, np.intp), CLASSES, np.zeros(0, np.float32))
    assert len(nothing) == 0
    assert nothing.boxes.shape == (0, 4)


def test_a_panoptic_answer_gives_classes_and_things() -> None:
    panoptic = Panoptic(
        np.array([[1, 2, 0], [1, 3, 3]], np.int32), np.array([0, 1, 1]), CLASSES, np.ones(3, np.float32)
    )
    np.testing.assert_array_equal(panoptic.label_map().labels, [[0, 1, 255], [0, 1, 1]])
    things = panoptic.things()
    np.testing.assert_array_equal(things.ids, [[0, 1, 0], [0, 2, 2]])
    np.testing.assert_array_equal(panoptic.areas, [2, 1, 2])
    assert len(panoptic[1:]) == 2


def test_depth_counts_its_valid_pixels() -> None:
    depth = Depth(np.ones((2, 3), np.float32), np.array([[True, False, True], [False, True, False]]))
    assert len(depth) == 3
    assert len(depth[:1, :2]) == 1


def test_curves_are_chosen_by_a_slice() -> None:
    curves = Polylines((np.zeros((2, 2)), np.ones((3, 2))), np.array([0, 1]), CLASSES, np.ones(2, np.float32))
    assert len(curves) == 2
    assert curves[1:].lines[0].shape == (3, 2)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: LabelMap(np.zeros((2, 2), np.int64), CAMVID), "expected .* uint8 for 11 classes"),
        (lambda: LabelMap(np.zeros((2, 2, 1), np.uint8), CAMVID), "expected"),
        (lambda: LabelMap(np.zeros((2, 2), np.uint8), CAMVID, np.zeros((2, 3), np.float32)), "confidence is"),
        (lambda: Layers(np.zeros((2, 2, 2), np.uint8), CLASSES), "expected bool"),
        (lambda: Layers(np.zeros((3, 2, 2), np.bool_), CLASSES), r"expected bool \(2, H, W\)"),
        (
            lambda: Layers(np.zeros((2, 2, 2), np.bool_), CLASSES, np.zeros((1, 2), np.bool_)),
            r"expected bool \(2, 2\)",
        ),
        (lambda: Depth(np.zeros((2, 2)), np.zeros((2, 2), np.bool_)), "expected float32 and bool"),
        (lambda: Depth(np.zeros((2, 2), np.float32), np.zeros((2, 2), np.uint8)), "expected float32 and bool"),
        (
            lambda: Instances(np.zeros((2, 2), np.int64), np.zeros(0, np.intp), CLASSES, np.zeros(0, np.float32)),
            "expected int32",
        ),
        (
            lambda: Instances(np.full((2, 2), 2, np.int32), np.zeros(1, np.intp), CLASSES, np.ones(1, np.float32)),
            "ids from 2 to 2",
        ),
        (
            lambda: Panoptic(np.full((2, 2), -1, np.int32), np.zeros(1, np.intp), CLASSES, np.ones(1, np.float32)),
            "ids from -1 to -1",
        ),
        (lambda: Polylines((np.zeros((2, 2)),), np.zeros(0, np.intp), CLASSES, np.ones(1, np.float32)), "1 lines"),
    ],
)
def test_what_does_not_fit_together_is_refused(build: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build()  # type: ignore[operator]

"""All six kinds of truth move as one, since they are truths of one picture."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perpixel.classes import ClassTable, SegmentClass
from perpixel.results import Depth, Instances, LabelMap, Layers, Panoptic, Polylines
from perpixel.warp import Warp

CLASSES = ClassTable(
    (
        SegmentClass("road", (1, 1, 1)),
        SegmentClass("left lane", (2, 2, 2), thing=True, mirror="right lane"),
        SegmentClass("right lane", (3, 3, 3), thing=True, mirror="left lane"),
        SegmentClass("car", (4, 4, 4), thing=True),
    )
)
SIZE = (40, 60)
FLIP = Warp(np.array([[-1.0, 0, 59], [0, 1, 0], [0, 0, 1]]), SIZE)


def scene(seed: int = 0) -> dict[str, LabelMap | Layers | Instances | Panoptic | Depth | Polylines]:
    """Five boxes drawn over one another, as every kind of truth."""
    generator = np.random.default_rng(seed)
    ids = np.zeros(SIZE, np.int32)
    labels = generator.integers(0, len(CLASSES), 5)
    lines = []
    for number in range(1, 6):
        x, y = int(generator.integers(0, 50)), int(generator.integers(0, 30))
        ids[y : y + 12, x : x + 15] = number
        lines.append(np.array([[x, y], [x + 14.0, y + 11.0]]))
    scores = np.ones(5, np.float32)
    table = np.concatenate([[CLASSES.ignored], labels]).astype(np.uint8)
    label_map = LabelMap(table[ids], CLASSES)
    masks = np.stack([label_map.labels == index for index in range(len(CLASSES))])
    everything = Instances(ids, labels, CLASSES, scores)
    instances = everything[everything.areas > 0]
    return {
        "label map": label_map,
        "layers": Layers(masks, CLASSES, judged=ids > 0),
        "instances": instances,
        "panoptic": Panoptic(instances.ids, instances.labels, CLASSES, instances.scores),
        "depth": Depth(ids.astype(np.float32), ids > 0),
        "polylines": Polylines(tuple(lines), labels, CLASSES, scores),
    }


def labels_of(instances: Instances | Panoptic) -> np.ndarray:
    return np.concatenate([[CLASSES.ignored], instances.labels]).astype(np.uint8)[instances.ids]


def random_warp(seed: int, *, bent: bool) -> Warp:
    generator = np.random.default_rng(seed)
    angle, zoom = generator.uniform(-3, 3), np.exp(generator.uniform(-1, 1))
    flip = np.diag([generator.choice([-1.0, 1.0]), 1.0])
    matrix = np.eye(3)
    matrix[:2, :2] = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) @ flip / zoom
    size = int(generator.integers(10, 50)), int(generator.integers(10, 50))
    matrix[:2, 2] = [30, 20] - matrix[:2, :2] @ [size[1] / 2, size[0] / 2] + generator.uniform(-10, 10, 2)
    # Gentle enough for the size not to fold: a folded warp has no inverse, and a point no one place.
    grid = generator.normal(0, min(size) / 30, (3, 3, 2)).astype(np.float32)
    return Warp(matrix, size, cv2.resize(grid, size[::-1], interpolation=cv2.INTER_CUBIC) if bent else None)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_all_kinds_of_truth_agree_after_any_warp(seed: int, bent: bool) -> None:
    warp = random_warp(seed, bent=bent)
    moved = {name: truth.warp(warp) for name, truth in scene(seed).items()}
    labels = moved["label map"].labels
    np.testing.assert_array_equal(labels_of(moved["instances"]), labels)
    np.testing.assert_array_equal(labels_of(moved["panoptic"]), labels)
    np.testing.assert_array_equal(moved["panoptic"].label_map().labels, labels)
    np.testing.assert_array_equal(moved["layers"].judged, labels != CLASSES.ignored)
    np.testing.assert_array_equal(moved["depth"].valid, labels != CLASSES.ignored)
    for index in range(len(CLASSES)):
        np.testing.assert_array_equal(moved["layers"].masks[index], labels == index)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_labels_out_are_labels_in_or_ignored(seed: int, bent: bool) -> None:
    warp = random_warp(seed, bent=bent)
    before = scene(seed)["label map"]
    allowed = {CLASSES.ignored}
    for label in np.unique(before.labels[before.labels != CLASSES.ignored]):
        allowed.add(int(CLASSES.mirror[label]) if warp.mirrored else int(label))
    after = before.warp(warp)
    assert after.size == warp.size
    assert set(np.unique(after.labels).tolist()) <= allowed


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_depth_is_never_averaged(seed: int, bent: bool) -> None:
    before = scene(seed)["depth"]
    after = before.warp(random_warp(seed, bent=bent))
    assert set(np.unique(after.metres[after.valid])) <= set(np.unique(before.metres[before.valid]))


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.booleans())
def test_a_moved_point_lies_on_the_pixels_that_were_drawn_at_it(seed: int, bent: bool) -> None:
    place = np.random.default_rng(seed).uniform([20, 12], [40, 28])
    ids = np.zeros(SIZE, np.int32)
    column, row = np.rint(place).astype(int)
    ids[row - 2 : row + 3, column - 2 : column + 3] = 1
    one = np.zeros(1, np.intp)
    warp = random_warp(seed, bent=bent)
    curve = Polylines((place[None],), one, CLASSES, np.ones(1, np.float32)).warp(warp)
    x, y = np.rint(curve.lines[0][0]).astype(int)
    moved = Instances(ids, one, CLASSES, np.ones(1, np.float32)).warp(warp)
    if 0 <= x < warp.size[1] and 0 <= y < warp.size[0]:
        assert moved.ids[y, x] == 1


@pytest.mark.parametrize("name", list(scene()))
def test_the_identity_changes_nothing(name: str) -> None:
    before = scene()[name]
    after = before.warp(Warp.identity(SIZE))
    assert type(after) is type(before)
    for field in before.__dataclass_fields__:
        np.testing.assert_equal(getattr(after, field), getattr(before, field))


@pytest.mark.parametrize("name", list(scene()))
def test_a_flip_twice_changes_nothing(name: str) -> None:
    before = scene()[name]
    after = before.warp(FLIP).warp(FLIP)
    for field in before.__dataclass_fields__:
        np.testing.assert_equal(getattr(after, field), getattr(before, field))


def test_a_crop_is_a_slice() -> None:
    window = slice(5, 25), slice(10, 50)
    crop = Warp(np.array([[1.0, 0, 10], [0, 1, 5], [0, 0, 1]]), (20, 40))
    for name in ("label map", "depth", "layers"):
        truth = scene()[name]
        for field in truth.__dataclass_fields__:
            np.testing.assert_equal(getattr(truth.warp(crop), field), getattr(truth[window], field))


def test_mirror_classes_swap_in_a_flip_and_in_no_turn() -> None:
    labels = np.array([[0, 1, 2, 3, 255]], np.uint8)
    flip = Warp(np.array([[-1.0, 0, 4], [0, 1, 0], [0, 0, 1]]), (1, 5))
    half_turn = Warp(np.array([[-1.0, 0, 4], [0, -1, 0], [0, 0, 1]]), (1, 5))
    np.testing.assert_array_equal(LabelMap(labels, CLASSES).warp(flip).labels, [[255, 3, 1, 2, 0]])
    np.testing.assert_array_equal(LabelMap(labels, CLASSES).warp(half_turn).labels, [[255, 3, 2, 1, 0]])

    truth = scene()
    for name in ("instances", "panoptic", "polylines"):
        np.testing.assert_array_equal(truth[name].warp(FLIP).labels, CLASSES.mirror[truth[name].labels])
    lanes = np.zeros((4, 1, 2), np.bool_)
    lanes[1, 0, 0] = True
    short = Warp(np.array([[-1.0, 0, 1], [0, 1, 0], [0, 0, 1]]), (1, 2))
    moved = Layers(lanes, CLASSES).warp(short)
    assert np.argwhere(moved.masks).tolist() == [[2, 0, 1]]


def test_what_comes_from_outside_is_judged_nowhere() -> None:
    away = Warp(np.array([[1.0, 0, 1000], [0, 1, 0], [0, 0, 1]]), (8, 9))
    moved = {name: truth.warp(away) for name, truth in scene().items()}
    assert (moved["label map"].labels == CLASSES.ignored).all()
    assert not moved["layers"].judged.any()
    assert not moved["depth"].valid.any()
    assert len(moved["instances"]) == 0 == len(moved["panoptic"])
    assert len(moved["polylines"]) == 5


def test_layers_that_were_judged_everywhere_are_not_judged_outside() -> None:
    layers = Layers(np.ones((4, 2, 2), np.bool_), CLASSES)
    moved = layers.warp(Warp(np.array([[1.0, 0, -1], [0, 1, 0], [0, 0, 1]]), (2, 2)))
    np.testing.assert_array_equal(moved.judged, [[False, True], [False, True]])


def test_instances_that_leave_are_dropped_and_the_rest_renumbered() -> None:
    ids = np.array([[1, 1, 2, 3]], np.int32)
    scores = np.array([0.1, 0.2, 0.3], np.float32)
    instances = Instances(ids, np.array([3, 2, 1]), CLASSES, scores)
    moved = instances.warp(Warp(np.array([[1.0, 0, 2], [0, 1, 0], [0, 0, 1]]), (1, 2)))
    np.testing.assert_array_equal(moved.ids, [[1, 2]])
    np.testing.assert_array_equal(moved.labels, [2, 1])
    np.testing.assert_array_equal(moved.scores, scores[1:])


def test_sixteen_bit_labels_keep_their_own_ignored_value() -> None:
    many = ClassTable.named([f"class {index}" for index in range(300)])
    moved = LabelMap(np.full((2, 2), 299, np.uint16), many).warp(
        Warp(np.array([[-1.0, 0, 0], [0, 1, 0], [0, 0, 1]]), (2, 2))
    )
    np.testing.assert_array_equal(moved.labels, [[299, 65535], [299, 65535]])


def test_confidence_moves_with_the_labels_and_is_nothing_outside() -> None:
    answer = LabelMap(np.zeros((1, 2), np.uint8), CLASSES, np.array([[0.25, 0.75]], np.float32))
    moved = answer.warp(Warp(np.array([[-1.0, 0, 1], [0, 1, 0], [0, 0, 1]]), (1, 3)))
    np.testing.assert_array_equal(moved.confidence, [[0.75, 0.25, 0]])

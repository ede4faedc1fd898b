"""What is seen of answers in videos: one size and one legend for all frames, whatever is in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from perpixel.classes import ClassTable, SegmentClass
from perpixel.draw import with_names
from perpixel.predict import FolderSink, ThingSink
from perpixel.results import LabelMap, Layers, Panoptic
from perpixel.spec import ModelSpec

TABLE = ClassTable(
    (
        SegmentClass("road", (90, 90, 90)),
        SegmentClass("cow", (200, 60, 20), thing=True),
        SegmentClass("sky", (0, 0, 250)),
    )
)
IMAGE = np.full((60, 240, 3), 120, np.uint8)


def test_all_classes_are_named_whatever_is_seen(tmp_path: Path) -> None:
    sink = FolderSink(tmp_path, ModelSpec("m", "semantic", TABLE), inputs={})
    few = LabelMap(np.zeros((60, 240), np.uint8), TABLE)
    all_three = LabelMap(np.arange(240, dtype=np.uint8)[None].repeat(60, 0) // 80, TABLE)
    one, other = sink.still(IMAGE, few), sink.still(IMAGE, all_three)
    assert one.shape == other.shape
    assert np.array_equal(one[60:], other[60:])
    assert all((one[60:] == color).all(axis=2).any() for color in TABLE.colors)
    nothing = sink.still(IMAGE, Layers(np.zeros((3, 60, 240), np.bool_), TABLE))
    assert np.array_equal(nothing[60:], one[60:])
    assert np.array_equal(nothing[:60], IMAGE)


def test_panoptic_frames_have_one_size(tmp_path: Path) -> None:
    sink = ThingSink(tmp_path, ModelSpec("m", "panoptic", TABLE), inputs={})
    ids = np.ones((60, 240), np.int32)
    one = Panoptic(ids, np.array([0]), TABLE, np.ones(1, np.float32))
    ids = ids.copy()
    ids[10:30, 20:60] = 2
    two = Panoptic(ids, np.array([0, 1]), TABLE, np.ones(2, np.float32))
    first, second = sink.still(IMAGE, one), sink.still(IMAGE, two)
    assert np.array_equal(first[60:], second[60:])
    assert (first[20, 30] != second[20, 30]).any()
    assert sink.facts(two) == {"counts": {"road": 1, "cow": 1}}


def test_of_many_classes_the_first_forty_are_named() -> None:
    many = ClassTable.named([f"class {number}" for number in range(60)])
    forty = ClassTable.named([f"class {number}" for number in range(40)])
    assert len(with_names(IMAGE, many)) <= len(with_names(IMAGE, forty)) + 30

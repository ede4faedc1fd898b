"""Kinds into kinds: backgrounds come and go, things become classes, and parts never become things."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from perpixel.classes import ClassTable, SegmentClass
from perpixel.data.adapting import adapt, adaptation
from perpixel.data.annotation import Annotation, Collection, Entry, Kind, Region
from perpixel.data.formats import FORMATS
from perpixel.data.formats.painting import paint_labels
from perpixel.masks.runs import encode_mask

A, B = np.array([[1, 1, 0, 0]], bool), np.array([[0, 1, 1, 0]], bool)
Told = list[tuple[str, list[int], int | None]]


def _collection(kind: Kind, names: Sequence[str], *regions: Region, ignored: Sequence[int] | None = None) -> Collection:
    table = ClassTable(tuple(SegmentClass(name, (n, n, n)) for n, name in enumerate(names)))
    unjudged = None if ignored is None else encode_mask(np.array([ignored], bool))
    entry = Entry("a", None, lambda: Annotation((1, 4), regions, unjudged))
    return Collection(Path("x"), "drawn", kind, table, {"all": (entry,)}, "")


def _told(collection: Collection, to: str) -> tuple[Kind, Told]:
    adapted = adapt(collection, adaptation(collection, FORMATS[to]))
    truth = adapted.entries[0][1].read()
    found = [
        (adapted.classes[region.label].name, np.flatnonzero(region.runs.decode()[0]).tolist(), region.thing)
        for region in truth.regions
    ]
    return adapted.kind, found


def test_things_become_classes_over_a_background_and_the_later_covers_the_earlier() -> None:
    things = Region(0, encode_mask(A), 1), Region(1, encode_mask(B), 2), Region(0, encode_mask(A & B), 3)
    drawn = _collection("instance", ["cat", "dog"], *things)
    assert _told(drawn, "index-png") == (
        "semantic",
        [("background", [3], None), ("cat", [0, 1], None), ("dog", [2], None)],
    )
    assert _told(drawn, "coco-panoptic") == (
        "panoptic", [("background", [3], None), ("cat", [0], 1), ("dog", [2], 2), ("cat", [1], 3)]
    )  # fmt: skip


def test_what_is_not_judged_stays_so() -> None:
    drawn = _collection("instance", ["cat"], Region(0, encode_mask(A), 1), ignored=[0, 1, 1, 0])
    adapted = adapt(drawn, adaptation(drawn, FORMATS["index-png"]))
    assert paint_labels(adapted.entries[0][1].read(), adapted.classes).tolist() == [[1, 255, 255, 0]]


def test_a_name_that_is_taken_is_not_given_to_the_background() -> None:
    drawn = _collection("instance", ["cat", "background"], Region(0, encode_mask(A), 1))
    assert adaptation(drawn, FORMATS["voc"]).classes.names == ("none of these", "cat", "background")


@pytest.mark.parametrize("name", ["background", "Background", "_background_", "bg", "none"])
def test_a_background_is_no_object(name: str) -> None:
    drawn = _collection("semantic", [name, "cat"], Region(0, encode_mask(~A)), Region(1, encode_mask(A)))
    assert _told(drawn, "coco") == ("multilabel", [("cat", [0, 1], None)])


def test_a_class_of_two_parts_stays_one_region() -> None:
    parts = np.array([[1, 0, 1, 0]], bool)
    drawn = _collection("semantic", ["road", "sky"], Region(0, encode_mask(parts)), Region(1, encode_mask(~parts)))
    for name in ("coco", "instance-png", "coco-panoptic", "tiff-pages"):
        assert _told(drawn, name)[1] == [("road", [0, 2], None), ("sky", [1, 3], None)]


def test_without_a_word_for_stuff_only_things_are_left() -> None:
    drawn = _collection("panoptic", ["sky", "cat"], Region(0, encode_mask(~A)), Region(1, encode_mask(A), 7))
    assert _told(drawn, "instance-png") == ("instance", [("cat", [0, 1], 7)])
    assert _told(drawn, "coco")[1] == [("sky", [2, 3], None), ("cat", [0, 1], 7)]
    assert _told(drawn, "index-png") == ("semantic", [("sky", [2, 3], None), ("cat", [0, 1], None)])


def test_layers_of_a_class_are_brought_together() -> None:
    drawn = _collection("instance", ["cat"], Region(0, encode_mask(A), 1), Region(0, encode_mask(B), 2))
    assert _told(drawn, "tiff-bands") == ("multilabel", [("cat", [0, 1, 2], None)])


@pytest.mark.parametrize("to", FORMATS)
@pytest.mark.parametrize("kind", ["semantic", "multilabel", "instance", "panoptic"])
def test_every_format_holds_every_kind_somehow(kind: Kind, to: str) -> None:
    drawn = _collection(kind, ["sky", "cat"], Region(0, encode_mask(~A)), Region(1, encode_mask(A), 1))
    assert adaptation(drawn, FORMATS[to]).kind in FORMATS[to].holds
    assert ("cat", [0, 1]) in [(name, pixels) for name, pixels, _ in _told(drawn, to)[1]]

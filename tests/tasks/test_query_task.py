"""Segments from queries, worked by hand."""

import numpy as np
import pytest

from perpixel.classes import ClassTable, SegmentClass
from perpixel.errors import ModelError
from perpixel.spec import OutputSpec
from perpixel.tasks import QueryInstanceTask, QueryPanopticTask, Window

THINGS = ClassTable((SegmentClass("cell", (255, 0, 0), thing=True), SegmentClass("dot", (0, 255, 0), thing=True)))
STREET = ClassTable((SegmentClass("road", (9, 9, 9)), SegmentClass("sky", (1, 1, 99)), *THINGS.classes[:1]))
OUTPUT = OutputSpec("classes", 4, "mask queries")


def outputs(
    queries: list[tuple[int, float, tuple[slice, slice]]], classes: int, size: tuple[int, int] = (6, 8)
) -> dict[str, np.ndarray]:
    """Each query with its class's logit over all others, and its mask where it is; the last class is nothing."""
    logits = np.zeros((1, len(queries), classes), np.float32)
    masks = np.full((1, len(queries), *size), -9, np.float32)
    for number, (label, logit, place) in enumerate(queries):
        logits[0, number, label] = logit
        masks[0, number][place] = 9
    return {"classes": logits, "masks": masks}


LEFT, RIGHT = (slice(1, 5), slice(0, 3)), (slice(1, 5), slice(4, 8))


def test_things_are_the_queries_that_are_no_background_the_surest_first() -> None:
    given = outputs([(1, 5, LEFT), (2, 8, RIGHT), (3, 9, LEFT), (0, 9, LEFT)], classes=4)
    found = QueryInstanceTask(THINGS, OUTPUT).decode(given, Window((23, 30)))
    sure = found.scores >= 0.3
    assert found.labels[sure].tolist() == [1, 0]
    assert found.scores[0] > found.scores[1] > 0.9
    assert found.ids[12, 22] == 1
    assert found.ids[12, 4] == 2
    assert found.ids.shape == (23, 30)


def test_a_thing_found_twice_is_one() -> None:
    given = outputs([(1, 8, LEFT), (1, 6, (slice(1, 5), slice(0, 2)))], classes=4)
    assert len(QueryInstanceTask(THINGS, OUTPUT).decode(given, Window((24, 32)))) == 1


def test_segments_take_the_pixels_where_they_are_the_surest() -> None:
    """Road lies under the cell too, and is less sure; sky is found twice and is one; nothing is nothing."""
    above = (slice(0, 1), slice(0, 4)), (slice(0, 1), slice(4, 8))
    below = (slice(1, 6), slice(0, 8))
    given = outputs(
        [(0, 1.5, below), (2, 9, (slice(2, 4), slice(2, 6))), (1, 9, above[0]), (1, 9, above[1]), (3, 9, below)],
        classes=4,
    )
    found = QueryPanopticTask(STREET, OUTPUT).decode(given, Window((24, 32)))
    assert found.labels.tolist() == [2, 0, 1]
    assert found.ids[10, 11] == 1
    assert found.ids[20, 3] == 2
    assert found.ids[0, 0] == found.ids[0, 31] == 3


def test_a_segment_that_others_cover_is_dropped() -> None:
    whole = (slice(0, 6), slice(0, 8))
    given = outputs([(0, 9, whole), (2, 2, (slice(0, 6), slice(0, 4)))], classes=4)
    found = QueryPanopticTask(STREET, OUTPUT).decode(given, Window((24, 32)))
    assert found.labels.tolist() == [0]


def test_no_query_at_all_is_an_answer() -> None:
    given = outputs([(3, 9, LEFT)], classes=4)
    assert len(QueryPanopticTask(STREET, OUTPUT).decode(given, Window((24, 32))).labels) == 0
    assert QueryInstanceTask(THINGS, OUTPUT).decode(given, Window((24, 32))).ids.max() in (0, 1)


def test_other_outputs_and_class_tables_are_refused() -> None:
    with pytest.raises(ModelError, match="its outputs classes and masks"):
        QueryInstanceTask(THINGS, OUTPUT).decode({"logits": np.zeros((1, 3, 4, 4))}, Window((16, 16)))
    with pytest.raises(ModelError, match="4 classes a query; this task reads 3"):
        QueryInstanceTask(ClassTable(THINGS.classes[:1]), OUTPUT).decode(
            outputs([(1, 5, LEFT)], classes=4), Window((24, 32))
        )

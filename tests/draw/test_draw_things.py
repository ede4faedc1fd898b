from __future__ import annotations

import numpy as np
import pytest

from perpixel.classes import ClassTable, SegmentClass
from perpixel.draw.things import instances_over, outlines, panoptic_over, shade, thing_colors
from perpixel.results import Instances, Panoptic

TABLE = ClassTable((SegmentClass("road", (128, 64, 128)), SegmentClass("car", (64, 0, 128), True)))
GRAY = np.full((60, 120, 3), 100, np.uint8)


def things(*places: tuple[slice, slice]) -> Instances:
    ids = np.zeros(GRAY.shape[:2], np.int32)
    for number, place in enumerate(places, start=1):
        ids[place] = number
    return Instances(ids, np.ones(len(places), np.intp), TABLE, np.full(len(places), 0.5, np.float32))


def test_each_thing_has_its_color_inside_and_on_its_outline_and_the_rest_is_the_picture() -> None:
    answer = things(np.s_[5:15, 5:15], np.s_[30:40, 50:70])
    drawn = instances_over(GRAY, answer, alpha=0.5, boxes=False, text="none")
    for number, color in enumerate(thing_colors(2).astype(int)):
        mask = answer.mask(number)
        edge = outlines(answer.ids) & mask
        assert (drawn[edge] == color).all()
        assert np.abs(drawn[mask & ~edge].astype(int) - (color + 100) / 2).max() <= 1
    assert (drawn[answer.ids == 0] == 100).all()


def test_outlines_are_on_both_sides_where_two_things_touch_and_not_along_the_border() -> None:
    ids = np.array([[1, 1, 1, 2, 2, 2], [1, 1, 1, 2, 2, 2], [1, 1, 1, 2, 2, 0]], np.int32)
    assert outlines(ids).astype(int).tolist() == [[0, 0, 1, 1, 0, 0], [0, 0, 1, 1, 0, 1], [0, 0, 1, 1, 1, 0]]


def test_boxes_lie_around_their_things_and_cover_none_of_their_pixels() -> None:
    answer = things(np.s_[5:15, 5:15])
    plain, boxed = (instances_over(GRAY, answer, boxes=boxes, text="none") for boxes in (False, True))
    changed = (plain != boxed).any(axis=2)
    expected = np.zeros_like(changed)
    expected[4:16, 4:16] = True
    expected[5:15, 5:15] = False
    assert (changed == expected).all()


def test_text_is_written_where_there_is_room_and_never_over_a_small_thing() -> None:
    room, small, inside = np.s_[2:58, 2:118], np.s_[4:9, 5:10], np.s_[40:45, 90:95]

    def written(*places: tuple[slice, slice]) -> bool:
        answer = things(*places)
        with_text, without = (instances_over(GRAY, answer, boxes=False, text=text) for text in ("score", "none"))  # type: ignore[arg-type]
        return bool((with_text != without).any())

    assert written(room)
    assert not written(small)
    assert written(room, inside)
    assert not written(room, small)  # it lies where the text would


def test_what_is_written_grows_from_id_to_class_to_score() -> None:
    answer = things(np.s_[2:58, 2:118])
    none = instances_over(GRAY, answer, text="none")
    widths = []
    for text in ("id", "class", "score"):
        drawn = instances_over(GRAY, answer, text=text)  # type: ignore[arg-type]
        widths.append(int(np.nonzero((drawn != none).any(axis=(0, 2)))[0].max()))
    assert widths == sorted(set(widths))


def test_neighbors_in_number_never_look_alike_and_colors_do_not_change_with_the_count() -> None:
    colors = thing_colors(200).astype(int)
    assert (np.abs(np.diff(colors, axis=0)).sum(axis=1) > 100).all()
    assert len(np.unique(colors[:40], axis=0)) == 40
    assert (thing_colors(7) == colors[:7]).all()
    assert thing_colors(0).shape == (0, 3)


def test_shades_of_a_class_differ_from_thing_to_thing() -> None:
    color = np.array([64, 0, 128], np.uint8)
    shades = np.array([shade(color, number) for number in range(10)], int)
    assert (np.abs(np.diff(shades, axis=0)).sum(axis=1) > 20).all()
    assert (shades.argmax(axis=1) == 2).all()  # still violet


def test_panoptic_stuff_has_its_class_color_and_things_white_outlines_in_shades() -> None:
    ids = np.ones((60, 240), np.int32)
    ids[10:20, 10:30], ids[10:20, 30:50], ids[:, 230:] = 2, 3, 0
    answer = Panoptic(ids, np.array([0, 1, 1]), TABLE, np.ones(3, np.float32))
    drawn = panoptic_over(np.zeros((60, 240, 3), np.uint8), answer, alpha=1, legend=False)
    assert drawn[40, 40].tolist() == [128, 64, 128]
    assert drawn[40, 235].tolist() == [0, 0, 0]
    assert drawn[10, 20].tolist() == [255, 255, 255]
    assert drawn[15, 20].tolist() != drawn[15, 40].tolist()
    assert len(panoptic_over(np.zeros((60, 240, 3), np.uint8), answer)) > 60


def test_empty_answers_show_the_picture() -> None:
    nothing = np.zeros(GRAY.shape[:2], np.int32)
    none, scores = np.zeros(0, np.intp), np.zeros(0, np.float32)
    assert (instances_over(GRAY, Instances(nothing, none, TABLE, scores)) == GRAY).all()
    assert (panoptic_over(GRAY, Panoptic(nothing, none, TABLE, scores), legend=False) == GRAY).all()


def test_more_things_than_colors_begin_again() -> None:
    ids = np.arange(1, 5001, dtype=np.int32).reshape(50, 100)
    answer = Instances(ids, np.ones(5000, np.intp), TABLE, np.ones(5000, np.float32))
    drawn = instances_over(np.zeros((50, 100, 3), np.uint8), answer, alpha=1, boxes=False, text="none")
    assert (drawn.reshape(-1, 3)[4096] == drawn.reshape(-1, 3)[0]).all()


@pytest.mark.parametrize("draw", [instances_over, panoptic_over])
def test_an_answer_of_another_size_is_refused(draw: object) -> None:
    ids = np.zeros((3, 3), np.int32)
    kind = Instances if draw is instances_over else Panoptic
    answer = kind(ids, np.zeros(0, np.intp), TABLE, np.zeros(0, np.float32))
    with pytest.raises(ValueError, match="both must be the same"):
        draw(GRAY, answer)  # type: ignore[operator]

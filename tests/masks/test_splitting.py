from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass
from perpixel.masks.splitting import split
from perpixel.results import LabelMap

TABLE = ClassTable(
    (SegmentClass("road", (0, 0, 0)), SegmentClass("car", (255, 0, 0), True), SegmentClass("dog", (0, 255, 0), True))
)


def disc(center: tuple[int, int], radius: float, size: tuple[int, int] = (31, 60)) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[: size[0], : size[1]]
    return np.asarray(np.hypot(rows - center[0], columns - center[1]) <= radius)


def two_discs() -> NDArray[np.bool_]:
    """Radius 10, centers 18 apart: where they cross they are 8.7 wide, so the waist is about 5.6 deep."""
    return disc((15, 15), 10) | disc((15, 33), 10)


def test_two_discs_that_touch_are_cut_in_the_middle_between_their_centers() -> None:
    found = split(two_discs())
    assert len(found) == 2
    assert (found.ids > 0).tolist() == two_discs().tolist()
    assert set(found.ids[:, :24][two_discs()[:, :24]]) == {1}
    assert set(found.ids[:, 25:][two_discs()[:, 25:]]) == {2}
    assert found.scores.tolist() == [1, 1]


def test_the_depth_of_the_waist_decides_whether_it_is_cut() -> None:
    assert len(split(two_discs(), depth=5)) == 2
    assert len(split(two_discs(), depth=6.5)) == 1
    assert len(split(two_discs(), depth=None)) == 1


def test_a_disc_and_a_square_stay_whole_for_all_their_flat_ridges() -> None:
    square = np.zeros((20, 30), np.bool_)
    square[3:15, 4:28] = True
    assert len(split(square)) == 1
    assert len(split(disc((15, 20), 12.3))) == 1


def test_pieces_apart_are_numbered_row_by_row_and_hang_together_by_sides_only() -> None:
    mask = np.array([[0, 0, 1], [1, 1, 0], [0, 0, 1]], np.bool_)
    assert split(mask).ids.tolist() == [[0, 0, 1], [2, 2, 0], [0, 0, 3]]
    assert split(mask, depth=None).ids.tolist() == [[0, 0, 1], [2, 2, 0], [0, 0, 3]]
    assert split(mask, least_area=2).ids.tolist() == [[0, 0, 0], [1, 1, 0], [0, 0, 0]]


def test_a_label_map_gives_the_things_of_its_table_or_those_that_are_named() -> None:
    labels = np.array([[1, 2, 0, 1], [1, 2, 255, 1]], np.uint8)
    confidence = np.array([[1, 0.5, 0.9, 0], [0.5, 0.5, 0.9, 0.5]], np.float32)
    found = split(LabelMap(labels, TABLE, confidence))
    assert found.ids.tolist() == [[1, 3, 0, 2], [1, 3, 0, 2]]
    assert found.labels.tolist() == [1, 1, 2]
    np.testing.assert_allclose(found.scores, [0.75, 0.25, 0.5])
    named = split(LabelMap(labels, TABLE), things=["road", "dog"])
    assert named.ids.tolist() == [[0, 2, 1, 0], [0, 2, 0, 0]]
    assert named.labels.tolist() == [0, 2]


@pytest.mark.parametrize("fill", [False, True])
def test_an_empty_and_a_full_mask_are_no_thing_and_one(fill: bool) -> None:
    assert len(split(np.full((5, 7), fill))) == int(fill)
    assert len(split(np.full((5, 7), fill), depth=None)) == int(fill)
    assert len(split(np.full((0, 7), fill))) == 0


def test_arguments_that_mean_nothing_are_refused() -> None:
    mask = np.zeros((3, 3), np.bool_)
    labels = LabelMap(np.zeros((3, 3), np.uint8), ClassTable.named(["a", "b"]))
    with pytest.raises(ValueError, match=r"expected bool \(H, W\)"):
        split(np.zeros((3, 3), np.uint8))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="leave out `things`"):
        split(mask, things=["thing"])
    with pytest.raises(ValueError, match="neither may be below 0"):
        split(mask, depth=-1)
    with pytest.raises(ValueError, match="none of the classes a, b is a thing"):
        split(labels)
    with pytest.raises(ValueError, match="there is no class 'c'"):
        split(labels, things=["c"])
    with pytest.raises(ValueError, match="in a list"):
        split(labels, things="a")

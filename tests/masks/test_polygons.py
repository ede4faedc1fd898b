"""Polygons: the pixels that pycocotools gives them, and masks that come back from their borders."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from pycocotools import mask as coco

from perpixel.errors import MaskError
from perpixel.masks.polygons import (
    Polygon,
    ellipse,
    flat_points,
    from_coco_polygons,
    mask_to_polygons,
    paired_points,
    polygons_to_runs,
    rectangle,
)
from perpixel.masks.runs import encode_mask, to_coco_text

masks = st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(lambda size: arrays(np.bool_, size))
sides = st.tuples(st.integers(1, 40), st.integers(1, 40))
near = st.one_of(st.floats(-60, 90), st.integers(-10, 50), st.integers(-100, 500).map(lambda tenths: tenths / 10))
anywhere = st.one_of(near, st.floats(-1e5, 1e5))


def _drawn(*rows: str) -> NDArray[np.bool_]:
    return np.array([[character == "#" for character in row] for row in rows])


def _corners(border: NDArray[np.int64]) -> list[tuple[int, int]]:
    return [(x, y) for x, y in border.tolist()]


def test_a_rectangle_has_the_text_that_pycocotools_gives_it() -> None:
    assert to_coco_text(from_coco_polygons([[1, 1, 1, 3, 4, 3, 4, 1]], (5, 6))) == "6230009"
    assert polygons_to_runs([rectangle(4, 3, 1, 1)], (5, 6)).box == (1, 1, 4, 3)


@settings(max_examples=300, deadline=None)
@given(size=sides, points=st.lists(st.tuples(near, near), min_size=3, max_size=9))
def test_pixels_are_those_of_pycocotools(size: tuple[int, int], points: list[tuple[float, float]]) -> None:
    flat = [float(value) for point in points for value in point]
    (expected,) = coco.frPyObjects([flat], *size)
    assert to_coco_text(from_coco_polygons([flat], size)) == expected["counts"].decode()


@settings(max_examples=50, deadline=None)
@given(size=sides, points=st.lists(st.tuples(anywhere, anywhere), min_size=3, max_size=4))
def test_pixels_are_those_of_pycocotools_where_corners_are_far_away(
    size: tuple[int, int], points: list[tuple[float, float]]
) -> None:
    flat = [float(value) for point in points for value in point]
    (expected,) = coco.frPyObjects([flat], *size)
    assert to_coco_text(from_coco_polygons([flat], size)) == expected["counts"].decode()


def test_several_polygons_are_taken_together() -> None:
    polygons = [[0.0, 0, 3, 0, 3, 3, 0, 3], [2.0, 2, 5, 2, 5, 5, 2, 5], [7.0, 0, 9, 0, 9, 9]]
    expected = coco.merge(coco.frPyObjects(polygons, 10, 10))
    assert to_coco_text(from_coco_polygons(polygons, (10, 10))) == expected["counts"].decode()


def test_a_square_with_a_hole() -> None:
    mask = _drawn("....", "###.", "#.#.", "###.")
    (part,) = mask_to_polygons(encode_mask(mask))
    assert _corners(part.outer) == [(3, 1), (3, 4), (0, 4), (0, 1)]
    assert [set(_corners(hole)) for hole in part.holes] == [{(1, 2), (2, 2), (2, 3), (1, 3)}]
    without = polygons_to_runs([Polygon(part.outer)], (4, 4))
    assert without.area == 9


def test_pixels_that_touch_at_a_corner_are_one_part_and_a_part_in_a_hole_is_its_own() -> None:
    (part,) = mask_to_polygons(encode_mask(_drawn("#.", ".#")))
    assert _corners(part.outer).count((1, 1)) == 2
    parts = mask_to_polygons(encode_mask(_drawn("#####", "#...#", "#.#.#", "#...#", "#####")))
    assert [len(part.holes) for part in parts] == [1, 0]


def test_nothing_has_no_polygon_and_no_polygon_is_nothing() -> None:
    nothing = encode_mask(np.zeros((3, 4), bool))
    assert mask_to_polygons(nothing) == ()
    assert polygons_to_runs([], (3, 4)) == nothing


@settings(max_examples=200, deadline=None)
@given(mask=masks)
def test_every_mask_comes_back_from_its_polygons(mask: NDArray[np.bool_]) -> None:
    runs = encode_mask(mask)
    parts = mask_to_polygons(runs)
    assert polygons_to_runs(parts, runs.size) == runs
    if not any(part.holes for part in parts) and parts:
        flat = [[float(value) for value in part.outer.ravel()] for part in parts]
        assert from_coco_polygons(flat, runs.size) == runs


@settings(max_examples=100, deadline=None)
@given(mask=masks)
def test_each_part_is_connected_and_corners_turn(mask: NDArray[np.bool_]) -> None:
    from skimage.measure import label

    parts = mask_to_polygons(encode_mask(mask))
    assert len(parts) == label(mask, connectivity=2).max()
    for border in (border for part in parts for border in (part.outer, *part.holes)):
        steps = np.roll(border, -1, axis=0) - border
        assert ((steps != 0).sum(axis=1) == 1).all()
        assert ((steps[:, 0] != 0) != (np.roll(steps[:, 0], 1) != 0)).all()


def test_an_ellipse_has_about_its_area() -> None:
    runs = polygons_to_runs([ellipse(50, 40, 30, 20)], (80, 100))
    assert runs.area == pytest.approx(math.pi * 30 * 20, rel=0.01)
    assert runs.box == (20, 20, 80, 60)


@pytest.mark.parametrize(
    ("polygons", "message"),
    [
        ([[0, 0, 1, 1]], "a polygon of 2 points; at least three"),
        ([[0, 0, 1, 1, 2]], "a list x, y, x, y"),
        ([[0, 0, "1", 1, 2, 3]], "a list x, y, x, y"),
        ([[0, 0, True, [1], 2, 3]], "a list x, y, x, y"),
        ([[0, 0, 9, float("nan"), 9, 9]], "point 2 is at 9, nan"),
        ([[0, 0, 9, 1e300, 9, 9]], "point 2 is at 9, 1e[+]300, which is no place near"),
        ([[0, 0, 9, 10**400, 9, 9]], "a list x, y, x, y"),
        ([], "at least one"),
        ({"counts": []}, "COCO polygons are lists"),
        (["abcdef"], "a list x, y, x, y"),
        ([[[0, 0], [1, 1], [2, 2]]], "a list x, y, x, y"),
    ],
)
def test_what_is_no_polygon_is_refused(polygons: object, message: str) -> None:
    with pytest.raises(MaskError, match=message):
        from_coco_polygons(polygons, (3, 4))


def test_points_are_pairs() -> None:
    assert paired_points([[1, 2.5]]).tolist() == [[1, 2.5]]
    assert flat_points([1, 2.5]).tolist() == [[1, 2.5]]
    with pytest.raises(MaskError, match="pairs x, y"):
        paired_points([[1, 2], [3]])


def test_a_picture_that_is_too_large_and_a_polygon_without_end_are_refused() -> None:
    with pytest.raises(MaskError, match="the limit is"):
        from_coco_polygons([[0, 0, 1, 0, 1, 1]], (10**6, 10**6))
    zigzag = np.stack([np.tile([0, 10**5], 1000), np.arange(2000)], axis=1)
    with pytest.raises(MaskError, match="too often"):
        polygons_to_runs([Polygon(zigzag)], (10, 10**5))


def test_many_parts_are_brought_together_in_no_time() -> None:
    mask = np.zeros((100, 100), bool)
    mask[::2, ::2] = True
    runs = encode_mask(mask)
    parts = mask_to_polygons(runs)
    assert len(parts) == 2500
    assert polygons_to_runs(parts, (100, 100)) == runs

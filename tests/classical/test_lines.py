from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from skimage.data import coins

from perpixel.classical.lines import hough_circles, hough_lines, hough_segments, line_ends


def blank() -> np.ndarray:
    return np.zeros((100, 100), bool)


def drawn_line(x0: int, y0: int, x1: int, y1: int) -> np.ndarray:
    return cv2.line(np.zeros((100, 100), np.uint8), (x0, y0), (x1, y1), 255) > 0


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        ((0, 50, 99, 50), (50, math.pi / 2)),
        ((30, 0, 30, 99), (30, 0)),
        ((0, 0, 99, 99), (0, 3 * math.pi / 4)),
        ((0, 99, 99, 0), (99 / math.sqrt(2), math.pi / 4)),
    ],
    ids=["y = 50", "x = 30", "y = x", "y = 99 - x"],
)
def test_a_drawn_line_is_the_only_one_found(ends: tuple[int, ...], expected: tuple[float, float]) -> None:
    found = hough_lines(drawn_line(*ends))
    assert found.shape == (1, 2)
    assert found[0] == pytest.approx(expected, abs=1e-5 if ends[1] != 99 else 0.5)  # rho in whole steps


def test_coinciding_lines_are_given_if_wanted() -> None:
    everything = hough_lines(drawn_line(0, 50, 99, 50), coinciding=True)
    assert len(everything) > 1
    assert everything[0] == pytest.approx((50, math.pi / 2), abs=1e-5)


def test_coinciding_lines_are_told_across_the_turn_of_theta() -> None:
    edges = drawn_line(30, 0, 30, 99)
    around = hough_lines(edges, coinciding=True)
    assert (around[:, 1] > 3).any()  # nearly upright, the normal turned round: rho is negative
    assert (around[around[:, 1] > 3, 0] < 0).all()
    assert len(hough_lines(edges)) == 1


def test_parallel_lines_both_stay() -> None:
    edges = drawn_line(0, 40, 99, 40) | drawn_line(0, 46, 99, 46)
    assert sorted(hough_lines(edges)[:, 0]) == [40, 46]


def test_a_row_from_10_to_89_is_one_segment_with_those_ends() -> None:
    edges = blank()
    edges[50, 10:90] = True
    assert hough_segments(edges).tolist() == [[10, 50, 89, 50]]
    assert hough_segments(edges, votes=30, min_length=30, max_gap=5).tolist() == [[10, 50, 89, 50]]
    assert hough_segments(edges.T).tolist() == [[50, 10, 50, 89]]


def test_segments_come_longest_first_and_from_left_to_right() -> None:
    edges = drawn_line(90, 80, 60, 80) | drawn_line(80, 5, 10, 40)
    found = hough_segments(edges)
    assert (found[:, 0] <= found[:, 2]).all()
    lengths = np.hypot(found[:, 2] - found[:, 0], found[:, 3] - found[:, 1])
    assert (np.diff(lengths) <= 0).all()
    assert np.abs(found[0] - [10, 40, 80, 5]).max() <= 2
    assert np.abs(found - [60, 80, 90, 80]).max(axis=1).min() <= 1


def test_gaps_are_bridged_and_short_pieces_left_out_as_told() -> None:
    edges = blank()
    edges[20, 5:45] = edges[20, 50:95] = True
    assert hough_segments(edges, max_gap=8).tolist() == [[5, 20, 94, 20]]
    apart = hough_segments(edges)
    assert len(apart) > 1
    assert not ((apart[:, 0] < 45) & (apart[:, 2] > 45)).any()
    assert len(hough_segments(edges, max_gap=8, min_length=91)) == 0


@pytest.mark.parametrize(("x", "y", "radius"), [(60, 50, 20), (40, 70, 12), (50, 50, 45)])
def test_a_disc_is_found_where_it_is(x: int, y: int, radius: int) -> None:
    image = np.full((100, 110), 40, np.uint8)
    cv2.circle(image, (x, y), radius, 200, -1, cv2.LINE_AA)
    found = hough_circles(image)
    assert found.shape == (1, 3)
    assert np.abs(found[0] - [x, y, radius]).max() < 1.5
    bounds = {"min_radius": radius - 3, "max_radius": radius + 3}
    assert len(hough_circles(image, **bounds)) == 1
    assert len(hough_circles(image, min_radius=1, max_radius=radius - 4)) == 0


def test_all_24_coins_of_a_photo_are_found() -> None:
    found = hough_circles(coins())
    assert len(found) == 24
    assert found[:, 2].min() > 17
    assert found[:, 2].max() < 33


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (40, 30)])
def test_nothing_is_an_empty_array(shape: tuple[int, int]) -> None:
    nothing = np.zeros(shape, bool)
    assert hough_lines(nothing).shape == (0, 2)
    assert hough_segments(nothing).shape == (0, 4)
    assert hough_circles(nothing).shape == (0, 3)
    assert hough_circles(np.full(shape, 128, np.uint8), min_radius=0).shape == (0, 3)
    assert line_ends(hough_lines(nothing), shape).shape == (0, 4)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2)])
def test_small_pictures_full_of_edges_do_not_break(shape: tuple[int, int]) -> None:
    edges = np.ones(shape, bool)
    assert hough_lines(edges).shape[1] == 2
    assert hough_segments(edges).shape[1] == 4


def test_the_edges_are_left_as_they_are() -> None:
    edges = drawn_line(0, 0, 99, 60).astype(np.uint8) * 255
    before = edges.copy()
    hough_lines(edges), hough_segments(edges)
    assert np.array_equal(edges, before)
    assert np.array_equal(hough_segments(edges), hough_segments(edges))


def test_ends_of_lines_are_on_the_border() -> None:
    lines = np.array([[50, math.pi / 2], [30, 0], [0, 3 * math.pi / 4], [99 / math.sqrt(2), math.pi / 4], [500, 0]])
    ends = line_ends(lines, (100, 100))
    expected = [[0, 50, 99, 50], [30, 0, 30, 99], [0, 0, 99, 99], [0, 99, 99, 0]]
    for found, wanted in zip(ends[:4], expected, strict=True):
        either = (wanted, wanted[2:] + wanted[:2])
        assert any(found == pytest.approx(one, abs=1e-6) for one in either)
    assert np.isnan(ends[4]).all()


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="expected \\(H, W\\)"):
        hough_lines(np.zeros((5, 5, 3), bool))
    with pytest.raises(ValueError, match="expected \\(H, W\\)"):
        hough_segments(np.zeros((0, 5), bool))
    with pytest.raises(TypeError, match="float"):
        hough_lines(np.zeros((5, 5)))
    for options in ({"votes": 0}, {"rho_step": 0}, {"theta_step": -1}):
        with pytest.raises(ValueError, match=next(iter(options))):
            hough_lines(blank(), **options)
    for options in ({"min_length": 0}, {"max_gap": -1}):
        with pytest.raises(ValueError, match=next(iter(options))):
            hough_segments(blank(), **options)
    for options in ({"roundness": 1}, {"sigma": -1}, {"contrast": 0}, {"min_radius": 9, "max_radius": 3}):
        with pytest.raises(ValueError, match=next(iter(options))):
            hough_circles(blank(), **options)

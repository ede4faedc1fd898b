"""Pixels told apart by their vectors, and curves through them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from perpixel.classical.lane_groups import lane_lines, lane_points

SIZE = (288, 512)


def maps(places: list[np.ndarray], vectors: list[tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Coarse maps at stride 4 in which lane i has column `places[i]` of each row (NaN is none)."""
    probability = np.zeros((72, 128), np.float32)
    field = np.zeros((2, 72, 128), np.float32)
    for columns, vector in zip(places, vectors, strict=True):
        for row in np.flatnonzero(~np.isnan(columns)):
            column = round((columns[row] + 0.5) / 4 - 0.5)
            if 0 <= column < 128:
                probability[row, column] = 0.9
                field[:, row, column] = vector
    return probability, field


def road_line(horizon: float, a: float, b: float, c: float) -> np.ndarray:
    """X at the middles of the coarse rows of a parabola on the ground; NaN near the horizon and above."""
    y = (np.arange(72) + 0.5) * 4 - 0.5
    t = (y - horizon) / (288 - horizon)
    x = a + b * t + c / np.where(t > 0.12, t, np.nan)
    return np.where((x >= 0) & (x < 512), x, np.nan)


def test_lines_of_unlike_vectors_are_told_apart_and_lie_where_the_pixels_are() -> None:
    left, right = road_line(120, 260, -150, 0), road_line(120, 260, 170, 0)
    probability, field = maps([left, right], [(3.0, 0.0), (-3.0, 0.2)])
    points = lane_points(probability, field, stride=4)
    assert len(points) == 2
    for own, columns in zip(sorted(points, key=lambda p: p[-1, 0]), (left, right), strict=True):
        true = columns[np.rint((own[:, 1] + 0.5) / 4 - 0.5).astype(int)]
        assert np.abs(own[:, 0] - true).max() <= 2.0  # half a coarse pixel


def test_one_line_with_a_gap_stays_one_and_is_drawn_through_it() -> None:
    columns = road_line(120, 250, 90, 12)
    seen = columns.copy()
    seen[45:55] = np.nan
    points = lane_points(*maps([seen], [(0.5, 0.5)]), stride=4)
    (line,) = lane_lines(points, SIZE).values()
    gap = (line[:, 1] > 45 * 4) & (line[:, 1] < 55 * 4)
    assert gap.sum() > 6
    true = np.interp(line[gap, 1], (np.arange(72) + 0.5) * 4 - 0.5, columns)
    assert np.abs(line[gap, 0] - true).max() < 4


def test_lines_reach_the_foot_where_they_come_near_it_and_not_from_the_middle_of_the_picture() -> None:
    whole, cut = road_line(120, 260, -150, 0), road_line(120, 260, 170, 0)
    cut[50:] = np.nan
    lines = lane_lines(lane_points(*maps([whole, cut], [(3.0, 0.0), (-3.0, 0.0)]), stride=4), SIZE)
    lowest = sorted(line[:, 1].max() for line in lines.values())
    assert lowest[1] == 287
    assert lowest[0] < 215


@pytest.mark.parametrize("horizon", [80.0, 110.0, 140.0])
def test_a_bend_is_followed_whatever_the_horizon(horizon: float) -> None:
    places = [road_line(horizon, 230, -140, 18), road_line(horizon, 230, 120, 18)]
    lines = lane_lines(lane_points(*maps(places, [(3.0, 0.0), (-3.0, 0.0)]), stride=4), SIZE)
    y = (np.arange(72) + 0.5) * 4 - 0.5
    assert len(lines) == 2
    for line in lines.values():
        best = min(
            np.nanmax(np.abs(np.interp(y, line[::-1, 1], line[::-1, 0], left=np.nan, right=np.nan) - true))
            for true in places
        )
        assert best < 5


def test_a_known_horizon_is_taken() -> None:
    points = lane_points(*maps([road_line(120, 250, 90, 0)], [(0.0, 0.0)]), stride=4)
    (line,) = lane_lines(points, SIZE, horizon=120.0).values()
    true = 250 + 90 * (line[:, 1] - 120) / 168
    assert np.abs(line[:, 0] - true).max() < 2


def test_points_of_two_lanes_that_were_not_told_apart_have_no_line() -> None:
    left, right = road_line(120, 260, -150, 0), road_line(120, 260, 170, 0)
    mixed = np.where(np.arange(72) // 6 % 2, left, right)
    points = lane_points(*maps([mixed], [(0.0, 0.0)]), stride=4)
    assert len(points) == 1
    assert lane_lines(points, SIZE) == {}


def test_nothing_and_specks_are_no_lanes() -> None:
    nothing, vectors = np.zeros((72, 128), np.float32), np.zeros((4, 72, 128), np.float32)
    assert lane_points(nothing, vectors, stride=4) == []
    assert lane_lines([], SIZE) == {}
    nothing[10:12, 20:40] = 1.0  # two rows
    assert lane_points(nothing, vectors, stride=4) == []


@given(st.integers(0, 2**32 - 1), st.integers(1, 40), st.integers(1, 40))
def test_whatever_a_network_says_is_answered(seed: int, height: int, width: int) -> None:
    generator = np.random.default_rng(seed)
    probability = generator.random((height, width)).astype(np.float32)
    vectors = generator.normal(0, 2, (4, height, width)).astype(np.float32)
    points = lane_points(probability, vectors, stride=4)
    lines = lane_lines(points, (height * 4, width * 4))
    assert sum(len(own) for own in points) <= height * max(len(points), 1)
    assert all(np.isfinite(line).all() and line.shape[1] == 2 for line in lines.values())

from __future__ import annotations

import numpy as np
import pytest

from perpixel.draw.shapes import COLOR, circles_over, edges_over, pale, segments_over

GRAY = np.full((40, 60), 100, np.uint8)


def colored(drawn: np.ndarray) -> np.ndarray:
    """Where the color of shapes is, at least half."""
    return drawn[:, :, 0].astype(int) - drawn[:, :, 1] > COLOR[0] // 2


def test_edges_are_exactly_their_pixels() -> None:
    edges = np.random.default_rng(0).random((40, 60)) < 0.1
    assert np.array_equal(colored(edges_over(GRAY, edges)), edges)
    with pytest.raises(ValueError, match="both must be the same"):
        edges_over(GRAY, edges.T)


def test_segments_run_from_end_to_end_and_those_outside_are_left_out() -> None:
    drawn = colored(segments_over(GRAY, np.array([[5, 10, 50, 10], [np.nan] * 4])))
    assert drawn[10, 6:50].all()
    assert drawn.sum() <= 50
    assert not drawn[12:].any()


def test_circles_have_their_radius_and_a_center() -> None:
    drawn = colored(circles_over(GRAY, np.array([[30.0, 20.0, 12.0]])))
    assert drawn[20, 30]
    assert drawn[20, 42]
    assert drawn[8, 30]
    assert not drawn[20, 34:40].any()


def test_nothing_drawn_is_the_pale_picture() -> None:
    assert np.array_equal(segments_over(GRAY, np.zeros((0, 4))), pale(GRAY))
    assert np.array_equal(circles_over(GRAY, np.zeros((0, 3))), pale(GRAY))
    assert pale(np.zeros((2, 2), np.uint16)).max() == 128

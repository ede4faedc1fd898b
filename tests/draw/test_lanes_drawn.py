from __future__ import annotations

import numpy as np

from perpixel.classical.lanes import SIDES
from perpixel.draw.lanes import LANE, lanes_over
from perpixel.results import Polylines


def answer(*lines: tuple[str, list[list[float]]]) -> Polylines:
    labels = np.array([SIDES.index(name) for name, _ in lines], np.intp)
    return Polylines(tuple(np.array(p, np.float64) for _, p in lines), labels, SIDES, np.ones(len(lines), np.float32))


GRAY = np.full((120, 200, 3), 100, np.uint8)


def test_lines_have_their_colors_and_the_lane_between_is_tinted() -> None:
    lanes = answer(
        ("left", [[20, 119], [80, 20]]), ("right", [[180, 119], [120, 20]]), ("right", [[199, 60], [140, 20]])
    )
    drawn = lanes_over(GRAY, lanes).astype(int)
    red, _, blue = drawn[70, 20 + round(49 / 99 * 60)]
    assert red > blue + 60
    red, _, blue = drawn[70, 180 - round(49 / 99 * 60)]
    assert blue > red + 60
    np.testing.assert_allclose(drawn[100, 100], 0.75 * 100 + 0.25 * np.array(LANE), atol=1)
    assert (drawn[100, 5] == 100).all()
    assert (lanes_over(GRAY, lanes, lane=False)[100, 100] == 100).all()


def test_no_lines_leave_the_photo_and_far_points_are_no_trouble() -> None:
    assert (lanes_over(GRAY, answer()) == 100).all()
    assert (lanes_over(GRAY[:, :, 0], answer()) == 100).all()
    lanes_over(GRAY, answer(("left", [[-1e9, 119], [-1e4, 110], [50, 20]]), ("right", [[1e7, 5.0]])))
    assert (lanes_over(GRAY, answer(), note="straight")[:30] != 100).any()

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classical.lanes import SIDES, straight_lanes

LEFT, RIGHT = ((150, 540), (440, 330)), ((860, 540), (520, 330))


def road(*, left: bool = True, dashes: tuple[float, float] | None = (0.12, 0.2), gray: int = 90) -> NDArray[np.uint8]:
    """960x540: a solid line on the left, and dashes (length, distance as shares of the line) on the right; 8 wide."""
    image = np.full((540, 960, 3), gray, np.uint8)
    if left:
        cv2.line(image, *LEFT, (255, 255, 255), 8)
    if dashes is not None:
        foot, top = np.array(RIGHT, np.float64)
        for start in np.arange(0, 1, dashes[1]):
            ends = np.rint(np.stack([foot + (top - foot) * share for share in (start, start + dashes[0])])).astype(int)
            cv2.line(image, *map(tuple, ends.tolist()), (255, 255, 255), 8)
    return image


def at(line: NDArray[np.float64], y: float) -> float:
    return float(np.interp(y, line[::-1, 1], line[::-1, 0]))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"votes": 15, "min_length": 20, "max_gap": 20},
        {"votes": 50, "min_length": 40, "max_gap": 100},
        {"votes": 20, "min_length": 20, "max_gap": 300},
        {"votes": 30, "min_length": 40, "max_gap": 50, "low": 40, "high": 120},
    ],
)
def test_a_solid_and_a_dashed_line_are_found_to_three_pixels(options: dict[str, Any]) -> None:
    found = straight_lanes(road(), **options)
    assert [SIDES[label].name for label in found.labels] == ["left", "right"]
    for line, ends, slope in zip(found.lines, (LEFT, RIGHT), (-0.7241, 0.6176), strict=True):
        assert abs(at(line, 539) - ends[0][0]) < 3
        assert abs(at(line, 330) - ends[1][0]) < 4
        (x0, y0), (x1, y1) = line.tolist()
        assert (y1 - y0) / (x1 - x0) == pytest.approx(slope, abs=0.012)
        assert (y0, y1) == pytest.approx((539, 324))


def test_a_side_without_segments_has_no_line() -> None:
    short = road(dashes=(0.09, 0.3))  # 36 pixels, of which 40 are asked
    found = straight_lanes(short, min_length=40, max_gap=20)
    assert [SIDES[label].name for label in found.labels] == ["left"]
    assert [SIDES[label].name for label in straight_lanes(road(left=False)).labels] == ["right"]


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((540, 960, 3), np.uint8),
        np.full((540, 960), 255, np.uint8),
        np.zeros((1, 1), np.uint8),
        np.zeros((3, 500), np.uint8),
        np.random.default_rng(0).integers(0, 12, (540, 960), np.uint8),
        road(left=False, dashes=None),
    ],
    ids=["black", "white", "pixel", "strip", "night", "empty"],
)
def test_where_nothing_is_there_is_no_line_not_even_along_the_region(image: NDArray[np.uint8]) -> None:
    assert len(straight_lanes(image)) == 0


def test_upright_lines_are_no_borders_and_divide_by_nothing() -> None:
    image = np.full((540, 960), 60, np.uint8)
    for x in (300, 480, 660):
        cv2.line(image, (x, 540), (x, 300), 255, 6)
    assert len(straight_lanes(image)) == 0
    steep = np.full((540, 960), 60, np.uint8)
    cv2.line(steep, (420, 540), (440, 330), 255, 6)
    (line,) = straight_lanes(steep, region=((0, 1), (0, 0.5), (1, 0.5), (1, 1))).lines
    assert np.abs(line[:, 0] - [420, 440.6]).max() < 3


def test_lines_end_where_they_meet() -> None:
    image = np.full((540, 960), 60, np.uint8)
    cv2.line(image, (180, 540), (460, 400), 255, 6)
    cv2.line(image, (780, 540), (500, 400), 255, 6)
    found = straight_lanes(image, region=((0, 1), (0, 0.5), (1, 0.5), (1, 1)))
    assert len(found) == 2
    np.testing.assert_allclose(found.lines[0][1], found.lines[1][1], atol=1)
    assert found.lines[0][1, 1] == pytest.approx(390, abs=3)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"blur": 4}, "blur 4 is even"),
        ({"low": 200}, "low 200 is above high 150"),
        ({"region": ((0, 1), (1, 1))}, "no polygon"),
        ({"votes": 0}, "votes"),
    ],
)
def test_numbers_without_sense_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        straight_lanes(road(), **options)

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.camera import Camera
from perpixel.kernels.ground_rays import GROUND, STANDING, UNJUDGED, first_contacts, nearest_aside

LEVEL = Camera((100, 100), (49.5, 20.0), (61, 100), height=1.0)


def contacts(kinds: NDArray[np.uint8], bearings: list[float], *, share: float = 0.2, farthest: float = 60.0,
             camera: Camera = LEVEL) -> tuple[list[float], list[float], list[float]]:  # fmt: skip
    found = first_contacts(
        kinds, camera.homography, np.array(bearings), farthest=farthest, least_pixels=2, least_share=share
    )
    first, nearest, reach = (each.tolist() for each in found)
    return first, nearest, reach


def ground() -> NDArray[np.uint8]:
    kinds = np.full(LEVEL.size, GROUND, np.uint8)
    kinds[:21] = UNJUDGED
    return kinds


def test_a_wall_is_met_at_its_foot_worked_by_hand() -> None:
    kinds = ground()
    kinds[:40] = STANDING  # its foot is the lower border of row 39: 100 / (39.5 - 20)
    (ahead, aside), nearest, _ = contacts(kinds, [0.0, 0.3])
    assert ahead == pytest.approx(100 / 19.5, abs=1e-6)
    assert aside == pytest.approx(100 / 19.5 / np.cos(0.3), abs=1e-6)
    assert nearest[0] == pytest.approx(100 / 40.5, abs=1e-6)  # the picture ends at row 60


def test_a_thing_on_the_left_is_met_on_the_left_only() -> None:
    kinds = ground()
    kinds[:40, :45] = STANDING
    (left, right), _, reach = contacts(kinds, [0.3, -0.3])
    assert left == pytest.approx(100 / 19.5 / np.cos(0.3), abs=1e-6)
    assert right == np.inf
    assert reach[1] > 40


def test_what_is_lower_than_the_least_height_is_passed() -> None:
    kinds = ground()
    kinds[37:40] = STANDING  # hides the ground from 5.128 to 6.06 m: 1 - 5.128 / 6.06 = 0.154 of the height
    assert contacts(kinds, [0.0], share=0.17)[0] == [np.inf]
    assert contacts(kinds, [0.0], share=0.12)[0] == pytest.approx([100 / 19.5], abs=1e-6)


def test_a_speck_of_one_pixel_is_noise() -> None:
    kinds = ground()
    kinds[23, 49:51] = STANDING
    assert contacts(kinds, [0.0], share=0.05)[0] == [np.inf]


def test_what_leaves_the_picture_at_its_side_counts_as_high() -> None:
    camera = Camera((100, 100), (49.5, 30.0), (61, 100), height=1.0, pitch=0.6)
    kinds = np.full(camera.size, GROUND, np.uint8)
    kinds[:, :3] = STANDING
    points, _ = camera.ground_from_image(np.array([[0.0, 25.0]]))
    bearing = float(np.arctan2(points[0, 1], points[0, 0]))
    (left, ahead), _, _ = contacts(kinds, [bearing, 0.0], share=0.9, camera=camera)
    pixel, _ = camera.project(left * np.array([[np.cos(bearing), np.sin(bearing), 0.0]]))
    assert pixel[0, 0] == pytest.approx(2.5, abs=0.5)
    assert ahead == np.inf


def test_beyond_the_farthest_nothing_is_met() -> None:
    kinds = ground()
    kinds[:26] = STANDING  # at 18.2 m
    assert contacts(kinds, [0.0])[0] == pytest.approx([100 / 5.5], rel=0.03)
    first, _, reach = contacts(kinds, [0.0], farthest=10.0)
    assert first == [np.inf]
    assert reach[0] == pytest.approx(10, abs=0.6)


def test_a_ray_beside_or_behind_the_view_sees_nothing() -> None:
    first, nearest, _ = contacts(ground(), [1.4, 3.1])
    assert first == [np.inf, np.inf]
    assert np.isnan(nearest).all()


def test_rolled_and_turned_the_wall_stays_where_it_is() -> None:
    camera = Camera((300, 300), (150, 100), (200, 300), height=1.5, pitch=0.1, roll=0.25, yaw=0.1)
    rows, columns = np.indices(camera.size, float)
    points, hit = camera.ground_from_image(np.stack([columns, rows], axis=-1))
    kinds = np.where(hit & (points[..., 0] < 8), GROUND, STANDING).astype(np.uint8)
    bearings = [-0.1, 0.1, 0.3]
    first = contacts(kinds, bearings, camera=camera)[0]
    assert first == pytest.approx((8 / np.cos(bearings)).tolist(), rel=0.03)


def test_close_aside_the_nearest_of_each_neighborhood_counts() -> None:
    ranges = np.array([np.inf, 10, np.inf, np.inf, np.inf, 5, np.inf])
    # 1 m aside are 1 ray at 10 m and 2 rays at 5 m, of 0.1 radians each.
    assert nearest_aside(ranges, 0.1, 1.01).tolist() == [10, 10, 10, 5, 5, 5, 5]

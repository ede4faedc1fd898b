from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from drawn import CAMERA, street

from perpixel.camera import Distortion
from perpixel.occupancy import PolarGrid, polar_grid

BOX = (10.0, 12.0, 1.0, 2.0, 1.4)


def test_the_nearest_obstacle_is_where_it_stands_and_to_the_left_if_it_is_left() -> None:
    polar = polar_grid(street(BOX), CAMERA, clearance=0.0)
    on_it, beside, right = polar.at(np.arctan2([1.5, 3.0, -1.5], 10.0)).tolist()
    assert on_it == pytest.approx(np.hypot(10, 1.5), rel=0.02)
    assert beside == right == np.inf
    assert np.isnan(polar.at(np.array([1.5]))).all()
    points = polar.points()
    assert points.min(axis=0) == pytest.approx((10, 1), abs=0.15)
    assert points.max(axis=0) == pytest.approx((10, 2), abs=0.15)


def test_with_room_aside_a_ray_ends_at_what_is_close_beside_it() -> None:
    polar = polar_grid(street(BOX), CAMERA, clearance=0.0)
    bearing = np.arctan2([2.2], 10.0)
    assert polar.at(bearing).tolist() == [np.inf]
    assert polar.at(bearing, aside=0.3) == pytest.approx([10.1], rel=0.03)


def test_a_foot_that_may_hang_over_the_ground_is_nearer_than_it_looks() -> None:
    polar = polar_grid(street(BOX), CAMERA, clearance=0.3)
    assert polar.contacts[polar.met] == pytest.approx(0.8 * polar.at_most[polar.met])
    assert (polar.sureness[polar.met] == 1).all()
    assert (polar.sureness[~polar.met] == 0).all()


def test_what_is_low_is_passed_and_what_is_farther_than_the_ray_is_left_out() -> None:
    assert not polar_grid(street((10.0, 12.0, 1.0, 2.0, 0.15)), CAMERA).met.any()
    assert not polar_grid(street(BOX), CAMERA, farthest=8.0).met.any()


def test_the_ground_is_seen_from_the_foot_of_the_picture_on() -> None:
    polar = polar_grid(street(), CAMERA)
    assert not polar.met.any()
    ahead = int(np.abs(polar.bearings).argmin())
    assert polar.nearest[ahead] == pytest.approx(1.5 * 400 / 139.5, rel=0.02)
    assert polar.reach[ahead] == pytest.approx(60, rel=0.1)


def test_sectors_keep_the_nearest_and_the_surest() -> None:
    bearings = np.array([-0.11, -0.09, 0.04, 0.12])
    ranges = np.array([7.0, 5.0, np.inf, 3.0])
    sure = np.array([0.9, 0.6, 0.0, 0.7], np.float32)
    polar = PolarGrid(bearings, ranges, ranges + 1, sure, np.full(4, 2.0), np.array([1.0, 4.0, np.nan, 9.0]))
    binned = polar.binned(0.1)
    assert binned.bearings.tolist() == pytest.approx([-0.1, 0.0, 0.1])
    assert binned.contacts.tolist() == [5, np.inf, 3]
    assert binned.at_most.tolist() == [6, np.inf, 4]
    assert binned.sureness.tolist() == pytest.approx([0.9, 0, 0.7])
    assert binned.reach.tolist() == pytest.approx([4, np.nan, 9], nan_ok=True)
    with pytest.raises(ValueError, match="angle over 0"):
        polar.binned(0.0)


def test_a_camera_that_sees_no_ground_meets_nothing() -> None:
    up = replace(CAMERA, pitch=-1.0)
    polar = polar_grid(street(camera=up), up)
    assert len(polar.bearings) == len(polar.binned(0.1).bearings) == 0
    assert polar.points().shape == (0, 2)


def test_a_bent_lens_changes_nothing_on_the_ground() -> None:
    bent = replace(CAMERA, distortion=Distortion((-0.15, 0.0, 0.0)))
    space = street(BOX, camera=bent)
    points = polar_grid(space, bent, clearance=0.0).points()
    assert points[:, 0] == pytest.approx(np.full(len(points), 10.0), abs=0.4)


def test_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"see Camera\.resized"):
        polar_grid(street(), CAMERA.resized((100, 200)))

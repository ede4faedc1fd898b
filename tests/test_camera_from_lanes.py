from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.camera import Camera, Distortion, height_from_lane, orientation_from_lanes

TRUE = Camera((700.0, 720.0), (639.5, 359.5), (720, 1280), height=1.45, pitch=0.03, roll=0.01, yaw=-0.02)


def lane(camera: Camera, y: float, *, points: int = 30) -> NDArray[np.float64]:
    x = np.linspace(6, 25, points)
    return camera.project(np.column_stack([x, np.full(points, y), np.zeros(points)]))[0]


def unknown(camera: Camera) -> Camera:
    return replace(camera, height=1.0, pitch=0.0, yaw=0.0)


@pytest.mark.parametrize("camera", [TRUE, replace(TRUE, distortion=Distortion((-0.2, 0.03, 0.0)))])
def test_perfect_lines_give_the_camera_back(camera: Camera) -> None:
    left, right = lane(camera, 1.9), lane(camera, -1.6)
    found = orientation_from_lanes([left, right], unknown(camera))
    assert (found.pitch, found.yaw) == pytest.approx((0.03, -0.02), abs=1e-9)
    height = height_from_lane(left, right, found.of(unknown(camera)))
    assert height.of(camera).height == pytest.approx(1.45, abs=1e-9)


def test_the_lines_of_a_level_camera_meet_at_its_principal_point() -> None:
    camera = Camera((100, 100), (50, 50), (101, 101), height=1.0)
    found = orientation_from_lanes([np.array([[20.0, 80], [40, 60]]), np.array([[80.0, 80], [60, 60]])], camera)
    assert found.point == pytest.approx((50, 50))
    assert (found.pitch, found.yaw) == pytest.approx((0, 0), abs=1e-12)


def test_a_lane_twice_as_wide_is_seen_from_twice_as_high() -> None:
    camera = Camera((100, 100), (50, 50), (101, 101), height=1.0)
    # At row 100 the ground is 2 m ahead of a camera 1 m high, and 50 pixels are 1 m there.
    one = height_from_lane(np.array([[0.0, 100]]), np.array([[100.0, 100]]), camera, width=2.0, width_error=0.0)
    assert one.height == pytest.approx(1.0)
    two = height_from_lane(np.array([[0.0, 100]]), np.array([[100.0, 100]]), camera, width=4.0, width_error=0.4)
    assert two.height == pytest.approx(2.0)
    # 10 % of the width; each point errs by 1 of 100 pixels.
    assert two.error == pytest.approx(2.0 * np.sqrt(0.1**2 + 2 * 0.01**2))


def test_the_errors_are_as_large_as_they_say() -> None:
    generator = np.random.default_rng(0)
    sigma = 0.8
    lines = [lane(TRUE, y) for y in (5.4, 1.9, -1.6, -5.1)]
    camera = unknown(TRUE)
    found, said, heights, height_said = [], [], [], []
    for _ in range(300):
        noisy = [line + generator.normal(0, sigma, line.shape) for line in lines]
        outer = orientation_from_lanes([noisy[0], noisy[3]], camera, sigma=sigma)
        found.append((outer.pitch, outer.yaw))
        said.append((outer.pitch_error, outer.yaw_error))
        height = height_from_lane(noisy[1], noisy[2], outer.of(camera), width_error=0.0, sigma=sigma, orientation=outer)
        heights.append(height.height)
        height_said.append(height.error)
    assert np.std(found, axis=0) == pytest.approx(np.mean(said, axis=0), rel=0.12)
    assert np.mean(found, axis=0) == pytest.approx((0.03, -0.02), abs=3e-4)
    assert np.std(heights) == pytest.approx(np.mean(height_said), rel=0.12)


def test_lines_that_do_not_meet_in_a_point_widen_the_error() -> None:
    lines = [lane(TRUE, y) for y in (5.4, 1.9, -1.6)]
    good = orientation_from_lanes(lines, unknown(TRUE))
    lines[2] = lines[2] + np.linspace(0, 25, len(lines[2]))[:, None] * (1, 0)
    assert orientation_from_lanes(lines, unknown(TRUE)).pitch_error > 3 * good.pitch_error


def test_what_gives_no_answer_is_refused() -> None:
    left = np.array([[20.0, 80], [40, 60]])
    with pytest.raises(ValueError, match="two at least"):
        orientation_from_lanes([left], TRUE)
    with pytest.raises(ValueError, match="parallel in the picture"):
        orientation_from_lanes([left, left + np.array((10, 0))], TRUE)
    with pytest.raises(ValueError, match="two points at least"):
        orientation_from_lanes([left, left[:1]], TRUE)
    with pytest.raises(ValueError, match="all points of a line"):
        orientation_from_lanes([left, left[[0, 0]]], TRUE)
    with pytest.raises(ValueError, match="over the horizon"):
        height_from_lane(left - 500, left, TRUE)
    with pytest.raises(ValueError, match="exchange them"):
        height_from_lane(lane(TRUE, -1.6), lane(TRUE, 1.9), TRUE)

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from perpixel.camera import Camera

# The camera of MathWorks' example of a bird's-eye view.
EXAMPLE = Camera((309.4362, 344.2161), (318.9034, 257.5352), (480, 640), height=2.1798, pitch=np.radians(14))


@pytest.mark.parametrize(
    ("ground", "pixel"),
    [
        ((3, 0), (318.9034, 396.6226)),
        ((10, 0), (318.9034, 247.3009)),
        ((20, 0), (318.9034, 210.5066)),
        ((20, 2), (287.8562, 210.5066)),
        ((30, 6), (256.2565, 197.8053)),
        ((30, -6), (381.5503, 197.8053)),
    ],
)
def test_the_published_example_projects_to_its_own_numbers(
    ground: tuple[float, float], pixel: tuple[float, float]
) -> None:
    pixels, in_front = EXAMPLE.project(np.array([[*ground, 0.0]]))
    assert_allclose(pixels[0], pixel, atol=5e-4)
    assert in_front.all()


def test_the_published_example_has_its_horizon() -> None:
    assert EXAMPLE.horizon == pytest.approx(171.7125, abs=5e-4)


def test_a_level_camera_worked_by_hand() -> None:
    camera = Camera((100, 100), (50, 50), (101, 101), height=1.0)
    assert_allclose(camera.project(np.array([[10.0, 1, 0]]))[0], [[40, 60]], atol=1e-9)
    assert camera.horizon == 50


def test_a_camera_that_looks_down_45_degrees_sees_the_ground_at_its_own_height_ahead() -> None:
    camera = Camera((100, 100), (50, 50), (101, 101), height=1.0, pitch=np.pi / 4)
    assert_allclose(camera.project(np.array([[1.0, 0, 0]]))[0], [[50, 50]], atol=1e-9)


def test_what_a_camera_turned_clockwise_sees_is_turned_counterclockwise() -> None:
    camera = Camera((100, 100), (50, 50), (101, 101), height=1.0, roll=np.pi / 2)
    # The camera's right side points to the ground: what is left of the axis is at the foot of the picture.
    assert_allclose(camera.project(np.array([[10.0, 1, 1]]))[0], [[50, 60]], atol=1e-9)


def test_points_behind_the_camera_are_flagged_and_have_no_pixel() -> None:
    pixels, in_front = EXAMPLE.project(np.array([[-5.0, 0, 0], [10.0, 0, 0], [0.0, 0, EXAMPLE.height]]))
    assert in_front.tolist() == [False, True, False]
    assert np.isnan(pixels[[0, 2]]).all()


def test_pixels_at_and_over_the_horizon_hit_no_ground() -> None:
    points, hit = EXAMPLE.ground_from_image(np.array([[318.0, EXAMPLE.horizon - 1], [318.0, EXAMPLE.horizon + 1]]))
    assert hit.tolist() == [False, True]
    assert np.isnan(points[0]).all()


@given(
    x=st.floats(1, 60), y=st.floats(-10, 10), z=st.floats(0, 0.5), pitch=st.floats(-0.2, 0.4), roll=st.floats(-0.5, 0.5)
)
def test_ground_to_picture_to_ground_errs_by_less_than_a_billionth(
    x: float, y: float, z: float, pitch: float, roll: float
) -> None:
    camera = Camera((420.0, 440.0), (239.5, 179.5), (360, 480), height=1.4, pitch=pitch, roll=roll)
    pixels, in_front = camera.project(np.array([[x, y, z]]))
    if in_front[0]:
        back, hit = camera.ground_from_image(pixels, elevation=z)
        assert hit[0]
        assert_allclose(back, [[x, y]], atol=1e-9 * max(1.0, x * x))


def test_depth_along_rays_gives_the_points_back() -> None:
    points = np.array([[7.0, -2, 0.3], [20.0, 4, 3]])
    depth = EXAMPLE.to_camera(points)[:, 2]
    pixels, _ = EXAMPLE.project(points)
    assert_allclose(EXAMPLE.rays(pixels) * depth[:, None] + EXAMPLE.position, points, atol=1e-9)


def test_a_camera_survives_its_dictionary() -> None:
    camera = Camera((420.0, 440.0), (239.5, 179.5), (360, 480), height=1.4, pitch=0.1, roll=-0.02)
    assert Camera.from_dict(camera.to_dict()) == camera


def test_a_camera_without_a_height_says_so() -> None:
    data = EXAMPLE.to_dict()
    del data["height"]
    with pytest.raises(ValueError, match="without height"):
        Camera.from_dict(data)


def test_a_camera_under_the_ground_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        Camera((1, 1), (0, 0), (2, 2), height=0.0)

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from perpixel.camera import Camera, Distortion

BARREL = Distortion((-0.31, 0.12, -0.02), (0.0011, -0.0007))
BENT = Camera((420.0, 440.0), (239.5, 179.5), (360, 480), 1.4, pitch=0.06, roll=0.02, yaw=-0.04, distortion=BARREL)


def test_a_lens_bends_as_opencv_says() -> None:
    points = np.random.default_rng(0).uniform((-1, -0.7), (1, 0.7), (50, 2))
    (k1, k2, k3), (p1, p2) = BARREL.radial, BARREL.tangential
    spatial = np.column_stack([points, np.ones(50)])
    theirs, _ = cv2.projectPoints(spatial, np.zeros(3), np.zeros(3), np.eye(3), np.array([k1, k2, p1, p2, k3]))
    assert_allclose(BARREL.bend(points), theirs[:, 0], atol=1e-12)


@settings(max_examples=40)
@given(k1=st.floats(-0.4, 0.4), k2=st.floats(-0.1, 0.2), p1=st.floats(-0.01, 0.01), x=st.floats(-0.7, 0.7))
def test_straightening_undoes_bending(k1: float, k2: float, p1: float, x: float) -> None:
    lens = Distortion((k1, k2, 0.0), (p1, -p1))
    points = np.array([[x, 0.4], [-x, -0.3], [0.0, x]])
    points = points[np.hypot(*points.T) < 0.8 * lens.reach]
    assert_allclose(lens.straighten(lens.bend(points)), points, atol=1e-9)


def test_a_barrel_reaches_to_where_its_polynomial_turns_back() -> None:
    # d/dr (r - r^3 / 3) = 0 at r = 1
    lens = Distortion((-1 / 3, 0.0, 0.0))
    assert lens.reach == pytest.approx(1.0)
    assert np.isnan(lens.bend(np.array([1.4, 0.0]))).all()
    assert np.isnan(lens.straighten(np.array([0.9, 0.0]))).all()  # the lens shows nothing beyond 2 / 3
    assert Distortion((0.2, 0.0, 0.0)).reach == np.inf


def test_points_that_the_polynomial_would_fold_back_are_flagged() -> None:
    camera = Camera((100, 100), (50, 50), (101, 101), 1.0, distortion=Distortion((-1 / 3, 0.0, 0.0)))
    pixels, seen = camera.project(np.array([[1.0, -1.4, 1.0], [1.0, -0.4, 1.0]]))
    assert seen.tolist() == [False, True]
    assert np.isnan(pixels[0]).all()


def test_ground_to_picture_to_ground_through_a_bent_lens_errs_by_less_than_a_billionth() -> None:
    x, y = np.meshgrid(np.linspace(4, 30, 9), np.linspace(-3, 3, 7))
    ground = np.stack([x.ravel(), y.ravel()], axis=1)
    pixels, seen = BENT.project(np.column_stack([ground, np.zeros(len(ground))]))
    assert seen.all()
    back, hit = BENT.ground_from_image(pixels)
    assert hit.all()
    assert_allclose(back, ground, atol=1e-9)


def test_a_camera_turned_to_the_left_sees_what_is_ahead_on_its_right() -> None:
    camera = Camera((100, 100), (50, 50), (101, 101), height=1.0, yaw=np.pi / 4)
    assert_allclose(camera.project(np.array([[10.0, 10, 1], [10.0, 0, 1]]))[0], [[50, 50], [150, 50]], atol=1e-9)


def test_the_homography_of_the_ground_is_its_projection() -> None:
    straight = BENT.straight()
    ground = np.array([[5.0, 1, 1], [20.0, -3, 1]])
    x, y, depth = (straight.homography @ ground.T).tolist()
    pixels, _ = straight.project(ground * (1, 1, 0))
    assert_allclose(np.divide([x, y], depth).T, pixels, atol=1e-9)
    assert_allclose(depth, straight.to_camera(ground * (1, 1, 0))[:, 2], atol=1e-12)


def test_a_straightened_picture_has_straight_lines_where_the_straight_camera_puts_them() -> None:
    image = np.zeros(BENT.size, np.uint8)
    edge = np.linspace((6.0, -1.5, 0), (25.0, -1.5, 0), 400)
    pixels, _ = BENT.project(edge)
    cv2.polylines(image, [np.rint(pixels).astype(np.int32)[:, None]], False, 255)
    straight = BENT.straightened(image)
    where, _ = BENT.straight().project(edge[::20])
    assert all(straight[round(y) - 1 : round(y) + 2, round(x) - 1 : round(x) + 2].max() > 60 for x, y in where)
    labels = BENT.straightened(np.full(BENT.size, 7, np.uint8), nearest=True, outside=255)
    assert set(np.unique(labels)) <= {7, 255}


def test_a_resized_camera_sees_the_same_ground_at_the_same_place_of_the_picture() -> None:
    camera = BENT.resized((720, 480))
    point = np.array([[12.0, 2.0, 0.0]])
    (x, y), (wide, high) = BENT.project(point)[0][0], camera.project(point)[0][0]
    assert ((x + 0.5) / 480, (y + 0.5) / 360) == pytest.approx(((wide + 0.5) / 480, (high + 0.5) / 720))

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.camera import BirdsEye, Camera
from perpixel.classical.lane_camera import LaneCameras, lane_camera, level_camera
from perpixel.classical.lane_curves import NO_LINES, LaneCurves, clearest_lanes, lane_curves, lane_view
from perpixel.classical.lane_paint import paint_points
from perpixel.classical.lane_tracking import LaneTracker
from perpixel.classical.lanes import SIDES, straight_lanes
from perpixel.metrics.lanes_tusimple import TuSimpleScore
from perpixel.results.lane_rows import LaneRows, fixed_rows
from perpixel.synthetic import street

CAMERA = Camera((900.0, 900.0), (479.5, 269.5), (540, 960), height=1.4, pitch=0.03)
VIEW = lane_view(CAMERA)


def painted(
    *lines: tuple[float, float], heading: float = 0.0, bend: float = 0.0, camera: Camera = CAMERA
) -> NDArray[np.uint8]:
    """Road with lines of an offset and a dash (0: solid), 12 cm wide, drawn finer than pixels."""
    image = np.full((*camera.size, 3), 80, np.uint8)
    for offset, dash in lines:
        for start in np.arange(2.0, 60.0, 0.5):
            if dash and start % (2 * dash) >= dash:
                continue
            x = np.array([start, start + 0.5, start + 0.5, start])
            y = offset + heading * x + bend * x**2 + np.array([-0.06, -0.06, 0.06, 0.06])
            corners, _ = camera.project(np.stack([x, y, np.zeros(4)], axis=1))
            cv2.fillPoly(image, [np.rint(corners * 64).astype(np.int32)], (220, 220, 210), cv2.LINE_AA, 6)
    return image


def test_offsets_and_curvature_are_found_in_metres() -> None:
    image = painted((1.6, 0), (-1.9, 3), (-5.3, 0), heading=0.02, bend=0.002)
    found = lane_curves(image, VIEW)
    np.testing.assert_allclose(found.offsets, [1.6, -1.9, -5.3], atol=0.1)
    assert found.curvature == pytest.approx(0.004, abs=1e-3)
    assert found.lane == pytest.approx((0.15, 3.5), abs=0.06)
    lanes = found.in_picture(CAMERA)
    assert [SIDES[label].name for label in lanes.labels] == ["left", "right", "right"]
    truth, _ = CAMERA.project(np.array([[20.0, 1.6 + 0.4 + 0.8, 0]]))
    line = lanes.lines[0]
    assert np.interp(truth[0, 1], line[::-1, 1], line[::-1, 0]) == pytest.approx(truth[0, 0], abs=3)


@pytest.mark.parametrize(
    "image",
    [np.zeros((540, 960, 3), np.uint8), np.full((540, 960), 255, np.uint8), painted()],
    ids=["night", "white", "empty"],
)
def test_a_road_without_lines_has_none(image: NDArray[np.uint8]) -> None:
    found = lane_curves(image, VIEW)
    assert (len(found), found.lane, len(found.in_picture(CAMERA)), found.ground()) == (0, None, 0, ())


def test_noise_and_sky_alone_end_in_few_faint_lines_or_none() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (540, 960), np.uint8)
    assert all(lane_curves(noise, VIEW).support < 0.6)
    up = Camera((900.0, 900.0), (479.5, 269.5), (540, 960), height=1.4, pitch=-0.6)
    assert len(lane_curves(noise, lane_view(up))) == 0


def test_one_line_is_one_line_and_no_lane() -> None:
    found = lane_curves(painted((-1.7, 3)), VIEW)
    np.testing.assert_allclose(found.offsets, [-1.7], atol=0.1)
    assert found.lane is None


def test_what_stands_upright_is_told_from_what_is_painted() -> None:
    """A bright post 2.5 m high, 12 m ahead and 1 m to the right, and a line on the left."""
    image = painted((1.6, 0))
    ends, _ = CAMERA.project(np.array([[12.0, -1.0, 0.0], [12.0, -1.0, 1.2]]))
    cv2.line(image, *np.rint(ends).astype(int).tolist(), (230, 230, 230), 5)
    points, contrast, lies = paint_points(image, VIEW)
    assert (contrast > 0).all()
    left = points[:, 1] > 1
    assert (~left).sum() > 10
    assert lies[left].mean() > 0.9
    assert lies[~left].mean() < 0.2


def test_an_unknown_camera_is_guessed_from_the_borders_of_the_lane() -> None:
    camera = Camera((960.0, 960.0), (479.5, 269.5), (540, 960), height=1.3, pitch=0.05, yaw=0.02)
    found = lane_camera([straight_lanes(painted((1.8, 0), (-1.7, 0), camera=camera))], camera.size)
    assert found is not None
    assert (found.pitch, found.yaw) == pytest.approx((0.05, 0.02), abs=0.015)
    assert found.height == pytest.approx(1.3, abs=0.08)
    assert lane_camera([straight_lanes(painted())], camera.size) is None


def test_pictures_without_borders_get_the_camera_of_the_others() -> None:
    cameras = LaneCameras(None)
    (alone,) = cameras.views(painted(), alone=True)
    assert alone.camera == level_camera((540, 960))
    cameras.look(painted((1.8, 0), (-1.7, 0)))
    (common,) = cameras.views(painted(), alone=True)
    assert common.camera.horizon == pytest.approx(CAMERA.horizon, abs=6)
    curves, view = clearest_lanes(painted((1.8, 4), (-1.7, 4)), [alone, common])
    assert view is common
    assert len(curves) == 2


def test_a_given_camera_fits_other_sizes_but_no_other_shape() -> None:
    cameras = LaneCameras(CAMERA)
    (view,) = cameras.views(np.zeros((270, 480), np.uint8), alone=True)
    assert view.camera == CAMERA.resized((270, 480))
    with pytest.raises(ValueError, match="another shape"):
        cameras.views(np.zeros((300, 480), np.uint8), alone=True)


def test_drawn_streets_of_unseen_seeds_reach_three_quarters_of_tusimples_accuracy() -> None:
    score = TuSimpleScore()
    for seed in (100006, 100010, 100018):
        scene = street(seed, size=(270, 480))
        curves, _ = clearest_lanes(scene.image, [lane_view(scene.camera)])
        rows = fixed_rows(270)
        truth, mine = (
            LaneRows.of_lines(lanes.lines, rows, (270, 480)) for lanes in (scene.lanes, curves.in_picture(scene.camera))
        )
        score.update(truth=truth, prediction=mine, name=str(seed))
    assert score.compute()["accuracy"] >= 0.75


def curves(*offsets: float, bend: float = 0.0) -> LaneCurves:
    return LaneCurves(np.array(offsets), np.full(len(offsets), 0.5), bend=bend, reach=40.0)


def test_tracking_smooths_by_its_memory() -> None:
    tracker = LaneTracker(memory=0.75)
    assert tracker.update(curves(1.6, -1.8)).offsets.tolist() == [1.6, -1.8]
    found = tracker.update(curves(2.0, -1.8, bend=0.004))
    assert found.offsets.tolist() == pytest.approx([1.7, -1.8])
    assert found.bend == pytest.approx(0.001)


def test_tracking_keeps_a_line_for_some_frames_and_a_flicker_for_none() -> None:
    tracker = LaneTracker(memory=0.7)
    for _ in range(20):
        tracker.update(curves(1.6, -1.8))
    shown = [len(tracker.update(NO_LINES)) for _ in range(6)]
    assert shown == [2, 2, 2, 0, 0, 0]
    tracker = LaneTracker(memory=0.7)
    assert len(tracker.update(curves(1.6))) == 1
    assert len(tracker.update(NO_LINES)) == 0
    assert math.isfinite(LaneTracker().update(NO_LINES).reach)


def test_tracking_refuses_a_memory_that_forgets_nothing() -> None:
    with pytest.raises(ValueError, match="memory 1"):
        LaneTracker(memory=1)


def test_the_view_is_45_metres_long() -> None:
    assert isinstance(VIEW, BirdsEye)
    assert VIEW.extent[1] == 45

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from perpixel.synthetic import Scene, drive, street


@pytest.fixture(scope="module")
def frames() -> list[Scene]:
    return list(drive(6, frames=3, size=(180, 240), speed=8.0, fps=4.0))


def test_a_drive_begins_with_the_street_of_its_seed(frames: list[Scene]) -> None:
    still = street(6, size=(180, 240))
    np.testing.assert_array_equal(frames[0].image, still.image)
    np.testing.assert_array_equal(frames[0].pose, still.pose)


def test_the_vehicle_moves_at_its_speed_along_a_smooth_path(frames: list[Scene]) -> None:
    for before, after in pairwise(frames):
        step = np.linalg.inv(before.pose) @ after.pose
        assert np.hypot(*step[:2, 3]) == pytest.approx(2.0, rel=0.1)
        assert abs(step[1, 3]) < 0.3
        np.testing.assert_allclose(step[:3, :3] @ step[:3, :3].T, np.eye(3), atol=1e-12)


def test_time_runs_at_the_frame_rate(frames: list[Scene]) -> None:
    assert [scene.time for scene in frames] == [0.0, 0.25, 0.5]


def test_what_stands_still_is_seen_again_where_the_poses_say(frames: list[Scene]) -> None:
    first, last = frames[0], frames[2]
    fixed = np.isin(first.labels.labels, [first.labels.classes.index(n) for n in ("road", "pavement", "building")])
    fixed &= first.depth.metres < 60
    rows, columns = np.nonzero(fixed)
    rays = first.camera.rays(np.stack([columns, rows], axis=1).astype(np.float64))
    points = rays * first.depth.metres[rows, columns][:, None].astype(np.float64) + first.camera.position
    world = points @ first.pose[:3, :3].T + first.pose[:3, 3]
    ahead = (world - last.pose[:3, 3]) @ last.pose[:3, :3]
    pixels, in_front = last.camera.project(ahead)
    depth = last.camera.to_camera(ahead)[:, 2]
    place = np.rint(np.nan_to_num(pixels, nan=-1)).astype(int)
    inside = in_front & (place >= 0).all(1) & (place[:, 0] < 240) & (place[:, 1] < 180) & (depth > 2)
    found = last.depth.metres[place[inside, 1], place[inside, 0]]
    again = np.abs(found - depth[inside]) < 0.05 * depth[inside]
    assert inside.sum() > 5000
    # Trees and cars may come between; where they do not, it is the same thing as far away as the poses say.
    before = first.labels.labels[rows, columns][inside]
    after = last.labels.labels[place[inside, 1], place[inside, 0]]
    free = np.isin(after, np.unique(before))
    assert free.mean() > 0.7
    assert again[free].mean() > 0.97
    assert (after == before)[free].mean() > 0.97


def test_the_exposure_does_not_flicker() -> None:
    means = np.array([scene.image.mean((0, 1)) for scene in drive(9, frames=3, size=(90, 120), fps=20.0)])
    assert np.abs(means - means[0]).max() < 3


def test_other_traffic_moves(frames: list[Scene]) -> None:
    assert (frames[0].labels.labels != frames[1].labels.labels).mean() > 0.01


def test_a_drive_without_frames_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        next(drive(0, frames=0))

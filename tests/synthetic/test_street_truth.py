"""What a drawn scene says is true agrees with itself and with its camera."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classes import CAMVID
from perpixel.synthetic import Scene, street
from perpixel.synthetic.ground import KERB


def points_of(scene: Scene, mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Points (N, 3) in the vehicle frame that the pixels of a mask see, by the depth."""
    rows, columns = np.nonzero(mask)
    rays = scene.camera.rays(np.stack([columns, rows], axis=1).astype(np.float64))
    return rays * scene.depth.metres[mask][:, None].astype(np.float64) + scene.camera.position


def test_depth_of_the_road_is_where_the_camera_meets_the_ground(scenes: list[Scene]) -> None:
    for scene in scenes:
        rows, columns = np.nonzero(scene.labels.mask("road"))
        pixels = np.stack([columns, rows], axis=1).astype(np.float64)
        ground, hit = scene.camera.ground_from_image(pixels)
        assert hit.all()
        expected = scene.camera.to_camera(np.column_stack([ground, np.zeros(len(ground))]))[:, 2]
        np.testing.assert_allclose(scene.depth.metres[rows, columns], expected, rtol=1e-6)


def test_pavements_lie_between_the_road_and_the_height_of_the_kerb(scenes: list[Scene]) -> None:
    for scene in scenes:
        height = points_of(scene, scene.labels.mask("pavement"))[:, 2]
        if len(height):
            assert height.min() > -1e-4
            assert height.max() < KERB + 1e-4


def test_people_and_cars_stand_on_the_ground_and_are_of_their_size(scenes: list[Scene]) -> None:
    tallest = {"car": 3.9, "pedestrian": 2.2, "bicyclist": 2.1}
    for scene in scenes:
        for name, limit in tallest.items():
            height = points_of(scene, scene.labels.mask(name))[:, 2]
            if len(height):
                assert height.min() > -0.05
                assert height.max() < limit


def test_only_the_sky_has_no_depth(scenes: list[Scene]) -> None:
    for scene in scenes:
        np.testing.assert_array_equal(scene.depth.valid, ~scene.labels.mask("sky"))
        assert scene.depth.metres[scene.depth.valid].min() > 0.1


def test_panoptic_and_instances_and_labels_agree(scenes: list[Scene]) -> None:
    things = np.flatnonzero([entry.thing for entry in CAMVID])
    for scene in scenes:
        np.testing.assert_array_equal(scene.panoptic.label_map().labels, scene.labels.labels)
        np.testing.assert_array_equal(scene.instances.ids > 0, np.isin(scene.labels.labels, things))
        np.testing.assert_array_equal(scene.panoptic.things().ids, scene.instances.ids)
        np.testing.assert_array_equal(scene.panoptic.things().labels, scene.instances.labels)
        assert (scene.instances.areas > 0).all()
        assert (scene.panoptic.areas > 0).all()


def test_every_class_is_seen_in_most_scenes_and_fills_enough_of_them(scenes: list[Scene]) -> None:
    shares = np.array([scene.labels.shares() for scene in scenes])
    mean = dict(zip(CAMVID.names, shares.mean(0), strict=True))
    assert min(mean.values()) > 0.004, mean
    seen = dict(zip(CAMVID.names, (shares > 0.0005).mean(0), strict=True))
    assert min(seen.values()) > 0.75, seen


def test_the_same_seed_draws_the_same_scene() -> None:
    first, again, other = street(3), street(3), street(4)
    np.testing.assert_array_equal(first.image, again.image)
    np.testing.assert_array_equal(first.labels.labels, again.labels.labels)
    np.testing.assert_array_equal(first.occupancy.cells, again.occupancy.cells)
    assert (first.image != other.image).mean() > 0.5


@pytest.mark.parametrize(
    ("seed", "shares", "color"),
    [
        (
            0,
            [0.1956, 0.0494, 0.0286, 0.2902, 0.0793, 0.2176, 0.0039, 0.0276, 0.0691, 0.0233, 0.0153],
            [102.8, 102.5, 100.3],
        ),
        (
            100000,
            [0.1642, 0.2085, 0.0067, 0.3356, 0.0078, 0.1221, 0.0058, 0.0195, 0.117, 0.007, 0.0059],
            [87.7, 84.0, 85.5],
        ),
    ],
)
def test_seeds_keep_their_pictures(seed: int, shares: list[float], color: list[float]) -> None:
    """Published numbers are of these seeds: what changes them must be meant."""
    scene = street(seed)
    np.testing.assert_allclose(scene.labels.shares(), shares, atol=2e-4)
    np.testing.assert_allclose(scene.image.mean((0, 1)), color, atol=0.2)


@pytest.mark.parametrize("size", [(37, 61), (90, 64), (240, 320)])
def test_any_size_shows_the_same_view(size: tuple[int, int]) -> None:
    scene = street(5, size=size)
    assert scene.image.shape == (*size, 3)
    assert scene.labels.size == size == scene.camera.size
    whole = street(5, size=(size[0] * 3, size[1] * 3)).labels.shares()
    np.testing.assert_allclose(scene.labels.shares(), whole, atol=0.04)


def test_pictures_are_as_sharp_as_their_labels_are_true() -> None:
    """At the border of the sky the color changes within a pixel or two: picture and labels lie on each other."""
    scene = street(1)
    gray = scene.image.astype(np.float64).mean(2)
    edge = scene.labels.mask("sky")[:, 1:] != scene.labels.mask("sky")[:, :-1]
    step = np.abs(np.diff(gray, axis=1))
    shifted = np.abs(np.roll(np.diff(gray, axis=1), 4, axis=1))
    assert step[edge].mean() > 2 * shifted[edge].mean()

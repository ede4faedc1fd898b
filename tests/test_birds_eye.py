from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from perpixel.camera import BirdsEye, Camera, Distortion, grid_size

# MathWorks' example of birdsEyeView: outView [3 30 -6 6], outImageSize [NaN 250].
EXAMPLE = Camera((309.4362, 344.2161), (318.9034, 257.5352), (480, 640), height=2.1798, pitch=np.radians(14))
VIEW = BirdsEye.of_width(EXAMPLE, (3.0, 30.0, -6.0, 6.0), 250)


def test_the_published_view_has_its_scale_length_and_place_of_a_point() -> None:
    assert 1 / VIEW.resolution == pytest.approx(20.8333, abs=5e-5)
    assert (VIEW.extent[1] - VIEW.extent[0]) / VIEW.resolution == pytest.approx(562.5)
    assert VIEW.size == (563, 250)
    # The example counts from the view's corner, we from the first pixel's center.
    assert_allclose(VIEW.from_ground(np.array([20.0, 0.0])) + 0.5, (125, 208.3333), atol=1e-4)


def test_view_and_ground_and_picture_are_each_others_inverse_to_a_billionth() -> None:
    pixels = np.random.default_rng(0).uniform(0, (250, 560), (200, 2))
    assert_allclose(VIEW.from_ground(VIEW.to_ground(pixels)), pixels, atol=1e-9)
    found, _ = VIEW.to_image(pixels)
    back, hit = VIEW.from_image(found)
    assert hit.all()
    assert_allclose(back, pixels, atol=1e-9)


def test_forward_is_up_and_left_is_left() -> None:
    near, far, left = VIEW.from_ground(np.array([[5.0, 0], [25.0, 0], [5.0, 4]]))
    assert far[1] < near[1]
    assert left[0] < near[0]


def test_what_the_picture_does_not_show_is_not_valid() -> None:
    view = BirdsEye(EXAMPLE, (-5.0, 30.0, -30.0, 30.0), 0.5)
    image = np.full((480, 640), 200, np.uint8)
    seen = view.picture(image, outside=7)
    assert (seen[view.valid] == 200).all()
    assert (seen[~view.valid] == 7).all()
    rows, columns = np.nonzero(view.valid)
    ground = view.to_ground(np.stack([columns, rows], axis=1))
    assert ground[:, 0].min() > 1.0  # nothing behind the camera, nor under it
    assert not view.valid[:, [0, -1]][-30:].any()  # nor far aside of it


def test_nothing_over_the_horizon_is_covered() -> None:
    rows, _ = np.nonzero(VIEW.covered)
    assert rows.min() > EXAMPLE.horizon


def test_a_field_marked_in_the_view_is_found_at_its_place_in_the_picture_and_back() -> None:
    view = BirdsEye(EXAMPLE, (4.0, 12.0, -4.0, 4.0), 0.02)
    marked = np.zeros(view.size, np.uint8)
    low, high = view.from_ground(np.array([[9.0, 1.0], [7.0, -1.0]])).round().astype(int)
    marked[low[1] : high[1], low[0] : high[0]] = 1
    picture = view.ids_back(marked, outside=0)
    rows, columns = np.nonzero(picture)
    ground, _ = EXAMPLE.ground_from_image(np.stack([columns, rows], axis=1).astype(float))
    assert_allclose([ground.min(0), ground.max(0)], [[7, -1], [9, 1]], atol=0.1)
    again = view.ids(picture, outside=0)
    assert np.mean(again[view.valid] != marked[view.valid]) < 0.02
    assert view.ids(picture > 0, outside=0).dtype == np.bool_
    assert view.picture_back(marked.astype(np.float32)).max() == 1


def test_colors_keep_their_channels() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    image[...] = (1, 2, 3)
    assert (VIEW.picture(image)[VIEW.valid] == (1, 2, 3)).all()


def test_a_straight_edge_is_straight_from_above_through_a_bent_lens() -> None:
    bent = Camera((420.0, 420.0), (239.5, 179.5), (360, 480), 1.4, distortion=Distortion((-0.25, 0.05, 0.0)))
    view = BirdsEye(bent, (5.0, 20.0, -2.0, 2.0), 0.05)
    rows, columns = np.indices(bent.size)
    ground, hit = bent.ground_from_image(np.stack([columns, rows], axis=-1).astype(float))
    above = view.picture((np.nan_to_num(ground[..., 1]) * 50 * hit).astype(np.float32))
    expected = view.to_ground(np.stack([np.arange(80.0), np.full(80, 200.0)], axis=1))[:, 1]
    assert_allclose(above[200], expected * 50, atol=2)


def test_an_extent_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is not X from"):
        BirdsEye(EXAMPLE, (30.0, 3.0, -6.0, 6.0))
    with pytest.raises(ValueError, match="must be a length over 0"):
        BirdsEye(EXAMPLE, resolution=0.0)
    with pytest.raises(ValueError, match="too many: take larger ones"):
        grid_size((0.0, 1e6, -1.0, 1.0), 0.1)
    with pytest.raises(ValueError, match="expected \\(480, 640\\)"):
        VIEW.picture(np.zeros((10, 10), np.uint8))
    assert grid_size((0.0, 20.0, -3.0, 3.0), 0.25) == (80, 24)
    assert grid_size((0.0, 0.3, 0.0, 1.0), 0.1) == (3, 10)

"""The rasterizer against a slow reference: a ray through every pixel center, cut with every face."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.kernels import painting
from perpixel.kernels.painting import cast_shadows, covers, fill, lattice, nearest_faces, noise
from perpixel.synthetic.faces import frames

Array = NDArray[np.float64]
SIZE = (24, 32)
CAMERA = np.array([30.0, 28.0, 15.5, 11.5])


def random_faces(generator: np.random.Generator, count: int) -> Array:
    """Parallelograms all around the camera, some behind it, some through its plane."""
    middle = generator.uniform((-4, -3, -1), (4, 3, 12), (count, 3))
    a, b = generator.normal(0, 1.5, (2, count, 3))
    return np.stack([middle - a - b, middle + a - b, middle + a + b, middle - a + b], axis=1)


def cut(corners: Array, cutout: int, shape: Array, seed: int) -> Array:
    """1 / depth (H, W) of one face by ray and plane, 0 where it is not."""
    origin, across, along, _ = (part[0] for part in frames(corners[None]))
    normal = np.cross(corners[1] - corners[0], corners[3] - corners[0])
    y, x = np.indices(SIZE)
    rays = np.stack([(x - CAMERA[2]) / CAMERA[0], (y - CAMERA[3]) / CAMERA[1], np.ones(SIZE)], axis=-1)
    depth = normal @ corners[0] / (rays @ normal)
    points = rays * depth[..., None]
    inside = depth >= painting.NEAR
    for a, b in pairwise([*corners, corners[0]]):
        inside &= np.cross(b - a, points - a) @ normal > 0
    result = np.zeros(SIZE)
    for place in zip(*np.nonzero(inside), strict=True):
        offset = points[place] - origin
        if covers(cutout, float(offset @ across), float(offset @ along), shape[None], 0, seed):
            result[place] = 1 / depth[place]
    return result


@settings(max_examples=12, deadline=None)
@given(number=st.integers(0, 2**31))
def test_each_pixel_sees_the_nearest_face_whatever_the_order(number: int) -> None:
    generator = np.random.default_rng(number)
    corners = random_faces(generator, 7)
    origin, across, along, _ = frames(corners)
    cutout = generator.choice([painting.WHOLE, painting.ELLIPSE, painting.FOLIAGE], 7).astype(np.uint8)
    shape = np.zeros((7, 6))
    shape[:, 0] = np.linalg.norm(corners[:, 1] - corners[:, 0], axis=1)
    shape[:, 1] = np.linalg.norm(corners[:, 3] - corners[:, 0], axis=1)
    shape[:, 2] = 0.4
    seeds = np.arange(7, dtype=np.int64)
    ids, inverse = np.full(SIZE, -1, np.int32), np.zeros(SIZE)
    order = generator.permutation(7)
    nearest_faces(order, corners, origin, across, along, cutout, shape, seeds, CAMERA, ids, inverse)
    layers = np.stack([cut(corners[f], int(cutout[f]), shape[f], f) for f in range(7)])
    expected = np.where(layers.max(0) > 0, layers.argmax(0), -1)
    # On an edge, to the last bit, either answer is right.
    assert np.count_nonzero(ids != expected) <= 1
    same = (ids == expected) & (ids >= 0)
    np.testing.assert_allclose(inverse[same], layers.max(0)[same], rtol=1e-9)


def test_of_faces_in_one_plane_the_later_is_seen() -> None:
    wide = np.array([(-2.0, -2, 4), (2, -2, 5), (2, 2, 5), (-2, 2, 4)])
    decal = wide * 0.5 + wide.mean(0) * 0.5
    corners = np.stack([wide, decal])
    origin, across, along, _ = frames(corners)
    flat = np.zeros(2, np.uint8), np.zeros((2, 6)), np.zeros(2, np.int64)
    for order in ((0, 1), (1, 0)):
        ids, inverse = np.full(SIZE, -1, np.int32), np.zeros(SIZE)
        nearest_faces(np.array(order), corners, origin, across, along, *flat, CAMERA, ids, inverse)
        assert ids[11, 15] == 1
        assert (ids == 0).any()


def test_faces_that_share_an_edge_leave_no_gap_and_no_overlap() -> None:
    edges = np.linspace(-6, 6, 14)
    corners = np.array([[(a, -5, 5), (b, -5, 5), (b, 5, 5), (a, 5, 5)] for a, b in pairwise(edges)])
    origin, across, along, _ = frames(corners)
    flat = np.zeros(13, np.uint8), np.zeros((13, 6)), np.zeros(13, np.int64)
    ids, inverse = np.full(SIZE, -1, np.int32), np.zeros(SIZE)
    nearest_faces(np.arange(13), corners, origin, across, along, *flat, CAMERA, ids, inverse)
    assert ids.min() >= 0
    assert (np.diff(ids, axis=1) >= 0).all()


def test_shadows_fall_only_on_what_receives_them_and_the_darkest_counts() -> None:
    corners = np.array([[(-2.0, -1, 5), (2, -1, 5), (2, 1, 5), (-2, 1, 5)]])
    origin, across, along, _ = frames(corners)
    flat = np.zeros(1, np.uint8), np.zeros((1, 6)), np.zeros(1, np.int64)
    seen = np.zeros(SIZE, np.int32)
    seen[:, :16] = 1
    shadow = np.zeros(SIZE, np.uint8)
    receives = np.array([True, False])
    for strength in (90, 200, 100):
        cast_shadows(corners, origin, across, along, *flat, strength, CAMERA, seen, receives, shadow)
    expected = (cut(corners[0], painting.WHOLE, np.zeros(6), 0) > 0) & (seen == 0)
    np.testing.assert_array_equal(shadow, np.where(expected, 200, 0))


@settings(max_examples=25, deadline=None)
@given(number=st.integers(0, 2**31))
def test_filled_cells_are_those_whose_centers_lie_inside(number: int) -> None:
    generator = np.random.default_rng(number)
    center, angle = generator.uniform(-5, 25, 2), generator.uniform(0, 6)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    half = generator.uniform(0.5, 9, 2)
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)]) * half @ turn.T + center
    cells = np.zeros((17, 19), np.uint8)
    fill(corners[None], np.array([7], np.uint8), cells)
    local = (np.stack(np.meshgrid(np.arange(19), np.arange(17)), axis=-1) - center) @ turn
    np.testing.assert_array_equal(cells == 7, (np.abs(local) < half).all(-1))


@pytest.mark.parametrize(
    ("cutout", "shape", "inside", "outside"),
    [
        (painting.ELLIPSE, (4, 2), (2, 1.9), (0.2, 0.2)),
        (painting.CAPSULE, (1, 1, 3), (1, 4.5), (0.1, 0.1)),  # the round cap reaches from 0 to 1, the far one to 5
        (painting.CAPSULE, (1, 0.5, 3), (1.9, 1.05), (1.7, 3.9)),  # it tapers
        (painting.PICKETS, (9, 1, 0.2, 0.5, 0.1), (0.05, 0.5), (0.15, 0.5)),
        (painting.PICKETS, (9, 1, 0.2, 0.5, 0.1), (0.15, 0.25), (0.01, 0.98)),  # a rail, a pointed top
        (painting.BARS, (9, 1, 0.2, 0.05, 0.1), (0.1, 0.95), (0.1, 0.5)),
        (painting.RING, (2, 2, 0.8), (1.9, 1.0), (1.4, 1.3)),
    ],
)
def test_cutouts_worked_by_hand(
    cutout: int, shape: tuple[float, ...], inside: tuple[float, float], outside: tuple[float, float]
) -> None:
    row = np.zeros((1, 6))
    row[0, : len(shape)] = shape
    assert covers(cutout, float(inside[0]), float(inside[1]), row, 0, 0)
    assert not covers(cutout, float(outside[0]), float(outside[1]), row, 0, 0)


def test_noise_is_smooth_and_takes_the_values_of_its_lattice() -> None:
    assert noise(3.0, -2.0, 5) == lattice(3, -2, 5)
    assert abs(noise(3.0001, -2.0, 5) - lattice(3, -2, 5)) < 1e-6
    values = [lattice(x, y, 1) for x in range(40) for y in range(40)]
    assert abs(np.mean(values) - 0.5) < 0.03
    assert 0 <= min(values) < 0.01 < 0.99 < max(values) < 1

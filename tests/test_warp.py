from __future__ import annotations

import pickle

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perpixel.warp import Warp

TYPES = [np.uint8, np.uint16, np.float32]


def warp(matrix: list[list[float]], size: tuple[int, int], displacement: np.ndarray | None = None) -> Warp:
    return Warp(np.array([*matrix, [0.0, 0.0, 1.0]]), size, displacement)


def numbered(height: int, width: int, dtype: type = np.uint16) -> np.ndarray:
    return np.arange(height * width).reshape(height, width).astype(dtype)


@pytest.mark.parametrize("dtype", TYPES)
@pytest.mark.parametrize("channels", [1, 3, 4, 7])
def test_the_identity_changes_nothing(dtype: type, channels: int) -> None:
    image = np.random.default_rng(0).integers(0, 255, (9, 13, channels)).astype(dtype)
    moved = Warp.identity((9, 13)).picture(image)
    assert moved.dtype == dtype
    np.testing.assert_array_equal(moved, image)


def test_a_crop_is_a_slice() -> None:
    image = numbered(20, 30)
    crop = warp([[1, 0, 5], [0, 1, 7]], (8, 11))
    assert crop.exact
    np.testing.assert_array_equal(crop.picture(image), image[7:15, 5:16])
    np.testing.assert_array_equal(crop.ids(image.astype(np.int32), outside=0), image[7:15, 5:16])


def test_a_crop_does_not_share_the_pictures_memory() -> None:
    image = numbered(4, 4)
    Warp.identity((4, 4)).picture(image)[:] = 0
    assert image.any()


def test_a_flip_mirrors_left_and_right_and_twice_is_the_identity() -> None:
    image = numbered(5, 6)
    flip = warp([[-1, 0, 5], [0, 1, 0]], (5, 6))
    assert flip.exact
    assert flip.mirrored
    np.testing.assert_array_equal(flip.picture(image), image[:, ::-1])
    np.testing.assert_array_equal(flip.picture(flip.picture(image)), image)


def test_half_size_takes_the_mean_of_two_by_two_pixels() -> None:
    image = np.array([[0, 4, 100, 100], [8, 12, 100, 200]], np.float32)
    half = warp([[2, 0, 0.5], [0, 2, 0.5]], (1, 2))
    np.testing.assert_allclose(half.picture(image), [[6, 125]])


def test_strong_shrinking_averages_a_chessboard_to_gray() -> None:
    board = ((np.indices((240, 240)).sum(axis=0) % 2) * 255).astype(np.uint8)
    for step in (2.5, 3, 4, 6.5):
        small = warp([[step, 0, 1.3], [0, step, 0.2]], (30, 30)).picture(board)
        assert abs(small.astype(int) - 127).max() <= 26, step


def test_outside_is_mirrored_without_repeating_the_edge_or_filled() -> None:
    row = np.array([[10, 20, 30, 40]], np.uint8)
    wide = warp([[1, 0, -2], [0, 1, 0]], (1, 8))
    np.testing.assert_array_equal(wide.picture(row), [[30, 20, 10, 20, 30, 40, 30, 20]])
    np.testing.assert_array_equal(wide.picture(row, outside=7), [[7, 7, 10, 20, 30, 40, 7, 7]])
    np.testing.assert_array_equal(wide.ids(row, outside=255), [[255, 255, 10, 20, 30, 40, 255, 255]])


def test_every_channel_is_filled_outside() -> None:
    image = np.ones((2, 2, 6), np.uint8)
    moved = warp([[1, 0, -1], [0, 1, 0]], (2, 3)).picture(image, outside=9)
    assert (moved[:, 0] == 9).all()
    assert (moved[:, 1:] == 1).all()


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64])
def test_ids_of_every_type_survive_whole(dtype: type) -> None:
    greatest = 1 if dtype == np.bool_ else int(np.iinfo(dtype).max)
    ids = np.array([[0, greatest], [greatest, 0]]).astype(dtype)
    doubled = warp([[0.5, 0, -0.25], [0, 0.5, -0.25]], (4, 4)).ids(ids, outside=0)
    assert doubled.dtype == dtype
    np.testing.assert_array_equal(doubled, ids.repeat(2, axis=0).repeat(2, axis=1))


def test_negative_ids_survive() -> None:
    ids = np.array([[-5, 2**30 + 1]], np.int32)
    np.testing.assert_array_equal(warp([[1, 0, -1], [0, 1, 0]], (1, 3)).ids(ids, outside=-7), [[-7, -5, 2**30 + 1]])


matrices = st.builds(
    lambda zoom, angle, flip, x, y: [
        [flip * np.cos(angle) / zoom, -np.sin(angle) / zoom, x],
        [flip * np.sin(angle) / zoom, np.cos(angle) / zoom, y],
    ],
    st.floats(0.2, 4),
    st.floats(-3.2, 3.2),
    st.sampled_from([-1, 1]),
    st.floats(-60, 60),
    st.floats(-60, 60),
)
displacements = st.one_of(st.none(), st.integers(0, 9))


def displacement_of(seed: int | None, size: tuple[int, int]) -> np.ndarray | None:
    if seed is None:
        return None
    grid = np.random.default_rng(seed).normal(0, 3, (3, 3, 2)).astype(np.float32)
    return cv2.resize(grid, size[::-1], interpolation=cv2.INTER_CUBIC)


@settings(max_examples=80, deadline=None)
@given(matrices, st.integers(1, 40), st.integers(1, 40), displacements)
def test_no_id_is_made_up(matrix: list[list[float]], height: int, width: int, seed: int | None) -> None:
    ids = np.random.default_rng(1).choice([1, 7, 70000, 2**31 - 1], (25, 31)).astype(np.int32)
    moved = warp(matrix, (height, width), displacement_of(seed, (height, width))).ids(ids, outside=0)
    assert moved.shape == (height, width)
    assert set(np.unique(moved)) <= {0, *np.unique(ids).tolist()}


@settings(max_examples=80, deadline=None)
@given(matrices, st.integers(1, 40), st.integers(1, 40), displacements)
def test_all_types_of_id_move_alike(matrix: list[list[float]], height: int, width: int, seed: int | None) -> None:
    ids = np.random.default_rng(2).integers(0, 2, (25, 31))
    one = warp(matrix, (height, width), displacement_of(seed, (height, width)))
    expected = one.ids(ids.astype(np.uint8), outside=0)
    for dtype in (np.bool_, np.uint16, np.int32, np.int64):
        np.testing.assert_array_equal(one.ids(ids.astype(dtype), outside=0), expected)
    np.testing.assert_array_equal(one.values(ids.astype(np.float32), outside=0), expected)


@settings(max_examples=60, deadline=None)
@given(matrices, displacements)
def test_a_picture_is_what_interpolation_by_hand_gives(matrix: list[list[float]], seed: int | None) -> None:
    size = (14, 18)
    image = np.random.default_rng(3).normal(size=(25, 31)).astype(np.float32)
    one = warp(matrix, size, displacement_of(seed, size))
    if one.shrink > 2:
        return
    padded = np.pad(image, 200, mode="reflect").astype(np.float64)
    y, x = np.indices(size).astype(np.float64)
    if one.displacement is not None:
        x, y = x + one.displacement[..., 0], y + one.displacement[..., 1]
    from_x = one.matrix[0, 0] * x + one.matrix[0, 1] * y + one.matrix[0, 2] + 200
    from_y = one.matrix[1, 0] * x + one.matrix[1, 1] * y + one.matrix[1, 2] + 200
    column, row = np.floor(from_x).astype(int), np.floor(from_y).astype(int)
    right, down = from_x - column, from_y - row
    expected = (
        padded[row, column] * (1 - right) * (1 - down)
        + padded[row, column + 1] * right * (1 - down)
        + padded[row + 1, column] * (1 - right) * down
        + padded[row + 1, column + 1] * right * down
    )
    # OpenCV rounds places to 1 / 32 of a pixel; neighbors here differ by up to 6.
    np.testing.assert_allclose(one.picture(image), expected, atol=0.35)


@settings(max_examples=60, deadline=None)
@given(st.floats(0.5, 4), st.sampled_from([-1, 1]), st.floats(-60, 60), st.floats(-60, 60))
def test_zooms_along_the_axes_and_any_other_way_agree(zoom: float, flip: int, x: float, y: float) -> None:
    image = np.random.default_rng(6).normal(size=(25, 31, 3)).astype(np.float32)
    upright = warp([[flip / zoom, 0, x], [0, 1 / zoom, y]], (12, 9))
    general = Warp(upright.matrix, upright.size, np.zeros((12, 9, 2), np.float32))
    np.testing.assert_allclose(upright.picture(image), general.picture(image), atol=0.35)


@settings(max_examples=40, deadline=None)
@given(st.integers(-40, 40), st.integers(-40, 40), st.sampled_from([-1, 1]), st.sampled_from([-1, 1]))
def test_whole_steps_by_slice_and_by_resampling_agree(x: int, y: int, flip: int, turn: int) -> None:
    image = np.random.default_rng(4).integers(0, 256, (21, 17, 3), dtype=np.uint8)
    exact = warp([[flip, 0, x], [0, turn, y]], (12, 9))
    resampled = Warp(exact.matrix, exact.size, np.zeros((12, 9, 2), np.float32))
    assert exact.exact
    assert not resampled.exact
    np.testing.assert_array_equal(exact.picture(image), resampled.picture(image))
    np.testing.assert_array_equal(exact.ids(image[..., 0], outside=3), resampled.ids(image[..., 0], outside=3))


@settings(max_examples=40, deadline=None)
@given(matrices, displacements)
def test_points_land_on_the_pixels_that_they_come_from(matrix: list[list[float]], seed: int | None) -> None:
    size = (200, 240)
    smooth = displacement_of(seed, size)
    one = warp(matrix, size, smooth)
    places = np.random.default_rng(5).uniform([0, 0], [239, 199], (50, 2))
    moved = places
    if smooth is not None:
        moved = places + np.stack(
            [
                cv2.remap(smooth[..., i], *places.astype(np.float32).T[:, :, None], cv2.INTER_LINEAR)[:, 0]
                for i in (0, 1)
            ],
            axis=1,
        )
    sources = moved @ one.matrix[:2, :2].T + one.matrix[:2, 2]
    np.testing.assert_allclose(one.points(sources), places, atol=0.02)


def test_no_points_stay_no_points() -> None:
    bent = warp([[1, 0, 0], [0, 1, 0]], (4, 4), np.ones((4, 4, 2), np.float32))
    assert bent.points(np.zeros((0, 2))).shape == (0, 2)


def test_pictures_wider_than_opencv_takes_can_be_warped() -> None:
    wide = np.tile(np.arange(40000, dtype=np.uint16), (4, 1))
    moved = warp([[0.5, 0, 36000], [0, 0.5, 0]], (4, 6)).picture(wide)
    np.testing.assert_allclose(moved[0], [36000, 36000.5, 36001, 36001.5, 36002, 36002.5], atol=0.5)
    beyond = warp([[1, 0, 39997], [0, 1, 0]], (4, 6))
    np.testing.assert_array_equal(beyond.picture(wide)[0], [39997, 39998, 39999, 39998, 39997, 39996])


def test_a_warp_survives_pickling() -> None:
    image = numbered(30, 30)
    one = warp([[0.7, 0.1, 3], [0, 0.8, 2]], (12, 14), displacement_of(1, (12, 14)))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(one)).picture(image), one.picture(image))


@pytest.mark.parametrize(
    ("matrix", "size", "displacement", "message"),
    [
        (np.array([[1, 0, 0], [0, 1, 0], [0.1, 0, 1]]), (2, 2), None, "not affine"),
        (np.eye(2), (2, 2), None, "not affine"),
        (np.eye(3), (0, 2), None, "at least 1 x 1"),
        (np.eye(3), (2, 3), np.zeros((3, 2, 2), np.float32), r"expected \(2, 3, 2\)"),
    ],
)
def test_what_is_no_warp_is_refused(
    matrix: np.ndarray, size: tuple[int, int], displacement: np.ndarray | None, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Warp(matrix, size, displacement)

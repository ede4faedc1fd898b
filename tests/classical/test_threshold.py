from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classical.threshold import adaptive, otsu, threshold


def test_brighter_than_the_level_is_1_and_the_level_itself_is_0() -> None:
    image = np.array([[0, 99, 100, 101, 255]], np.uint8)
    assert threshold(image, level=100).tolist() == [[0, 0, 0, 1, 1]]


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (np.array([[127, 128]], np.uint8), [[0, 1]]),
        (np.array([[32767, 32768]], np.uint16), [[0, 1]]),
        (np.array([[0.5, 0.51]]), [[0, 1]]),
        (np.array([[False, True]]), [[0, 1]]),
    ],
)
def test_without_a_level_it_is_half_of_the_range(image: NDArray[np.generic], expected: list[list[int]]) -> None:
    assert threshold(image).tolist() == expected


def test_a_level_is_in_the_units_of_the_picture() -> None:
    assert threshold(np.array([[36.5, 37.5, 39.0]]), level=37.4).tolist() == [[0, 1, 1]]
    assert threshold(np.array([[-300, 40]], np.int16), level=-200).tolist() == [[0, 1]]


def test_colors_count_by_their_brightness() -> None:
    image = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)  # 76.2, 149.7, 29.1
    assert threshold(image, level=76).tolist() == [[1, 1, 0]]
    assert threshold(image, level=77).tolist() == [[0, 1, 0]]


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int32, np.float32, np.float64])
def test_otsu_splits_two_levels_exactly_however_unequal(kind: type) -> None:
    truth = np.zeros((20, 20), np.int32)
    truth[3, 4:9] = 1
    assert np.array_equal(otsu(np.array([50, 200]).astype(kind)[truth]), truth)


def test_otsu_takes_the_cut_of_largest_variance_between_the_groups() -> None:
    image = np.random.default_rng(0).integers(0, 256, (32, 32)).astype(np.uint8) // 3 * 2
    image[:10] += 60

    def between(cut: int) -> float:
        dark, bright = image[image <= cut], image[image > cut]
        return dark.size * bright.size * float(dark.mean() - bright.mean()) ** 2

    best = max(range(int(image.min()), int(image.max())), key=between)
    assert np.array_equal(otsu(image), image > best)


def test_a_narrow_range_of_16_bits_is_not_lost() -> None:
    truth = np.random.default_rng(1).integers(0, 2, (20, 20))
    image = (30000 + 40 * truth + np.random.default_rng(2).integers(0, 20, truth.shape)).astype(np.uint16)
    assert np.array_equal(otsu(image), truth)


def test_values_as_large_as_floats_get_do_not_overflow() -> None:
    assert otsu(np.array([[-1.7e308, 1.7e308]])).tolist() == [[0, 1]]


@pytest.mark.parametrize("levels", [3, 4])
def test_multi_otsu_separates_as_many_levels_from_dark_to_bright(levels: int) -> None:
    pytest.importorskip("skimage")
    truth = np.random.default_rng(3).integers(0, levels, (40, 40))
    image = (20 + 50 * truth + np.random.default_rng(4).integers(0, 12, truth.shape)).astype(np.uint8)
    assert np.array_equal(otsu(image, levels=levels), truth)


@pytest.mark.parametrize("levels", [2, 3, 4])
def test_no_more_values_than_levels_give_a_group_a_value(levels: int) -> None:
    image = np.array([[200, 50, 200, 50, 120]], np.uint8)[:, : 4 if levels == 2 else 5]
    assert otsu(image, levels=levels).tolist() == [[1, 0, 1, 0] if levels == 2 else [2, 0, 2, 0, 1]]


def writing_in_uneven_light() -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    paper = np.repeat(np.linspace(60, 240, 96)[None], 64, axis=0)
    ink = np.zeros((64, 96), np.uint8)
    cv2.putText(ink, "pixel", (6, 42), cv2.FONT_HERSHEY_SIMPLEX, 1.0, 255, 2)
    return np.where(ink > 0, paper * 0.5, paper).astype(np.uint8), ink > 0


def test_adaptive_reads_writing_in_uneven_light_where_otsu_cannot() -> None:
    image, ink = writing_in_uneven_light()
    assert ((adaptive(image) == 0) == ink).mean() > 0.98
    assert ((otsu(image) == 0) == ink).mean() < 0.8


def test_adaptive_by_the_mean_is_the_mean_of_the_window() -> None:
    image = np.random.default_rng(5).integers(0, 256, (9, 11)).astype(np.uint8)
    padded = np.pad(image.astype(float), 1, mode="edge")
    for y, x in np.ndindex(image.shape):
        mean = padded[y : y + 3, x : x + 3].mean()
        found = adaptive(image, window=3, offset=5, weighting="mean")[y, x]
        assert found == (image[y, x] > np.rint(mean) - 5)

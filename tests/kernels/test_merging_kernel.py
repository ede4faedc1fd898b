from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.kernels.merging import merge_alike
from perpixel.kernels.quadtree import quarter
from perpixel.kernels.raster import in_raster_order


def neighbors(ids: NDArray[np.int32]) -> set[tuple[int, int]]:
    found = set()
    for first, second in ((ids[:, :-1], ids[:, 1:]), (ids[:-1], ids[1:])):
        found |= {(min(a, b), max(a, b)) for a, b in zip(first.flat, second.flat, strict=True) if a != b}
    return found


def obvious(ids: NDArray[np.int32], image: NDArray[np.float64], tolerance: float, min_size: int) -> NDArray[np.int32]:
    """The rounds of the docstring, with every mean taken anew from the pixels."""
    ids = ids.copy()

    def distance(a: int, b: int) -> float:
        return float(np.sqrt(((image[ids == a].mean(0) - image[ids == b].mean(0)) ** 2).sum()))

    for close, least in ((tolerance, 0), (-1, min_size)):
        joined = True
        while joined:
            joined = False
            pairs = sorted(neighbors(ids))
            known = {number: number for number in np.unique(ids)}
            for _, a, b in sorted((distance(a, b), a, b) for a, b in pairs):
                a, b = sorted((known[a], known[b]))
                if a == b:
                    continue
                small = min((ids == a).sum(), (ids == b).sum()) < least
                if distance(a, b) <= close or small:
                    ids[ids == b] = a
                    known = {number: a if now == b else now for number, now in known.items()}
                    joined = True
    return in_raster_order(ids)[0]


@settings(max_examples=25, deadline=None)
@given(
    st.integers(1, 6), st.integers(1, 6), st.integers(1, 3), st.floats(0, 30), st.integers(0, 9),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_regions_merge_as_the_obvious_rounds_say(
    height: int, width: int, channels: int, tolerance: float, min_size: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    image = generator.random((height, width, channels)) * 50  # no two distances are equal
    ids = in_raster_order(generator.integers(0, 9, (height, width)))[0]
    merged = merge_alike(ids, image, tolerance=tolerance, min_size=min_size)
    assert np.array_equal(merged, obvious(ids, image, tolerance, min_size))


def test_two_flat_halves_merge_within_the_tolerance_and_not_below() -> None:
    image = np.zeros((4, 6, 1))
    image[:, 3:] = 10
    ids = np.arange(24).reshape(4, 6)
    assert merge_alike(ids, image, tolerance=9.9).max() == 1
    assert merge_alike(ids, image, tolerance=10).max() == 0


def test_no_region_is_smaller_than_asked_unless_it_is_the_picture() -> None:
    image = np.random.default_rng(0).integers(0, 256, (20, 30, 3))
    ids = np.arange(600).reshape(20, 30)
    assert np.bincount(merge_alike(ids, image, tolerance=40, min_size=25).ravel()).min() >= 25
    assert merge_alike(ids, image, tolerance=40, min_size=10**9).max() == 0


def test_a_small_region_goes_to_the_neighbor_that_is_most_like_it() -> None:
    image = np.repeat(np.repeat([[0, 60, 100]], 5, axis=1), 3, axis=0)[:, :, None]
    image[1, 7] = 61
    ids = np.repeat(np.repeat([[0, 1, 2]], 5, axis=1), 3, axis=0)
    ids[0, 5:10], ids[2, 5:10], ids[1, 5:10] = 0, 2, 1  # the middle one has five pixels of 60 or 61
    image[0, 5:10], image[2, 5:10] = 0, 100
    merged = merge_alike(ids, image, tolerance=-1, min_size=6)
    assert merged.max() == 1
    assert merged[1, 7] == merged[1, 14]  # 61 is nearer to 100 than to 0


def test_blocks_are_quartered_until_they_are_flat() -> None:
    image = np.zeros((8, 8, 1))
    image[0, 0] = 100
    blocks, count = quarter(image, tolerance=0)
    assert count == 10  # three quarters of the picture, three of the first, and four pixels
    sides = np.sqrt(np.bincount(blocks.ravel()))
    assert sorted(sides) == [1, 1, 1, 1, 2, 2, 2, 4, 4, 4]
    assert quarter(image, tolerance=98.44)[1] == 1  # the mean is 100 / 64, and the pixel 98.4375 above it
    assert quarter(image, tolerance=98.43)[1] == 4


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 3), (9, 17)])
def test_every_block_is_a_square_on_the_grid_of_powers_of_two_and_uniform(size: tuple[int, int]) -> None:
    image = cv2.GaussianBlur(np.random.default_rng(1).random(size) * 255, (0, 0), 1).reshape(*size, 1)
    blocks, count = quarter(image, tolerance=20)
    assert set(np.unique(blocks)) == set(range(count))
    for block in range(count):
        rows, columns = np.nonzero(blocks == block)
        tall, wide = int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1
        assert len(rows) == tall * wide
        side = 1 << (max(tall, wide) - 1).bit_length()
        assert rows.min() % side == 0
        assert columns.min() % side == 0
        inside = image[blocks == block]
        assert np.abs(inside - inside.mean()).max() <= 20 + 1e-4

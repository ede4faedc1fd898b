from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.kernels.grouping import find_centers, hills, nearest_centers

THINGS = np.array([False, True, True])


def upsampled(plane: NDArray[Any], size: tuple[int, int], stride: int) -> NDArray[np.float64]:
    """Bilinear, align_corners=False: pixel y lies at (y + 1/2) / stride - 1/2 of the coarse rows; outside, the edge."""
    rows, columns = plane.shape
    full = np.empty(size)
    for y in range(size[0]):
        for x in range(size[1]):
            v = min(max((y + 0.5) / stride - 0.5, 0), rows - 1)
            u = min(max((x + 0.5) / stride - 0.5, 0), columns - 1)
            i, j = int(v), int(u)
            down, right = min(i + 1, rows - 1), min(j + 1, columns - 1)
            above = plane[i, j] * (1 - (u - j)) + plane[i, right] * (u - j)
            below = plane[down, j] * (1 - (u - j)) + plane[down, right] * (u - j)
            full[y, x] = above * (1 - (v - i)) + below * (v - i)
    return full


def slow_hills(heights: NDArray[Any], mask: NDArray[np.bool_], depth: float) -> list[frozenset[tuple[int, int]]]:
    """From the highest pixel down, each joins the set of its steepest neighbor; low summits are merged."""
    sets: list[set[tuple[int, int]]] = []
    pixels = [(int(y), int(x)) for y, x in np.argwhere(mask)]
    for y, x in sorted(pixels, key=lambda pixel: -heights[pixel]):
        around = [(y - 1, x), (y, x - 1), (y, x + 1), (y + 1, x)]
        around = [pixel for pixel in around if any(pixel in group for group in sets)]
        if not around:
            sets.append({(y, x)})
            continue
        steepest = max(around, key=lambda pixel: float(heights[pixel]))
        next(group for group in sets if steepest in group).add((y, x))
        for pixel in around:
            here = next(group for group in sets if (y, x) in group)
            there = next(group for group in sets if pixel in group)
            lower = min(max(heights[p] for p in group) for group in (here, there))
            if here is not there and lower - heights[y, x] < depth:
                here |= there
                sets.remove(there)
    return sorted((frozenset(group) for group in sets), key=min)


def test_peaks_are_the_greatest_in_their_window_and_above_the_threshold() -> None:
    heatmap = np.zeros((4, 9), np.float32)
    heatmap[1, 1], heatmap[1, 3], heatmap[3, 3], heatmap[0, 7] = 0.9, 0.5, 0.6, 0.1
    centers, values = find_centers(heatmap, threshold=0.1, window=3, most=9)
    assert centers.tolist() == [[1, 1], [3, 3], [1, 3]]
    np.testing.assert_allclose(values, [0.9, 0.6, 0.5])
    assert find_centers(heatmap, threshold=0.1, window=5, most=9)[0].tolist() == [[1, 1]]
    assert find_centers(heatmap, threshold=0.1, window=3, most=2)[0].tolist() == [[1, 1], [3, 3]]
    assert find_centers(heatmap, threshold=0.05, window=3, most=9)[0].tolist()[-1] == [0, 7]


def test_a_flat_top_is_one_peak_and_nan_is_none() -> None:
    heatmap = np.full((3, 4), 0.5, np.float32)
    assert find_centers(heatmap, threshold=0.1, window=9, most=9)[0].tolist() == [[0, 0]]
    heatmap[:] = np.nan
    assert len(find_centers(heatmap, threshold=0.1, window=3, most=9)[0]) == 0


@pytest.mark.parametrize("window", [1, 3, 7])
def test_peaks_equal_those_of_a_slow_search(window: int) -> None:
    heatmap = np.random.default_rng(window).random((13, 17)).astype(np.float32)
    reach = window // 2
    found = {tuple(center) for center in find_centers(heatmap, threshold=0.4, window=window, most=999)[0].tolist()}
    expected = set()
    for y in range(13):
        for x in range(17):
            around = heatmap[max(y - reach, 0) : y + reach + 1, max(x - reach, 0) : x + reach + 1]
            if heatmap[y, x] > 0.4 and heatmap[y, x] == around.max():
                expected.add((y, x))
    assert found == expected


def test_pixels_go_to_the_center_that_they_point_to_and_the_rest_stays_nothing() -> None:
    centers = np.array([[0, 0], [0, 7]])
    labels = np.array([[0, 1, 2, 1, 1, 9, 1, 1]], np.uint8)
    offsets = np.zeros((2, 1, 8), np.float32)
    offsets[1, 0, 3], offsets[1, 0, 4], offsets[1, 0, 7] = 0.9, -1.0, np.nan  # to 3.9, to 3.0
    found = nearest_centers(offsets, centers, labels, THINGS, stride=1)
    assert found.tolist() == [[0, 1, 1, 2, 1, 0, 2, 2]]


def test_without_a_center_there_is_no_thing() -> None:
    labels = np.ones((2, 3), np.uint8)
    assert not nearest_centers(np.zeros((2, 2, 3)), np.zeros((0, 2)), labels, THINGS, stride=1).any()


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 8), st.integers(1, 8)),
    st.sampled_from([1, 2, 4]),
    st.integers(1, 40),
    st.sampled_from([0.5, 4.0, 60.0]),
    st.integers(0, 2**32 - 1),
)
def test_every_thing_pixel_gets_the_nearest_center_by_its_upsampled_offset(
    coarse: tuple[int, int], stride: int, count: int, reach: float, seed: int
) -> None:
    random = np.random.default_rng(seed)
    size = tuple(random.integers(max(side * stride - stride + 1, 1), side * stride + 1) for side in coarse)
    height, width = int(size[0]), int(size[1])
    offsets = random.normal(0, reach, (2, *coarse)).astype(np.float32)
    centers = np.stack([random.uniform(0, height - 1, count), random.uniform(0, width - 1, count)], axis=1)
    labels = random.integers(0, 4, (height, width)).astype(np.uint8)
    found = nearest_centers(offsets, centers, labels, THINGS, stride=stride)
    rows = np.arange(height)[:, None] + upsampled(offsets[0], (height, width), stride)
    columns = np.arange(width) + upsampled(offsets[1], (height, width), stride)
    distances = np.hypot(centers[:, 0, None, None] - rows, centers[:, 1, None, None] - columns)
    expected = (labels == 1) | (labels == 2)
    assert ((found > 0) == expected).all()
    chosen = np.take_along_axis(distances, np.maximum(found - 1, 0)[None].astype(np.int64), axis=0)[0]
    assert (chosen - distances.min(axis=0))[expected].max(initial=0) < 1e-4


@pytest.mark.parametrize(("depth", "expected"), [(0.0, [1, 1, 2, 2, 3, 3]), (2.0, [1, 1, 1, 1, 1, 1])])
def test_hills_meet_at_their_passes_unless_the_lower_summit_hardly_stands_out(
    depth: float, expected: list[int]
) -> None:
    heights = np.array([[5, 2, 3, 1, 2, 1]], np.float32)
    assert hills(heights, np.ones((1, 6), np.bool_), depth=depth).tolist() == [expected]


def test_a_hill_that_stands_out_enough_stays_while_a_lower_one_joins_the_higher_side() -> None:
    heights = np.array([[5, 1, 6, 4, 5, 0, 9]], np.float32)
    assert hills(heights, np.ones((1, 7), np.bool_), depth=2).tolist() == [[1, 2, 2, 2, 2, 3, 3]]
    mask = np.array([[True, False, True, True, True, False, True]])
    assert hills(heights, mask, depth=2).tolist() == [[1, 0, 2, 2, 2, 0, 3]]


@settings(max_examples=60, deadline=None)
@given(
    st.tuples(st.integers(1, 7), st.integers(1, 7)), st.sampled_from([0.0, 0.3, 0.6, 9.0]), st.integers(0, 2**32 - 1)
)
def test_hills_equal_the_slow_way(size: tuple[int, int], depth: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    heights = random.permutation(size[0] * size[1]).reshape(size).astype(np.float32) / (size[0] * size[1])
    mask = random.random(size) < 0.8
    found = hills(heights, mask, depth=depth)
    groups = [
        frozenset((int(y), int(x)) for y, x in np.argwhere(found == index)) for index in range(1, found.max() + 1)
    ]
    assert groups == slow_hills(heights, mask, depth)


def test_arguments_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="an odd window"):
        find_centers(np.zeros((2, 2)), threshold=0.1, window=2, most=5)
    with pytest.raises(ValueError, match="do not cover"):
        nearest_centers(np.zeros((2, 2, 2)), np.zeros((1, 2)), np.zeros((9, 9), np.uint8), THINGS, stride=4)
    with pytest.raises(ValueError, match=r"expected \(2, h, w\)"):
        nearest_centers(np.zeros((3, 2, 2)), np.zeros((1, 2)), np.zeros((2, 2), np.uint8), THINGS, stride=4)
    with pytest.raises(ValueError, match="both must be the same"):
        hills(np.zeros((2, 2)), np.ones((2, 3), np.bool_), depth=1)

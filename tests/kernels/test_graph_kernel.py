"""The graph kernel does what the plain algorithm does, edge by edge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from perpixel.kernels import graph
from perpixel.kernels.edge_list import merge_edge_list
from perpixel.kernels.grid_edges import grid_edges
from perpixel.kernels.raster import in_raster_order


def plain_edges(channels: NDArray[np.float32], diagonal: bool) -> list[tuple[np.float32, int, int]]:
    """Weight and both pixels of every edge, the lightest first, equals in raster order."""
    _, height, width = channels.shape
    found = []
    for y in range(height):
        for x in range(width):
            for right, down in [(1, 0), (0, 1), (1, 1), (1, -1)][: 4 if diagonal else 2]:
                if x + right < width and 0 <= y + down < height:
                    square = np.float32(0)
                    for channel in channels:
                        square += (channel[y + down, x + right] - channel[y, x]) ** np.float32(2)
                    found.append((np.sqrt(square), y * width + x, (y + down) * width + x + right))
    return sorted(found, key=lambda edge: edge[0])


def plain_regions(channels: NDArray[np.float32], *, scale: float, min_size: int, diagonal: bool) -> NDArray[np.int32]:
    """Felzenszwalb & Huttenlocher's algorithm 1 and the join of small regions, with sets instead of trees."""
    edges = plain_edges(channels, diagonal)
    pixels = channels[0].size
    region = {pixel: frozenset([pixel]) for pixel in range(pixels)}
    limit = {region[pixel]: np.float32(scale) for pixel in range(pixels)}
    for weight, a, b in edges:
        one, two = region[a], region[b]
        if one != two and weight <= limit[one] and weight <= limit[two]:
            both = one | two
            limit[both] = weight + np.float32(scale) / np.float32(len(both))
            region.update(dict.fromkeys(both, both))
    for _, a, b in edges:
        one, two = region[a], region[b]
        if one != two and min(len(one), len(two)) < min_size:
            region.update(dict.fromkeys(one | two, one | two))
    ids = np.array([min(region[pixel]) for pixel in range(pixels)]).reshape(channels.shape[1:])
    return in_raster_order(ids)[0]


def regions(channels: NDArray[np.float32], *, scale: float, min_size: int, diagonal: bool) -> NDArray[np.int32]:
    edges = grid_edges(channels, diagonal=diagonal)
    labels, sizes = graph.merge(edges, channels.shape[1:], scale=scale)
    assert sizes.sum() == labels.size
    assert (np.bincount(labels.ravel()) == sizes).all()
    return graph.join_small(channels, labels, sizes, min_size=min_size, diagonal=diagonal)[0]


@settings(max_examples=60, deadline=None)
@given(
    channels=st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)).flatmap(
        lambda shape: arrays(np.float32, shape, elements=st.integers(0, 12).map(float))
    ),
    scale=st.sampled_from([0, 1, 2.5, 7, 30, 1000]),
    min_size=st.integers(0, 20),
    diagonal=st.booleans(),
)
def test_regions_are_those_of_the_plain_algorithm_with_many_equal_weights(
    channels: NDArray[np.float32], scale: float, min_size: int, diagonal: bool
) -> None:
    expected = plain_regions(channels, scale=scale, min_size=min_size, diagonal=diagonal)
    np.testing.assert_array_equal(regions(channels, scale=scale, min_size=min_size, diagonal=diagonal), expected)


@pytest.mark.parametrize("scale", [0.5, 3, 40])
def test_regions_are_those_of_the_plain_algorithm_over_many_classes_of_weights(scale: float) -> None:
    generator = np.random.default_rng(0)
    channels = (generator.random((2, 40, 50)) ** 4 * 100).astype(np.float32)
    edges = grid_edges(channels, diagonal=True)
    assert len(edges[2]) > 8
    expected = plain_regions(channels, scale=scale, min_size=5, diagonal=True)
    np.testing.assert_array_equal(regions(channels, scale=scale, min_size=5, diagonal=True), expected)


@pytest.mark.parametrize("diagonal", [False, True])
def test_classes_hold_every_edge_once_and_lie_one_above_the_other(diagonal: bool) -> None:
    generator = np.random.default_rng(1)
    channels = np.exp(generator.normal(0, 8, (1, 30, 20))).astype(np.float32)  # weights over many powers of two
    keys, edges, classes = grid_edges(channels, diagonal=diagonal)
    count = {False: 29 * 20 + 30 * 19, True: 4 * 30 * 20 - 3 * 30 - 3 * 20 + 2}[diagonal]
    assert len(keys) == count == len(np.unique(edges))
    for start, (end, low, high) in zip([0, *classes[:-1, 0]], classes, strict=True):
        assert (keys[start:end] >= low).all()
        assert (keys[start:end] < high).all()
        assert (np.diff(edges[start:end].astype(np.int64)) > 0).all()
    assert (classes[1:, 1] >= classes[:-1, 2]).all()


def test_an_edge_list_of_the_grid_gives_the_grids_regions() -> None:
    channels = np.random.default_rng(2).integers(0, 9, (1, 12, 14)).astype(np.float32)
    found = plain_edges(channels, True)
    ends = np.array([edge[1:] for edge in found], np.int32)
    weights = np.array([edge[0] for edge in found], np.float64)
    merged = merge_edge_list(ends, weights, nodes=168, scale=6, min_size=4).reshape(12, 14)
    expected = plain_regions(channels, scale=6, min_size=4, diagonal=True)
    np.testing.assert_array_equal(in_raster_order(merged)[0], expected)


def test_a_picture_with_more_pixels_than_edges_can_be_numbered_is_refused() -> None:
    huge = np.lib.stride_tricks.as_strided(np.zeros(1, np.float32), (1, 1 << 15, (1 << 15) + 1), (0, 0, 0))
    with pytest.raises(ValueError, match="at most"):
        grid_edges(huge, diagonal=True)

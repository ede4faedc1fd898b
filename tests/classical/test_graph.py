"""Graph-based segmentation: the known answers, the authors' smoothing, scikit-image's labels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classical.graph import graph_regions, graph_scales


def row(*values: float) -> NDArray[np.uint8]:
    return np.array([values], np.uint8)


def found(image: NDArray[np.uint8], scale: float, **options: object) -> list[list[int]]:
    return graph_regions(image, sigma=0, scale=scale, min_size=1, **options).tolist()  # type: ignore[arg-type]


def test_two_flat_halves_merge_when_the_step_is_no_more_than_scale_over_pixels() -> None:
    halves = row(0, 0, 0, 10, 10, 10)
    assert found(halves, 29) == [[0, 0, 0, 1, 1, 1]]
    assert found(halves, 30) == [[0] * 6]
    picture = np.zeros((20, 30), np.uint8)
    picture[:, 15:] = 100
    assert graph_regions(picture, sigma=0, scale=29999, min_size=1).max() == 1
    assert graph_regions(picture, sigma=0, scale=30000, min_size=1).max() == 0


@pytest.mark.parametrize("scale", [1, 2, 5, 20, 50])
def test_a_ramp_is_one_region_beside_a_step(scale: float) -> None:
    assert found(row(0, 1, 2, 3, 4, 20, 21, 22), scale) == [[0, 0, 0, 0, 0, 1, 1, 1]]


def test_pixels_that_touch_at_corners_hang_together_by_eight_neighbors_only() -> None:
    checks = np.array([[0, 100], [100, 0]], np.uint8)
    assert found(checks, 10) == [[0, 1], [1, 0]]
    assert found(checks, 10, connectivity=4) == [[0, 1], [2, 3]]
    line = np.diag(np.full(6, 200)).astype(np.uint8)
    assert graph_regions(line, sigma=0, scale=10, min_size=1).max() + 1 == 2
    assert graph_regions(line, sigma=0, scale=10, min_size=1, connectivity=4).max() + 1 == 8


def test_a_step_equal_to_the_limit_merges() -> None:
    assert found(row(0, 5), 5) == [[0, 0]]
    assert found(row(0, 5), 4.99) == [[0, 1]]


@pytest.mark.parametrize(
    ("scale", "distance", "intersect"), [(45, [0, 0, 1, 1], [0, 1, 2, 2]), (60, [0, 0, 0, 0], [0, 1, 1, 1])]
)
def test_distance_of_colors_and_intersection_of_channels_differ_as_worked_by_hand(
    scale: float, distance: list[int], intersect: list[int]
) -> None:
    colors = np.zeros((1, 4, 3), np.uint8)
    colors[0, :, 0], colors[0, :, 2] = [0, 0, 30, 30], [0, 40, 40, 40]
    assert found(colors, scale) == [distance]
    assert found(colors, scale, color="intersect") == [intersect]


def test_no_region_is_smaller_than_min_size_in_either_color_mode() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (40, 60, 3)).astype(np.uint8)
    for color in ("distance", "intersect"):
        regions = graph_regions(noise, scale=50, min_size=30, color=color)  # type: ignore[arg-type]
        assert np.bincount(regions.ravel()).min() >= 30
        assert regions.max() > 3


def test_min_size_larger_than_the_picture_leaves_one_region() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (10, 12)).astype(np.uint8)
    assert graph_regions(noise, scale=1, min_size=1000).max() == 0


def test_smoothing_is_a_normalized_gaussian_with_the_edge_repeated() -> None:
    from perpixel.classical.graph import _smooth

    image = np.random.default_rng(0).integers(0, 256, (9, 7, 2)).astype(np.uint8)
    offsets = np.arange(-4, 5)
    mask = np.exp(-0.5 * offsets**2)  # sigma 1: four on each side
    expected = np.zeros((2, 9, 7))
    for y in range(9):
        for x in range(7):
            for down, a in zip(offsets, mask, strict=True):
                for right, b in zip(offsets, mask, strict=True):
                    expected[:, y, x] += a * b * image[np.clip(y + down, 0, 8), np.clip(x + right, 0, 6)]
    np.testing.assert_allclose(_smooth(image, 1), expected / mask.sum() ** 2, rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32, np.float64])
def test_other_types_give_the_same_regions_at_the_same_values(dtype: type) -> None:
    image = np.random.default_rng(3).integers(0, 256, (30, 40, 3)).astype(np.uint8)
    expected = graph_regions(image, scale=300)
    assert expected.max() > 2
    np.testing.assert_array_equal(graph_regions(image.astype(dtype), scale=300), expected)


def test_scale_is_in_units_of_the_values() -> None:
    image = np.random.default_rng(3).integers(0, 256, (30, 40)).astype(np.uint16)
    np.testing.assert_array_equal(graph_regions(image * 256, scale=300 * 256), graph_regions(image, scale=300))


def test_five_channels_are_as_good_as_three() -> None:
    image = np.zeros((8, 8, 5), np.uint16)
    image[:, 4:, 4] = 50000
    np.testing.assert_array_equal(graph_regions(image, sigma=0)[0], [0, 0, 0, 0, 1, 1, 1, 1])


def test_several_scales_at_once_are_each_one_alone() -> None:
    image = np.random.default_rng(4).integers(0, 256, (40, 50, 3)).astype(np.uint8)
    together = graph_scales(image, [50, 200, 1000], min_size=5)
    for scale, regions in zip([50, 200, 1000], together, strict=True):
        np.testing.assert_array_equal(regions, graph_regions(image, scale=scale, min_size=5))


def test_nearest_neighbors_join_what_does_not_touch() -> None:
    image = np.zeros((9, 9), np.uint8)
    image[:, 4] = 255  # a wall four pixels from each edge: alike places beyond it are nearer than the wall's color
    regions = graph_regions(image, sigma=0, neighbors=45, scale=100, min_size=1)
    np.testing.assert_array_equal(regions[0], [0, 0, 0, 0, 1, 0, 0, 0, 0])
    assert graph_regions(image, sigma=0, scale=100, min_size=1).max() == 2


@pytest.mark.parametrize("name", ["coffee", "cat", "coins", "text"])
def test_labels_are_scikit_images_on_photos(name: str) -> None:
    data = pytest.importorskip("skimage.data")
    from skimage.segmentation import felzenszwalb

    image = getattr(data, name)()[:200, :200]
    for scale, sigma, min_size in ((100, 0.8, 50), (500, 0.5, 20)):
        theirs = felzenszwalb(
            image, scale=scale, sigma=sigma, min_size=min_size, channel_axis=-1 if image.ndim == 3 else None
        )
        ours = graph_regions(image, scale=scale, sigma=sigma, min_size=min_size, compat="skimage")
        np.testing.assert_array_equal(ours, theirs)


def test_a_small_photo_has_the_regions_counted_by_others() -> None:
    data = pytest.importorskip("skimage.data")
    small = data.astronaut()[::8, ::8]
    assert graph_regions(small, sigma=0.5, scale=300, min_size=20).max() + 1 == 36
    assert graph_regions(small, sigma=0.5, scale=300, min_size=20, connectivity=4).max() + 1 == 37


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scale": -1}, "scale -1 must be"),
        ({"scale": float("nan")}, "scale nan"),
        ({"sigma": -0.5}, "sigma -0.5"),
        ({"sigma": float("inf")}, "sigma inf"),
        ({"min_size": -1}, "min_size -1"),
        ({"connectivity": 6}, "4 or 8"),
        ({"color": "rgb"}, "'rgb' is not known"),
        ({"compat": "opencv"}, "'opencv' is not known"),
        ({"compat": "skimage", "connectivity": 4}, "8 neighbors"),
        ({"neighbors": 0}, "neighbors 0"),
        ({"neighbors": 5, "color": "intersect"}, "go with neither"),
    ],
)
def test_an_option_that_makes_no_sense_is_named(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        graph_regions(np.zeros((4, 4), np.uint8), **options)  # type: ignore[arg-type]


def test_no_scale_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="no scale"):
        graph_scales(np.zeros((4, 4)), [])


def test_values_beyond_float32_are_refused() -> None:
    with pytest.raises(ValueError, match="beyond float32"):
        graph_regions(np.full((3, 3), 1e300))

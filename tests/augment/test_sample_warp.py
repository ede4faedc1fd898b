from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perpixel.augment import sample_warp
from perpixel.augment.sample_warp import elastic
from perpixel.plan import Augmentation
from perpixel.warp import Warp

STILL = Augmentation(scale=(1, 1), flip=0, color=0, rare=0)


def corners(warp: Warp) -> np.ndarray:
    """(4, 2) where the outer corners of the output's pixels lie in the input."""
    height, width = warp.size
    places = np.array([[-0.5, -0.5], [width - 0.5, -0.5], [-0.5, height - 0.5], [width - 0.5, height - 0.5]])
    return places @ warp.matrix[:2, :2].T + warp.matrix[:2, 2]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 50), st.integers(1, 50))
def test_crops_without_zoom_or_turn_never_resample(seed: int, height: int, width: int) -> None:
    options = Augmentation(scale=(1, 1), flip=0.5)
    assert sample_warp((30, 41), options, size=(height, width), generator=np.random.default_rng(seed)).exact


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 80), st.integers(1, 80))
def test_a_crop_lies_inside_the_picture_or_around_it(seed: int, height: int, width: int) -> None:
    warp = sample_warp((30, 41), Augmentation(), size=(height, width), generator=np.random.default_rng(seed))
    seen = corners(warp)
    for axis, length in ((0, 41), (1, 30)):
        low, high = seen[:, axis].min(), seen[:, axis].max()
        if high - low <= length:
            assert low >= -0.5 - 1e-9
            assert high <= length - 0.5 + 1e-9
        else:
            assert low <= -0.5 + 1e-9
            assert high >= length - 0.5 - 1e-9


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 30), st.integers(1, 30))
def test_a_margin_may_reach_beyond_the_picture_and_what_is_inside_it_lies_as_a_crop_does(
    seed: int, height: int, width: int
) -> None:
    options, margin = Augmentation(scale=(1, 1), flip=0), 7
    plain = sample_warp((30, 41), options, size=(height, width), generator=np.random.default_rng(seed))
    size = height + 2 * margin, width + 2 * margin
    wide = sample_warp((30, 41), options, size=size, generator=np.random.default_rng(seed), margin=margin)
    np.testing.assert_array_equal(wide.matrix[:2, 2], plain.matrix[:2, 2] - margin)
    focus = seed % 30, seed % 41
    found = sample_warp(
        (30, 41), options, size=size, generator=np.random.default_rng(seed), focus=focus, margin=margin
    ).points(np.array([[focus[1], focus[0]]], np.float64))[0]
    assert ((found >= margin) & (found < np.array([width, height]) + margin)).all()


def test_every_whole_crop_comes_up_alike_often() -> None:
    generator = np.random.default_rng(0)
    starts = [sample_warp((6, 7), STILL, size=(4, 4), generator=generator).matrix[:2, 2] for _ in range(3000)]
    counts = np.zeros((3, 4))
    np.add.at(counts, tuple(np.array(starts).astype(int).T[::-1]), 1)
    assert counts.sum() == 3000
    assert counts.min() > 190  # 250 expected, standard deviation 15


def test_zoom_is_even_on_a_log_scale() -> None:
    generator = np.random.default_rng(0)
    options = Augmentation(scale=(0.5, 2), flip=0)
    zoom = [1 / sample_warp((60, 60), options, size=(20, 20), generator=generator).shrink for _ in range(1500)]
    assert 0.5 <= min(zoom) < 0.52
    assert 1.93 < max(zoom) <= 2
    assert abs(np.mean(np.array(zoom) < 1) - 0.5) < 0.04


def test_flips_come_as_often_as_asked() -> None:
    generator = np.random.default_rng(0)
    options = Augmentation(flip=0.3)
    flips = [sample_warp((9, 9), options, size=(9, 9), generator=generator).mirrored for _ in range(1000)]
    assert abs(np.mean(flips) - 0.3) < 0.05


def test_a_turn_stays_within_its_bound() -> None:
    generator = np.random.default_rng(0)
    options = Augmentation(scale=(1, 1), flip=0, rotate=0.2)
    matrices = [sample_warp((90, 90), options, size=(9, 9), generator=generator).matrix for _ in range(300)]
    angles = [np.arctan2(matrix[1, 0], matrix[0, 0]) for matrix in matrices]
    assert -0.2 <= min(angles) < -0.18
    assert 0.18 < max(angles) <= 0.2


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, 10**6),
    st.integers(0, 29),
    st.integers(0, 40),
    st.integers(1, 50),
    st.integers(1, 50),
    st.sampled_from([0.0, 0.8]),
    st.sampled_from([(1.0, 1.0), (0.3, 3.0)]),
)
def test_a_focus_lies_in_the_crop(
    seed: int, row: int, column: int, height: int, width: int, rotate: float, scale: tuple[float, float]
) -> None:
    options = Augmentation(scale=scale, rotate=rotate)
    warp = sample_warp(
        (30, 41), options, size=(height, width), generator=np.random.default_rng(seed), focus=(row, column)
    )
    x, y = warp.points(np.array([[column, row]], np.float64))[0]
    assert -0.5 - 1e-6 <= x <= width - 0.5 + 1e-6
    assert -0.5 - 1e-6 <= y <= height - 0.5 + 1e-6
    assert warp.exact == (rotate == 0 and scale == (1, 1))


def test_a_focus_keeps_the_crop_in_the_picture() -> None:
    for seed in range(50):
        warp = sample_warp((30, 41), STILL, size=(10, 12), generator=np.random.default_rng(seed), focus=(0, 40))
        assert warp._slice((30, 41)) is not None


def test_elastic_displacement_is_as_strong_as_asked_and_smooth() -> None:
    generator = np.random.default_rng(0)
    fields = np.stack([elastic((120, 150), 10, generator=generator) for _ in range(60)])
    assert fields.shape == (60, 120, 150, 2)
    assert fields.dtype == np.float32
    # The centers of the grid's cells carry the drawn vectors themselves.
    assert abs(fields[:, 20::40, 25::50].std() - 10) < 0.8
    assert abs(np.diff(fields, axis=2)).max() < 3


def test_elastic_displacement_is_bicubic_through_a_grid_of_3_by_3_random_vectors() -> None:
    # Each grid point is the center of one of 3 x 3 equal parts; sides of 3 parts of odd length have pixels there.
    vectors = np.random.default_rng(5).normal(0, 10, (3, 3, 2))
    field = elastic((9, 15), 10, generator=np.random.default_rng(5))
    np.testing.assert_allclose(field[1::3, 2::5], vectors, atol=1e-4)
    # A third of the way from the first grid row to the second: Keys' cubic with a = -0.75, the border repeated.
    shares = (-1 / 9, 43 / 54, 10 / 27, -1 / 18)
    rows = (vectors[0], vectors[0], vectors[1], vectors[2])
    expected = sum(share * row for share, row in zip(shares, rows, strict=True))
    np.testing.assert_allclose(field[2, 2::5], expected, atol=1e-4)


def test_elastic_displacement_moves_picture_and_truth_where_it_says() -> None:
    warp = sample_warp(
        (40, 50), Augmentation(scale=(1, 1), flip=0, elastic=3), size=(40, 50), generator=np.random.default_rng(1)
    )
    assert warp.displacement is not None
    row, column = np.mgrid[:40, :50].astype(np.float32)
    x, y = column + warp.displacement[:, :, 0], row + warp.displacement[:, :, 1]
    inside = (x > 0) & (x < 49) & (y > 0) & (y < 39)
    np.testing.assert_allclose(warp.picture(column)[inside], x[inside], atol=0.04)  # OpenCV counts 1/32 of a pixel
    np.testing.assert_allclose(warp.picture(row)[inside], y[inside], atol=0.04)
    sure = inside & (np.abs(x - np.rint(x)) < 0.45)
    assert (warp.ids(column.astype(np.uint8), outside=255)[sure] == np.rint(x[sure])).all()


@pytest.mark.parametrize("options", [Augmentation(), Augmentation(rotate=0.3, elastic=5), STILL])
def test_the_same_generator_state_gives_the_same_warp(options: Augmentation) -> None:
    one, two = (sample_warp((30, 41), options, size=(20, 25), generator=np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(one.matrix, two.matrix)
    np.testing.assert_equal(one.displacement, two.displacement)

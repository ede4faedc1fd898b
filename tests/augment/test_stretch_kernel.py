from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perpixel.kernels.stretch import stretch


def by_hand(
    picture: np.ndarray, step: tuple[float, float], start: tuple[float, float], size: tuple[int, int]
) -> np.ndarray:
    """One pixel after another, in float64."""

    def mirrored(place: int, length: int) -> int:
        while not 0 <= place < length:
            place = -place if place < 0 else 2 * (length - 1) - place
            if length == 1:
                return 0
        return place

    height, width, channels = picture.shape
    values = np.empty((*size, channels))
    for i in range(size[0]):
        for j in range(size[1]):
            y, x = start[0] + step[0] * i, start[1] + step[1] * j
            top, left = int(np.floor(y)), int(np.floor(x))
            total = np.zeros(channels)
            for row, down in ((top, 1 - (y - top)), (top + 1, y - top)):
                for column, right in ((left, 1 - (x - left)), (left + 1, x - left)):
                    total += picture[mirrored(row, height), mirrored(column, width)] * down * right
            values[i, j] = total
    return values


steps = st.floats(0.1, 3).flatmap(lambda step: st.sampled_from([step, -step]))


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from([np.uint8, np.uint16, np.float32]),
    st.integers(1, 9),
    st.integers(1, 9),
    st.integers(1, 5),
    st.tuples(steps, steps),
    st.tuples(st.floats(-25, 25), st.floats(-25, 25)),
    st.tuples(st.integers(1, 8), st.integers(1, 8)),
)
def test_every_pixel_is_what_its_four_neighbors_give(
    dtype: type,
    height: int,
    width: int,
    channels: int,
    step: tuple[float, float],
    start: tuple[float, float],
    size: tuple[int, int],
) -> None:
    greatest = 65535 if dtype == np.uint16 else 255
    picture = np.random.default_rng(height * width).integers(0, greatest + 1, (height, width, channels)).astype(dtype)
    moved = stretch(picture, step=step, start=start, size=size)
    assert moved.dtype == dtype
    tolerance = 0.01 if dtype == np.float32 else 0.51
    np.testing.assert_allclose(moved, by_hand(picture, step, start, size), atol=tolerance)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_the_greatest_value_does_not_overflow(dtype: type) -> None:
    white = np.full((5, 5, 3), np.iinfo(dtype).max, dtype)
    assert (stretch(white, step=(0.37, 0.73), start=(-3.1, 0.2), size=(20, 20)) == np.iinfo(dtype).max).all()


def test_the_picture_may_be_a_view() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8)
    view = picture[3:15, 20:2:-2]
    moved = stretch(view, step=(0.5, 0.7), start=(0.3, 0.1), size=(9, 9))
    np.testing.assert_array_equal(moved, stretch(view.copy(), step=(0.5, 0.7), start=(0.3, 0.1), size=(9, 9)))

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.kernels.upsample import argmax_upsampled


def upsampled(logits: NDArray[Any], size: tuple[int, int], stride: int) -> NDArray[np.float64]:
    """Bilinear, align_corners=False: pixel y lies at (y + 1/2) / stride - 1/2 of the coarse rows; outside, the edge."""
    _, rows, columns = logits.shape
    full = np.empty((len(logits), *size))
    for y in range(size[0]):
        for x in range(size[1]):
            v = min(max((y + 0.5) / stride - 0.5, 0), rows - 1)
            u = min(max((x + 0.5) / stride - 0.5, 0), columns - 1)
            i, j = int(v), int(u)
            down, right = min(i + 1, rows - 1), min(j + 1, columns - 1)
            above = logits[:, i, j] * (1 - (u - j)) + logits[:, i, right] * (u - j)
            below = logits[:, down, j] * (1 - (u - j)) + logits[:, down, right] * (u - j)
            full[:, y, x] = above * (1 - (v - i)) + below * (v - i)
    return full


def assert_argmax_of(logits: NDArray[np.float32], size: tuple[int, int], stride: int) -> None:
    """Equal to the slow way but where the two best lie within 1e-4 of the range of the logits."""
    labels = argmax_upsampled(logits, size=size, stride=stride)
    full = upsampled(logits.astype(np.float64), size, stride)
    chosen = np.take_along_axis(full, labels[None].astype(np.int64), axis=0)[0]
    assert labels.shape == size
    assert (full.max(axis=0) - chosen).max() <= 1e-4 * np.ptp(logits)


def test_two_pixels_enlarged_twice_meet_in_the_middle() -> None:
    logits = np.array([[[3.0, 0.0]], [[1.0, 1.0]]], np.float32)
    # class 0 at columns 0 .. 3: 3, 2.25, 0.75, 0; class 1 is 1 everywhere
    assert argmax_upsampled(logits, size=(2, 4), stride=2).tolist() == [[0, 0, 1, 1], [0, 0, 1, 1]]


def test_class_that_wins_at_no_corner_wins_between_them() -> None:
    logits = np.array([[[4.0, 0.0]], [[0.0, 4.0]], [[3.0, 3.0]]], np.float32)
    assert argmax_upsampled(logits, size=(4, 8), stride=4)[0].tolist() == [0, 0, 0, 2, 2, 1, 1, 1]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 12),
    st.tuples(st.integers(1, 7), st.integers(1, 9)),
    st.sampled_from([1, 2, 3, 4, 5, 6, 8, 16]),
    st.integers(0, 3),
    st.integers(0, 2**32 - 1),
)
def test_equals_interpolation_and_arg_max(
    classes: int, coarse: tuple[int, int], stride: int, smooth: int, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    logits = generator.standard_normal((classes, *coarse)).astype(np.float32)
    logits += smooth * 3 * generator.standard_normal((classes, 1, 1)).astype(np.float32)  # few or no mixed cells
    size = tuple(int(generator.integers(max(1, side * stride - stride), side * stride + 1)) for side in coarse)
    assert_argmax_of(logits, (size[0], size[1]), stride)


@pytest.mark.parametrize("columns", [126, 127, 128, 129, 300])
def test_wide_rows_are_computed_in_pieces(columns: int) -> None:
    logits = np.random.default_rng(0).standard_normal((5, 2, columns)).astype(np.float32)
    assert_argmax_of(logits, (6, columns * 4 - 1), 4)


def test_few_mixed_cells_among_many_are_found() -> None:
    logits = np.zeros((3, 20, 40), np.float32)
    logits[0] = 5
    logits[1, 4:6, 7] = 9
    logits[2, 19, 39] = 6
    assert_argmax_of(logits, (80, 160), 4)
    assert_argmax_of(logits, (155, 319), 8)


def test_more_than_255_classes_need_16_bits() -> None:
    logits = np.random.default_rng(0).standard_normal((300, 3, 4)).astype(np.float32)
    labels = argmax_upsampled(logits, size=(12, 16), stride=4)
    assert labels.dtype == np.uint16
    assert labels.max() > 255
    assert_argmax_of(logits, (12, 16), 4)
    assert argmax_upsampled(logits[:255], size=(12, 16), stride=4).dtype == np.uint8


@pytest.mark.parametrize("stride", [1, 4])
def test_of_equal_logits_the_lowest_class_wins(stride: int) -> None:
    assert not argmax_upsampled(np.full((3, 2, 2), 0.7, np.float32), size=(2, 2), stride=stride).any()
    logits = np.stack([np.full((2, 2), value, np.float32) for value in (1, 2, 2)])
    assert (argmax_upsampled(logits, size=(2, 2), stride=stride) == 1).all()


@pytest.mark.parametrize("stride", [1, 2, 4])
def test_nan_never_wins_and_infinities_are_extremes(stride: int) -> None:
    logits = np.zeros((3, 2, 2), np.float32)
    logits[0], logits[1], logits[2] = np.nan, 1.0, -np.inf
    assert (argmax_upsampled(logits, size=(2, 2), stride=stride) == 1).all()
    logits[2] = np.inf
    logits[1, 0, 0] = 2
    assert (argmax_upsampled(logits, size=(2, 2), stride=1) == 2).all()
    assert not argmax_upsampled(np.full((2, 2, 2), np.nan, np.float32), size=(2, 2), stride=stride).any()


def test_one_class_masked_out_with_a_huge_number_spoils_nothing() -> None:
    logits = np.random.default_rng(0).standard_normal((4, 9, 9)).astype(np.float32)
    logits[3] = -1e9
    masked = argmax_upsampled(logits, size=(36, 36), stride=4)
    assert (masked == argmax_upsampled(logits[:3], size=(36, 36), stride=4)).mean() > 0.999


def test_float16_and_strided_logits_are_taken() -> None:
    logits = np.random.default_rng(0).standard_normal((6, 8, 4)).astype(np.float16)
    assert_argmax_of(logits.transpose(2, 0, 1).astype(np.float32), (24, 32), 4)
    expected = argmax_upsampled(logits.transpose(2, 0, 1).astype(np.float32), size=(24, 32), stride=4)
    assert np.array_equal(argmax_upsampled(logits.transpose(2, 0, 1), size=(24, 32), stride=4), expected)


def test_logits_that_do_not_cover_the_size_are_refused() -> None:
    logits = np.zeros((2, 3, 4), np.float32)
    with pytest.raises(ValueError, match=r"logits of \(3, 4\) at stride 4 cover 12x16, not \(13, 16\)"):
        argmax_upsampled(logits, size=(13, 16), stride=4)
    with pytest.raises(ValueError, match=r"expected \(classes, height, width\)"):
        argmax_upsampled(logits[0], size=(3, 4), stride=1)


@pytest.mark.parametrize("stride", [2, 4, 8, 16])
def test_where_it_differs_from_torch_the_two_best_are_as_good_as_equal(stride: int) -> None:
    torch = pytest.importorskip("torch")
    generator = np.random.default_rng(stride)
    logits = generator.standard_normal((19, 512 // stride, 768 // stride)).astype(np.float32)
    size = (511, 765)
    labels = argmax_upsampled(logits, size=size, stride=stride)
    full = torch.nn.functional.interpolate(torch.from_numpy(logits)[None], scale_factor=stride, mode="bilinear")
    full = full[0, :, : size[0], : size[1]].numpy()
    differs = labels != full.argmax(axis=0)
    two_best = np.partition(full, -2, axis=0)[-2:]
    assert differs.mean() < 1e-4
    assert (two_best[1] - two_best[0])[differs].max(initial=0) < 1e-4 * np.ptp(logits)

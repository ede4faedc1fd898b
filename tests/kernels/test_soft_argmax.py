"""The kernel against the whole softmax of upsampled logits."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.kernels.soft_argmax import counted_upsampled, soft_argmax_upsampled


def upsampled(coarse: NDArray[np.float32], size: tuple[int, int], stride: int) -> NDArray[np.float64]:
    """Bilinear, pixel by pixel."""
    full = np.empty((len(coarse), *size))
    for y in range(size[0]):
        for x in range(size[1]):
            (v, u) = (max((place + 0.5) / stride - 0.5, 0) for place in (y, x))
            top, left = min(int(v), coarse.shape[1] - 1), min(int(u), coarse.shape[2] - 1)
            bottom, right = min(top + 1, coarse.shape[1] - 1), min(left + 1, coarse.shape[2] - 1)
            down, across = v - top, u - left
            above = coarse[:, top, left] * (1 - across) + coarse[:, top, right] * across
            below = coarse[:, bottom, left] * (1 - across) + coarse[:, bottom, right] * across
            full[:, y, x] = above * (1 - down) + below * down
    return full


@pytest.mark.parametrize(("size", "stride"), [((7, 9), 1), ((13, 18), 2), ((11, 17), 4)])
def test_it_is_the_softmaxs_mean_and_the_count_of_upsampled_logits(size: tuple[int, int], stride: int) -> None:
    generator = np.random.default_rng(3)
    coarse = generator.normal(0, 3, (6, -(-size[0] // stride), -(-size[1] // stride))).astype(np.float32)
    values = np.array([1, 2, 4, 7, 11, 20], np.float32)
    full = upsampled(coarse, size, stride)
    powers = np.exp(full - full.max(axis=0))
    mean = np.tensordot(values, powers / powers.sum(axis=0), axes=1)
    assert np.allclose(soft_argmax_upsampled(coarse, values, size=size, stride=stride), mean, rtol=1e-4)
    counted = values[np.minimum((full >= 0.25).sum(axis=0), 5)]
    found = counted_upsampled(coarse, values, size=size, stride=stride, bar=0.25)
    assert (found != counted).mean() <= 0.01  # a tie at the bar may be rounded either way


def test_values_that_are_not_one_for_each_class_are_refused() -> None:
    with pytest.raises(ValueError, match="one for each"):
        soft_argmax_upsampled(np.zeros((3, 2, 2), np.float32), np.ones(4, np.float32), size=(2, 2), stride=1)

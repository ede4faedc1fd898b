from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.kernels.confidence import confidence_upsampled, fast_confidence, peak_upsampled


def enlarged(planes: NDArray[Any], size: tuple[int, int], stride: int) -> NDArray[np.float64]:
    """OpenCV's bilinear, plane by plane."""
    wide = planes.shape[2] * stride, planes.shape[1] * stride
    return np.stack([cv2.resize(plane.astype(np.float64), wide)[: size[0], : size[1]] for plane in planes])


def softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(logits - logits.max(axis=0))
    return np.asarray(powers / powers.sum(axis=0))


def example(classes: int, rows: int, columns: int, *, spread: float) -> NDArray[np.float32]:
    generator = np.random.default_rng(classes)
    return (generator.standard_normal((classes, rows, columns)) * spread).astype(np.float32)


def test_half_way_between_two_sure_pixels_nothing_is_known() -> None:
    logits = np.array([[[20.0, -20.0, -20.0]], [[-20.0, 20.0, 20.0]]], np.float32)
    confidence = confidence_upsampled(logits, size=(3, 9), stride=3)
    # columns 1, 4 and 7 are the coarse centers; columns 2 and 3 lie a third and two thirds between the first two
    third = 1 / (1 + np.exp(-2 * 20 / 3))
    np.testing.assert_allclose(confidence[1], [1, 1, third, third, 1, 1, 1, 1, 1], atol=1e-5)


@pytest.mark.parametrize("stride", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("spread", [0.1, 3, 40])
def test_exact_is_the_maximum_of_the_softmax_of_upsampled_logits(stride: int, spread: float) -> None:
    logits = example(7, 5, 6, spread=spread)
    size = (5 * stride, 6 * stride - stride // 2)
    expected = softmax(enlarged(logits, size, stride)).max(axis=0)
    np.testing.assert_allclose(confidence_upsampled(logits, size=size, stride=stride), expected, atol=2e-5)


def test_one_class_is_certain() -> None:
    assert (confidence_upsampled(np.zeros((1, 2, 2), np.float32), size=(8, 8), stride=4) == 1).all()


@pytest.mark.parametrize("stride", [1, 3, 4])
def test_peak_is_the_maximum_of_upsampled_probabilities(stride: int) -> None:
    scores = softmax(example(4, 6, 5, spread=3).astype(np.float64)).astype(np.float32)
    size = (6 * stride - stride // 2, 5 * stride)
    expected = enlarged(scores, size, stride).max(axis=0)
    np.testing.assert_allclose(peak_upsampled(scores, size=size, stride=stride), expected, atol=1e-5)


def test_fast_is_right_at_coarse_centers_and_too_sure_between_classes() -> None:
    logits = np.array([[[9.0, -9.0]], [[-9.0, 9.0]]], np.float32)
    exact, fast = (measure(logits, size=(3, 6), stride=3) for measure in (confidence_upsampled, fast_confidence))
    np.testing.assert_allclose(fast[1, [1, 4]], exact[1, [1, 4]], atol=1e-5)
    assert (fast[1, [2, 3]] > exact[1, [2, 3]]).all()


def test_sizes_that_are_not_covered_are_refused() -> None:
    for measure in (confidence_upsampled, fast_confidence, peak_upsampled):
        with pytest.raises(ValueError, match="cover 8x8"):
            measure(np.zeros((2, 2, 2), np.float32), size=(9, 8), stride=4)

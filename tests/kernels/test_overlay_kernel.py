from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perpixel.kernels.overlay import blend


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 9), st.integers(1, 40), st.integers(1, 300), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_blend_is_the_weighted_mean_and_ignored_pixels_stay(
    height: int, width: int, classes: int, alpha: float, seed: int
) -> None:
    generator = np.random.default_rng(seed)
    kind = np.uint8 if classes <= 255 else np.uint16
    image = generator.integers(0, 256, (height, width, 3)).astype(np.uint8)
    labels = generator.integers(0, classes, (height, width)).astype(kind)
    labels[generator.random((height, width)) < 0.2] = np.iinfo(kind).max
    colors = generator.integers(0, 256, (classes, 3)).astype(np.uint8)
    blended = blend(image, labels, colors, alpha=alpha)
    seen = labels < classes
    expected = image[seen] * (1 - alpha) + colors[labels[seen]] * alpha
    assert np.abs(blended[seen] - expected).max(initial=0) <= 1.01  # rounded, as is alpha, to a 256th
    assert np.array_equal(blended[~seen], image[~seen])


def test_the_ends_of_alpha_are_picture_and_colors() -> None:
    image = np.arange(48, dtype=np.uint8).reshape(4, 4, 3) * 5
    labels = np.arange(16, dtype=np.uint8).reshape(4, 4) % 2
    colors = np.array([[255, 0, 1], [254, 128, 127]], np.uint8)
    assert np.array_equal(blend(image, labels, colors, alpha=0), image)
    assert np.array_equal(blend(image, labels, colors, alpha=1), colors[labels])


def test_parts_of_larger_arrays_are_taken() -> None:
    image = np.random.default_rng(0).integers(0, 256, (6, 8, 4)).astype(np.uint8)
    labels = np.random.default_rng(1).integers(0, 2, (6, 16)).astype(np.uint8)
    colors = np.array([[10, 20, 30], [200, 100, 0]], np.uint8)
    whole = blend(np.ascontiguousarray(image[:, :, :3]), np.ascontiguousarray(labels[:, ::2]), colors, alpha=0.5)
    assert np.array_equal(blend(image[:, :, :3], labels[:, ::2], colors, alpha=0.5), whole)


def test_what_does_not_fit_is_refused() -> None:
    image, labels, colors = np.zeros((2, 3, 3), np.uint8), np.zeros((2, 2), np.uint8), np.zeros((1, 3), np.uint8)
    with pytest.raises(ValueError, match=r"the labels are \(2, 2\)"):
        blend(image, labels, colors, alpha=0.5)
    with pytest.raises(ValueError, match=r"alpha 1\.5 must be from 0 to 1"):
        blend(image[:, :2], labels, colors, alpha=1.5)

"""RoIAlign without torch gives what the layer gives that a network learns through."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from perpixel.kernels.roi_align import box_levels, read_boxes
from perpixel.layers.regions.roi_align import pyramid_levels, roi_align

STRIDES = (4, 8, 16)


def boxes(count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Some reach beyond the picture of 48 x 64 pixels, some are empty, one is far outside."""
    generator = np.random.default_rng(0)
    corner = generator.uniform(-12, 60, (count, 2))
    found = np.concatenate([corner, corner + generator.exponential(24, (count, 2))], axis=1).astype(np.float32)
    found[0, 2:] = found[0, :2]
    found[1] = (-300, 0, -200, 20)
    found[2] = (0, 0, 56, 56)  # of the canonical side: the very border between two levels
    return found


@pytest.mark.parametrize("size", [7, 14])
def test_it_reads_what_the_layer_reads(size: int) -> None:
    generator = np.random.default_rng(1)
    maps = [generator.normal(size=(3, 48 // stride, 64 // stride)).astype(np.float32) for stride in STRIDES]
    given = boxes(40)
    expected = roi_align(
        [torch.from_numpy(values)[None] for values in maps],
        torch.from_numpy(given),
        torch.zeros(len(given), dtype=torch.int64),
        strides=STRIDES,
        size=size,
        canonical=56.0,
    )
    found = read_boxes(maps, given, strides=STRIDES, size=size, canonical=56.0)
    np.testing.assert_allclose(found, expected.numpy(), atol=1e-5)


def test_boxes_are_read_from_the_levels_that_the_layer_takes() -> None:
    given = boxes(500)
    levels = pyramid_levels(torch.from_numpy(given), 3, canonical=56.0)
    assert box_levels(given, 3, canonical=56.0).tolist() == levels.tolist()
    assert set(levels.tolist()) == {0, 1, 2}


def test_no_box_gives_no_bins_and_a_stride_too_few_is_named() -> None:
    maps = [np.zeros((3, 4, 4), np.float32)]
    assert read_boxes(maps, np.empty((0, 4), np.float32), strides=(4,), size=7).shape == (0, 3, 7, 7)
    with pytest.raises(ValueError, match="1 maps and 2 strides"):
        read_boxes(maps, np.empty((0, 4), np.float32), strides=(4, 8), size=7)

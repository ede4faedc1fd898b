"""When a file counts as equal to its network."""

from __future__ import annotations

import numpy as np
import pytest

from perpixel.errors import ModelError
from perpixel.export.agreement import Agreement, _comparison, drawn


def test_labels_are_counted_only_where_the_two_best_logits_lie_apart() -> None:
    theirs = np.zeros((1, 2, 1, 4), np.float32)
    theirs[0, 0] = [10, 10, 5, 0]
    theirs[0, 1] = [0, 0, 5.001, 10]  # the third is a tie: 0.001 of a spread of 10
    ours = theirs.copy()
    ours[0, :, 0, 2] = [5.001, 5]  # the tie falls the other way: not counted
    assert _comparison(ours, theirs, (1, 4), traced=True, tie=1e-3).labels == 1.0
    ours[0, :, 0, 3] = [10, 0]  # one of three clear places is wrong
    row = _comparison(ours, theirs, (1, 4), traced=True, tie=1e-3)
    assert row.labels == pytest.approx(2 / 3)
    assert (row.difference, row.spread) == (10, 10)


def test_one_class_is_there_or_not() -> None:
    theirs = np.array([[[[-4.0, 4.0]]]], np.float32)
    assert _comparison(-theirs, theirs, (1, 2), traced=True, tie=1e-3).labels == 0.0


def test_another_shape_is_no_agreement() -> None:
    row = _comparison(
        np.zeros((1, 2, 3, 3), np.float32), np.zeros((1, 2, 4, 4), np.float32), (4, 4), traced=False, tie=0
    )
    with pytest.raises(ModelError, match="recorded for one size only"):
        Agreement((row,), 0).check()


def test_drawn_pictures_fill_the_range_of_their_type() -> None:
    generator = np.random.default_rng(0)
    for dtype, top in ((np.uint8, 255), (np.uint16, 65535), (np.float32, 255)):
        image = drawn((40, 70), 3, np.dtype(dtype), generator)
        assert (image.shape, image.dtype) == ((40, 70, 3), dtype)
        assert 0.8 * top < image.max() <= top

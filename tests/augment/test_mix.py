from __future__ import annotations

import numpy as np
import pytest

from perpixel.augment import class_mix, cut_mix, mix
from perpixel.classes import CAMVID
from perpixel.results import LabelMap

Sample = tuple[np.ndarray, LabelMap]


def sample(seed: int, channels: int = 3, dtype: type = np.uint8) -> Sample:
    """A picture whose first channel says from which sample and which class each pixel is."""
    labels = np.random.default_rng(seed).integers(0, 6, (20, 24)).astype(np.uint8)
    labels[labels == 5] = CAMVID.ignored
    picture = (100 * seed + labels[:, :, None] % 50).repeat(channels, axis=2).astype(dtype)
    return picture, LabelMap(labels, CAMVID)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [1, 3, 5])
def test_half_of_the_classes_are_pasted_with_their_pixels(dtype: type, channels: int) -> None:
    below, above = sample(0, channels, dtype), sample(1, channels, dtype)
    picture, truth = class_mix(below, above, generator=np.random.default_rng(0))
    pasted = picture[:, :, 0] >= 100
    chosen = np.unique(above[1].labels[pasted])
    assert len(chosen) == 3  # of five
    np.testing.assert_array_equal(pasted, np.isin(above[1].labels, chosen))
    np.testing.assert_array_equal(picture, np.where(pasted[:, :, None], above[0], below[0]))
    np.testing.assert_array_equal(truth.labels, np.where(pasted, above[1].labels, below[1].labels))
    assert picture.dtype == dtype


def test_ignored_pixels_are_never_pasted() -> None:
    nothing = LabelMap(np.full((20, 24), 255, np.uint8), CAMVID)
    below = sample(0)
    picture, truth = class_mix(below, (sample(1)[0], nothing), generator=np.random.default_rng(0))
    np.testing.assert_array_equal(picture, below[0])
    np.testing.assert_array_equal(truth.labels, below[1].labels)


def test_a_box_is_pasted_whole() -> None:
    generator = np.random.default_rng(0)
    areas = []
    for _ in range(300):
        picture, truth = cut_mix(sample(0), sample(1), generator=generator)
        pasted = picture[:, :, 0] >= 100
        np.testing.assert_array_equal(truth.labels, np.where(pasted, sample(1)[1].labels, sample(0)[1].labels))
        rows, columns = np.flatnonzero(pasted.any(axis=1)), np.flatnonzero(pasted.any(axis=0))
        if len(rows):
            assert pasted[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].all()
        areas.append(pasted.mean())
    assert abs(np.mean(areas) - 0.5) < 0.06  # the share of the area is even between 0 and 1


def test_nothing_is_mixed_in_place() -> None:
    below, above = sample(0), sample(1)
    class_mix(below, above, generator=np.random.default_rng(0))
    cut_mix(below, above, generator=np.random.default_rng(0))
    for mixed, again in ((below, sample(0)), (above, sample(1))):
        np.testing.assert_array_equal(mixed[0], again[0])
        np.testing.assert_array_equal(mixed[1].labels, again[1].labels)


def test_a_batch_mixes_each_sample_with_the_one_before_it() -> None:
    pictures, truths = zip(*(sample(seed) for seed in (0, 1, 2)), strict=True)
    mixed, labels = mix(pictures, truths, probability=1, generator=np.random.default_rng(0))
    assert [set(np.unique(picture // 100)) for picture in mixed] == [{0, 2}, {0, 1}, {1, 2}]
    again, same = mix(pictures, truths, probability=1, generator=np.random.default_rng(0))
    np.testing.assert_array_equal(mixed, again)
    for one, two in zip(labels, same, strict=True):
        np.testing.assert_array_equal(one.labels, two.labels)


def test_a_probability_of_zero_and_a_batch_of_one_are_left_alone() -> None:
    pictures, truths = zip(*(sample(seed) for seed in (0, 1)), strict=True)
    np.testing.assert_array_equal(mix(pictures, truths, probability=0, generator=np.random.default_rng(0))[0], pictures)
    alone, _ = mix(pictures[:1], truths[:1], probability=1, generator=np.random.default_rng(0))
    np.testing.assert_array_equal(alone[0], pictures[0])


def test_samples_of_two_sizes_are_refused() -> None:
    other = np.zeros((9, 9, 3), np.uint8), LabelMap(np.zeros((9, 9), np.uint8), CAMVID)
    for paste in (class_mix, cut_mix):
        with pytest.raises(ValueError, match="only samples of one size"):
            paste(sample(0), other, generator=np.random.default_rng(0))

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perpixel.classes import ClassTable
from perpixel.data import Census, Dataset, Sample, census
from perpixel.errors import DataError, MaskError
from perpixel.masks import Encoding
from perpixel.pictures import write_png

CLASSES = ClassTable.named(("a", "b", "c"), ignore=9)


def dataset(folder: Path, masks: list[np.ndarray], *, picture_size: tuple[int, int] | None = None) -> Dataset:
    samples = []
    for number, mask in enumerate(masks):
        write_png(folder / f"{number}.png", mask.astype(np.uint8))
        write_png(folder / f"photo{number}.png", np.zeros(picture_size or mask.shape, np.uint8))
        samples.append(Sample(str(number), folder / f"photo{number}.png", folder / f"{number}.png"))
    return Dataset(folder, CLASSES, Encoding(), {"train": tuple(samples), "none": ()}, "by hand")


def test_segnets_toy_counts(tmp_path: Path) -> None:
    # facts worked out for median-frequency balancing: frequencies .625, .25, .5
    masks = [np.array([[0, 0, 0, 1], [0, 0, 0, 1]]), np.array([[0, 0, 2, 2], [0, 0, 2, 2]])]
    found = census(dataset(tmp_path, masks), "train")
    assert found.pixels.tolist() == [10, 2, 4]
    assert found.pictures.tolist() == [2, 1, 1]
    assert found.pixels_where_present.tolist() == [16, 8, 8]
    assert (found.pixels / found.pixels_where_present).tolist() == [0.625, 0.25, 0.5]
    assert found.shares.tolist() == [0.625, 0.125, 0.25]
    assert (found.images, found.ignored, found.sizes) == (2, 0, {(2, 4): 2})


def test_ignored_pixels_count_in_the_size_of_a_picture_and_nowhere_else(tmp_path: Path) -> None:
    found = census(dataset(tmp_path, [np.array([[0, 9, 9, 9]])]), "train")
    assert found.pixels.tolist() == [1, 0, 0]
    assert found.ignored == 3
    assert found.pixels_where_present.tolist() == [4, 0, 0]


def test_counts_are_those_of_brute_force(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    masks = [generator.integers(0, 3, generator.integers(1, 9, 2)) for _ in range(40)]
    found: Census = census(dataset(tmp_path, masks), "train")
    for number in range(3):
        assert found.pixels[number] == sum((mask == number).sum() for mask in masks)
        assert found.pictures[number] == sum((mask == number).any() for mask in masks)
        assert found.pixels_where_present[number] == sum(mask.size for mask in masks if (mask == number).any())
    assert sum(found.sizes.values()) == 40


def test_progress_is_told_mask_by_mask(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    census(dataset(tmp_path, [np.zeros((2, 2))] * 20), "train", progress=lambda done, of: told.append((done, of)))
    assert told == [(number, 20) for number in range(1, 21)]


def test_the_first_mask_that_does_not_fit_stops_it(tmp_path: Path) -> None:
    masks = [np.zeros((2, 2))] * 30 + [np.full((2, 2), 3), np.full((2, 2), 4)]
    with pytest.raises(MaskError, match=r"30\.png: label 3 at row 0, column 0"):
        census(dataset(tmp_path, masks), "train")


def test_a_mask_of_another_size_stops_it(tmp_path: Path) -> None:
    with pytest.raises(MaskError, match=r"the mask is 2 x 2 .* is 3 x 2"):
        census(dataset(tmp_path, [np.zeros((2, 2))], picture_size=(3, 2)), "train")


def test_an_empty_or_unknown_split_is_an_error(tmp_path: Path) -> None:
    data = dataset(tmp_path, [np.zeros((2, 2))])
    with pytest.raises(DataError, match="split 'none' is empty"):
        census(data, "none")
    with pytest.raises(DataError, match="there is no split 'test'"):
        census(data, "test")

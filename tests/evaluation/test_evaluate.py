from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from perpixel.classes import CAMVID, ClassTable
from perpixel.data import Dataset, Sample
from perpixel.errors import DataError, ModelError
from perpixel.evaluation import evaluate
from perpixel.masks import Encoding
from perpixel.pictures import write_png
from perpixel.results import LabelMap

THREE = ClassTable.named(["dark", "gray", "bright"])


def by_brightness(image: NDArray[Any]) -> LabelMap:
    """The right answer for the pictures below, save that it takes very bright pixels for gray ones."""
    brightest = image.max(axis=2)
    return LabelMap(np.where(brightest > 250, 1, brightest // 100).astype(np.uint8), THREE)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    generator = np.random.default_rng(0)
    samples = []
    for number in range(4):
        labels = generator.integers(0, 3, (6 + number, 9)).astype(np.uint8)
        picture = np.repeat((labels * 100 + 20)[:, :, None], 3, axis=2)
        picture[0, :number] = 255
        labels[0, :number] = 2
        labels[-1, -1] = 255
        name = f"{number}"
        write_png(tmp_path / f"{name}.png", picture)
        write_png(tmp_path / f"{name}_mask.png", labels)
        samples.append(Sample(name, tmp_path / f"{name}.png", tmp_path / f"{name}_mask.png"))
    return Dataset(tmp_path, THREE, Encoding(), {"val": tuple(samples), "none": ()}, "drawn")


def test_every_picture_is_judged_at_its_own_size(dataset: Dataset) -> None:
    seen: list[tuple[int, int]] = []
    found = evaluate(
        dataset, by_brightness, split="val", worst=2, progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]
    scores = found.compute()
    judged = sum((6 + number) * 9 - 1 for number in range(4))
    assert scores["images"] == 4
    assert scores["pixel_accuracy"] == pytest.approx((judged - 6) / judged)
    assert [row["wrong"] for row in found.rows()] == [0, 1, 2, 3]
    assert [case.name for case in found.worst] == ["3", "2"]


def test_split_that_is_not_there_or_empty_is_refused(dataset: Dataset) -> None:
    with pytest.raises(DataError, match="there is no split 'test'; there are val"):
        evaluate(dataset, by_brightness, split="test")
    with pytest.raises(DataError, match="split 'none' is empty"):
        evaluate(dataset, by_brightness, split="none")


def test_model_of_other_classes_is_refused(dataset: Dataset) -> None:
    def other(image: NDArray[Any]) -> LabelMap:
        return LabelMap(np.zeros(image.shape[:2], np.uint8), CAMVID)

    with pytest.raises(ModelError, match=r"the model's classes \(sky, .* are not those of .* \(dark, gray, bright\)"):
        evaluate(dataset, other, split="val")


def test_mask_that_does_not_fit_stops_with_its_name(dataset: Dataset) -> None:
    mask = dataset.samples("val")[2].mask
    assert mask is not None
    write_png(mask, np.full((8, 8), 1, np.uint8))
    with pytest.raises(DataError, match=r"2_mask.png: the mask is 8 x 8"):
        evaluate(dataset, by_brightness, split="val")

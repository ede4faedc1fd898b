"""Submissions judged by their truth, by hand and beside the layers themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from perpixel.classes import ClassTable
from perpixel.errors import DataError
from perpixel.evaluation import score_tables
from perpixel.masks.runs import encode_mask, to_kaggle
from perpixel.metrics import MultilabelScore
from perpixel.results import Layers


def table(path: Path, *rows: str, header: str = "ImageId_ClassId,EncodedPixels") -> Path:
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


APART = "ImageId,ClassId,EncodedPixels"


def test_the_facts_by_hand(tmp_path: Path) -> None:
    """Both empty: 1. One pixel on an empty mask: 0. One pixel of two, hit: 2 / 3."""
    submitted = table(tmp_path / "s.csv", "a.jpg_1,", "a.jpg_2,5 1", "b.jpg_1,5 1", "b.jpg_2,")
    truth = table(tmp_path / "t.csv", "b.jpg,1,4 2", header=APART)
    scores = score_tables(submitted, truth)
    assert scores["image_mean_dice"] == pytest.approx((1 + 0 + 2 / 3 + 1) / 4)
    assert scores["filled_mean_dice"] == pytest.approx(2 / 3)
    assert scores["empty_mean_dice"] == pytest.approx(2 / 3)
    assert scores["images"], scores["pairs"] == (2, 4)
    assert scores["per_class"]["class_2"] == {
        "image_mean_dice": 0.5,
        "filled_mean_dice": None,
        "empty_mean_dice": 0.5,
        "filled": 0,
    }


def test_it_is_the_score_of_the_layers(tmp_path: Path) -> None:
    generator, classes = np.random.default_rng(0), ClassTable.named(("class_1", "class_2", "class_3"))
    score, rows = MultilabelScore(classes), {"s": list[str](), "t": list[str]()}
    for name in map(str, range(12)):
        both = {}
        for which in ("s", "t"):
            masks = generator.random((3, 7, 9)) < generator.choice([0.0, 0.3], (3, 1, 1))
            both[which] = Layers(masks, classes)
            texts = [to_kaggle(encode_mask(mask)) for mask in masks]
            rows[which] += [f"{name}.png_{number},{text}" for number, text in enumerate(texts, start=1)]
        score.update(truth=both["t"], prediction=both["s"], name=name)
    found = score_tables(table(tmp_path / "s.csv", *rows["s"]), table(tmp_path / "t.csv", *rows["t"]))
    expected = score.compute()
    assert found["image_mean_dice"] == pytest.approx(expected["image_mean_dice"], abs=1e-12)
    assert found["filled_mean_dice"] == pytest.approx(expected["filled_mean_dice"], abs=1e-12)


@pytest.mark.parametrize(
    ("submitted", "truth", "said"),
    [
        (["a.jpg_1,"], ["a.jpg_1,", "b.jpg_1,1 2"], r"s\.csv: 1 of the 2 pictures of .*t\.csv are missing: b\.jpg"),
        (["a.jpg_1,", "b.jpg_1,1 1"], ["a.jpg_1,"], r"t\.csv: 1 pictures of .* are not in it: b\.jpg"),
        (["a.jpg_1,"], ["a.jpg_1,", "a.jpg_2,1 2"], r"s\.csv: a\.jpg has no row for class 2"),
        (["a.jpg_1,3 2 4 1"], ["a.jpg_1,1 1"], r"s\.csv: line 2: pair 2 of 2 .* starts before"),
        (["a.jpg_1,3 x"], ["a.jpg_1,1 1"], r"s\.csv: line 2: "),
        ([], ["a.jpg_1,1 1"], r"s\.csv: there is no row"),
    ],
)
def test_what_a_competition_would_refuse_is_said(
    tmp_path: Path, submitted: list[str], truth: list[str], said: str
) -> None:
    with pytest.raises(DataError, match=said):
        score_tables(table(tmp_path / "s.csv", *submitted), table(tmp_path / "t.csv", *truth))


def test_rows_of_objects_are_refused(tmp_path: Path) -> None:
    objects = table(tmp_path / "s.csv", "a,1 2", header="ImageId,EncodedPixels")
    with pytest.raises(DataError, match="each row is an object"):
        score_tables(objects, objects)

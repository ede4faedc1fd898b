"""Splits that hold out a fifth of every kind and keep copies together."""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np
import pytest

from perpixel.data.dividing import divide, photos_of
from perpixel.data.layout import Layout
from perpixel.data.sample import Sample
from perpixel.data.stratifying import stratified
from perpixel.pictures import write_jpeg, write_png


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> list[Sample]:
    """Fifty blobs; the last ten are JPEG copies of the first ten."""
    root = tmp_path_factory.mktemp("pictures")
    found = []
    for number in range(50):
        generator = np.random.default_rng(number % 40)
        noise = cv2.GaussianBlur(generator.normal(size=(96, 128, 3)), (0, 0), 6)
        image = ((noise - noise.min()) / np.ptp(noise) * 255).astype(np.uint8)
        path = root / f"{number:02}.{'jpg' if number >= 40 else 'png'}"
        (write_jpeg if number >= 40 else write_png)(path, image)
        found.append(Sample(path.stem, path))
    return found


def test_every_kind_gives_a_fifth_and_copies_stay_together(samples: list[Sample]) -> None:
    strata = [number % 40 % 2 for number in range(50)]
    numbers = photos_of(samples)
    for seed in range(5):
        splits = stratified(samples, strata, seed, numbers)
        held = {sample.name for sample in splits["val"]}
        assert {sample.name for sample in splits["train"]} == {sample.name for sample in samples} - held
        assert all((f"{number:02}" in held) == (f"{number + 40}" in held) for number in range(10))
        counts = Counter(strata[int(name)] for name in held)
        assert all(abs(counts[kind] - 5) <= 1 for kind in (0, 1))


def test_the_order_of_the_pictures_does_not_matter_and_the_seed_does(samples: list[Sample]) -> None:
    strata = [number % 3 for number in range(40)]
    names = [{s.name for s in stratified(samples[:40], strata, seed, range(40))["val"]} for seed in (0, 1)]
    turned = stratified(samples[:40][::-1], strata[::-1], 0, range(40))["val"]
    assert names[0] == {sample.name for sample in turned}
    assert names[0] != names[1]


def test_few_pictures_still_give_something_to_judge(samples: list[Sample]) -> None:
    assert len(stratified(samples[:3], ["a", "b", "c"], 0, range(3))["val"]) == 1
    one_photo = stratified(samples[:3], ["a", "a", "a"], 0, [0, 0, 0])
    assert {name: len(own) for name, own in one_photo.items()} == {"train": 2, "val": 1}


def test_only_an_undivided_layout_is_divided_and_says_how(samples: list[Sample]) -> None:
    stated = Layout({"train": tuple(samples)}, "stated")
    assert divide(stated, 0, photos_of) is stated
    layout = Layout({"train": tuple(samples), "test": tuple(samples[:2])}, "folders", undivided="train")
    divided = divide(layout, 0, photos_of)
    assert list(divided.splits) == ["train", "val", "test"]
    assert len(divided.splits["val"]) == 10
    assert divided.words == (
        "folders; a fifth of train held out as val by chance, 10 near-duplicates beside their likes (split seed 0)"
    )
    assert divided.undivided is None
    one = divide(Layout({"all": tuple(samples[:1])}, "one", undivided="all"), 0, photos_of)
    assert list(one.splits) == ["train"]


def test_where_a_table_tells_the_classes_every_combination_gives_a_fifth(samples: list[Sample]) -> None:
    rows = [("1 1" if number % 2 else "", "1 1" if number % 3 else "") for number in range(40)]
    table = tuple(Sample(one.name, one.picture, runs=own) for one, own in zip(samples, rows, strict=False))
    divided = divide(Layout({"all": table}, "a table", undivided="all"), 0, lambda chosen: range(len(chosen)))
    counts = Counter(sample.runs for sample in divided.splits["val"])
    assert all(abs(counts[own] - count / 5) < 1 for own, count in Counter(rows).items())

"""What the ladder has beside its networks, on data small enough to know the answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

pytest.importorskip("torch")

from perpixel.classes import ClassTable
from perpixel.data import Dataset, open_dataset
from perpixel.errors import DataError, TrainingError
from perpixel.pictures import write_png
from perpixel.results import LabelMap
from perpixel.training import climb
from perpixel.training.ladder.baselines import BASELINES, Baseline, Bound
from perpixel.training.ladder.baselines import baseline as baseline_module
from perpixel.training.ladder.baselines.pixels import ByPixel, majority, sample_pixels
from perpixel.training.ladder.line import Ladder
from perpixel.training.ladder.outcome import judge
from perpixel.training.ladder.page import page
from perpixel.training.ladder.table import markdown

GRAYS = (20, 90, 150, 220)
NAMES = [f"class {number}" for number in range(len(GRAYS))]


def write_set(root: Path, make: Any, *, train: int = 4, val: int = 2) -> Dataset:
    """`make(random)` gives a picture and its labels."""
    random = np.random.default_rng(0)
    for split, count in (("train", train), ("val", val)):
        for number in range(count):
            for kind, array in zip(("images", "masks"), make(random), strict=True):
                place = root / kind / split / f"{number}.png"
                place.parent.mkdir(parents=True, exist_ok=True)
                write_png(place, array)
    return open_dataset(root, classes=ClassTable.named(NAMES))


def blocks(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Squares of 12 pixels of random classes, whose class is their gray; some pixels are not judged."""
    labels = np.kron(random.integers(0, len(GRAYS), (3, 4)), np.ones((12, 12))).astype(np.uint8)
    image = np.repeat(np.array(GRAYS, np.uint8)[labels][:, :, None], 3, axis=2)
    labels[0, :5] = 255
    return image, labels


def textures(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Two grays everywhere, half of each: in stripes within a disc, which is class 1, and by chance around it."""
    labels = cv2.circle(np.zeros((40, 48), np.uint8), (int(random.integers(14, 34)), 20), 11, 1, -1)
    stripes = np.where(np.indices(labels.shape)[0] // 2 % 2, 90, 166)
    noise = np.where(random.random(labels.shape) < 0.5, 90, 166)
    return np.where(labels == 1, stripes, noise).astype(np.uint8), labels


@pytest.fixture(scope="module")
def gray_blocks(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return write_set(tmp_path_factory.mktemp("blocks"), blocks)


def find(name: str) -> Baseline | Bound:
    return next(each for each in BASELINES if each.name == name)


def scores(name: str, dataset: Dataset, folder: Path) -> dict[str, Any]:
    line = find(name)
    answers = line.make(dataset, "train") if isinstance(line, Baseline) else line
    shown = dataset.samples("val")[:1]
    return judge(answers, dataset, "val", shown=shown, draw_to=lambda number: folder / f"{number}.jpg")[0]


@pytest.mark.parametrize("name", ["brightness", "kmeans", "random_forest", "regions_oracle"])
def test_classes_that_are_gray_levels_are_solved(name: str, gray_blocks: Dataset, tmp_path: Path) -> None:
    found = scores(name, gray_blocks, tmp_path)["mean_iou"]
    if name in ("brightness", "regions_oracle"):
        assert found == 1
    else:
        assert found > 0.7
    assert (tmp_path / "0.jpg").is_file()


def test_a_forest_sees_texture_where_one_class_and_brightness_do_not(tmp_path: Path) -> None:
    dataset = write_set(tmp_path / "set", textures)
    forest, *others = (
        scores(name, dataset, tmp_path)["mean_iou"] for name in ("random_forest", "one_class", "brightness")
    )
    assert forest > max(others) + 0.05


def test_levels_that_were_not_met_have_the_nearest_ones_class(gray_blocks: Dataset) -> None:
    answers = find("brightness").make(gray_blocks, "train")
    asked = np.array([[[0], [54], [56], [121], [255]]], np.uint8).repeat(3, axis=2)
    assert answers(asked).labels.tolist() == [[0, 0, 1, 2, 3]]


@pytest.mark.parametrize("name", ["brightness", "kmeans", "random_forest"])
def test_they_are_learnt_from_train_alone_and_alike_each_time(
    name: str, gray_blocks: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, seen = Dataset.read, []
    monkeypatch.setattr(Dataset, "read", lambda self, sample: seen.append(sample) or read(self, sample))
    first, second = (find(name).make(gray_blocks, "train") for _ in range(2))
    assert set(seen) == set(gray_blocks.samples("train"))
    image = read(gray_blocks, gray_blocks.samples("val")[0])[0]
    assert np.array_equal(first(image).labels, second(image).labels)


def test_the_oracle_names_regions_by_the_truth_and_keeps_to_their_borders() -> None:
    classes = ClassTable.named(["a", "b"])
    image = np.zeros((20, 40, 3), np.uint8)
    image[:, 20:] = 255
    labels = np.zeros((20, 40), np.uint8)
    labels[:, 15:] = 1  # not where the picture changes: five columns are lost
    labels[0] = 255
    bound = find("regions_oracle")
    assert isinstance(bound, Bound)
    found = bound.answer(image, LabelMap(labels, classes)).labels
    assert (found[:, :19] == 0).all()
    assert (found[:, 21:] == 1).all()
    nothing = bound.answer(image, LabelMap(np.full((20, 40), 255, np.uint8), classes))
    assert (nothing.labels == 0).all()


def test_majority_is_worked_by_hand() -> None:
    groups, labels = np.array([0, 0, 0, 1, 1, 3]), np.array([0, 0, 1, 1, 2, 2])
    assert majority(groups, labels, count=4, classes=3).tolist() == [0, 1, 0, 2]  # a tie and an empty group: commonest


def test_the_sample_is_bounded_and_leaves_out_what_is_not_judged(gray_blocks: Dataset, tmp_path: Path) -> None:
    values, labels = sample_pixels(gray_blocks, "train", lambda image: image[:, :, :1].astype(np.float32), most=200)
    assert len(values) == len(labels) == 200
    assert np.array_equal(np.array(GRAYS)[labels], values[:, 0])
    write_set(tmp_path, blocks)
    for mask in (tmp_path / "masks" / "train").iterdir():
        write_png(mask, np.full((36, 48), 255, np.uint8))
    with pytest.raises(DataError, match="no pixel of train is judged"):
        find("brightness").make(open_dataset(tmp_path, classes=gray_blocks.classes), "train")


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 3), (17, 23)])
def test_large_pictures_are_asked_on_a_grid(size: tuple[int, int]) -> None:
    asked = []

    def classify(values: np.ndarray) -> np.ndarray:
        asked.append(len(values))
        return values[:, 0] > 127

    answers = ByPixel(lambda image: image.astype(np.float32), classify, ClassTable.named(["dark", "bright"]), most=60)
    image = np.zeros((*size, 3), np.uint8)
    image[:, size[1] // 2 :] = 255
    found = answers(image).labels
    assert found.shape == size
    assert asked[0] <= 72
    assert np.mean(found != (image[:, :, 0] > 127)) < 0.15


def test_table_and_page_show_them_and_say_what_the_bound_sees(gray_blocks: Dataset, tmp_path: Path) -> None:
    baselines = [find(name) for name in ("one_class", "brightness", "regions_oracle")]
    absent = Baseline("absent", "needs what is not there", find("one_class").make, needs="no_such_module")
    ladder = without_networks(gray_blocks, tmp_path / "ladder", [*baselines, absent])
    assert [(line.name, line.kind) for line in ladder.lines] == [
        ("one_class", "baseline"),
        ("brightness", "baseline"),
        ("regions_oracle", "bound"),
    ]
    assert ladder.failures == {}
    best = ladder.best("baseline")
    assert best is not None
    assert best.name == "brightness"  # not the bound
    for text in (markdown(ladder), page(ladder, lambda number, what: Path(f"{number}-{what}.jpg"))):
        assert "regions_oracle is graph regions named by looking at the TRUTH" in text.replace("`", "")
        assert "absent was left out: no_such_module is not installed" in text.replace("`", "")
        assert "1.000" in text
    written = json.loads(json.dumps(ladder.to_dict()))
    assert [rung["kind"] for rung in written["rungs"]] == ["baseline", "baseline", "bound"]
    assert list(written["left_out"]) == ["absent"]


def test_without_scikit_learn_the_forest_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    forest = find("random_forest")
    assert isinstance(forest, Baseline)
    assert forest.missing == ""
    monkeypatch.setattr(baseline_module, "find_spec", lambda name: None)
    assert 'pip install "perpixel[classical]"' in forest.missing
    assert [each.name for each in BASELINES if isinstance(each, Baseline) and each.missing] == ["random_forest"]


def without_networks(dataset: Dataset, out: Path, baselines: list[Baseline | Bound]) -> Ladder:
    """A ladder that ends before its first network."""

    def stop(climb: Any, name: str, seed: int) -> None:
        raise TrainingError("not trained here")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("perpixel.training.ladder.climbing._Climb._run", stop)
        narrow = {"unet": {"widths": [4, 8]}}
        ladder = climb(
            dataset,
            out=out,
            given={"epochs": 1},
            architectures=["unet"],
            options=narrow,
            seeds=[0],
            baselines=baselines,
        )
    ladder.lines = [line for line in ladder.lines if line.kind != "network"]
    return ladder

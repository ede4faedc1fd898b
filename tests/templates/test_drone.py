from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # the examples stand beside the package, not in it

from examples import drone
from perpixel.classes import ClassTable
from perpixel.data import Dataset, Sample, open_dataset
from perpixel.data.copies import make_copies
from perpixel.errors import MaskError
from perpixel.evaluation import evaluate
from perpixel.masks import Encoding
from perpixel.metrics import SemanticScore
from perpixel.pictures import picture_size, read_picture, write_png
from perpixel.predict import Predictor
from perpixel.results import LabelMap
from perpixel.synthetic import draw_aerial
from perpixel.synthetic.aerial import DRONE
from perpixel.training.schedules import rate_share


def dataset_of(count: int) -> Dataset:
    """A data set of so many names, without files."""
    samples = tuple(Sample(f"{number:03d}", Path(f"{number:03d}.jpg")) for number in range(count))
    return Dataset(Path(), DRONE, Encoding("index"), {"train": samples}, "names alone")


def test_the_split_is_the_notebooks() -> None:
    found = drone.split(dataset_of(400), 19)
    assert {split: len(samples) for split, samples in found.splits.items()} == {"train": 306, "val": 54, "test": 40}
    assert len({sample.name for samples in found.splits.values() for sample in samples}) == 400
    assert found.splits == drone.split(dataset_of(400), 19).splits
    assert found.splits != drone.split(dataset_of(400), 20).splits


def test_the_split_is_that_of_scikit_learn() -> None:
    model_selection = pytest.importorskip("sklearn.model_selection")
    names = [f"{number:03d}" for number in range(57)]
    rest, test = model_selection.train_test_split(names, test_size=0.1, random_state=19)
    train, val = model_selection.train_test_split(rest, test_size=0.15, random_state=19)
    found = {split: [s.name for s in samples] for split, samples in drone.split(dataset_of(57), 19).splits.items()}
    assert {split: sorted(found[split]) for split in found} == {
        "train": sorted(train),
        "val": sorted(val),
        "test": sorted(test),
    }


def test_four_pictures_are_enough_for_three_splits() -> None:
    found = drone.split(dataset_of(4), 0)
    assert {split: len(samples) for split, samples in found.splits.items()} == {"train": 2, "val": 1, "test": 1}


def test_the_plan_is_the_notebooks_and_its_rates_are_known() -> None:
    plan = drone.plan((704, 1056), epochs=15, batch=3, pretrained=True, seed=19)
    assert (plan.architecture, plan.backbone, plan.optimizer) == ("unet", "mobilenet_v2", "adamw")
    assert (plan.rate, plan.weight_decay, plan.crop, plan.batch, plan.epochs) == (1e-3, 1e-4, (704, 1056), 3, 15)
    total = 15 * 102
    rates = [
        plan.rate * rate_share(plan.schedule, step, total, warmup=plan.warmup) for step in (0, 458, 800, total - 1)
    ]
    assert rates == pytest.approx([4.0e-5, 1.0e-3, 7.688e-4, 4e-9], rel=1e-4)


def score_of(classes: ClassTable, pairs: list[tuple[list[int], list[int]]]) -> SemanticScore:
    score = SemanticScore(classes, boundary=False)
    for number, (truth, prediction) in enumerate(pairs):
        maps = [LabelMap(np.array([row], np.uint8), classes) for row in (truth, prediction)]
        score.update(truth=maps[0], prediction=maps[1], name=str(number))
    return score


def notebook_mean_iou(truth: np.ndarray, prediction: np.ndarray, classes: int) -> float:
    """The notebook's function of one batch, in plain words."""
    found = []
    for label in range(classes):
        if not (truth == label).any():
            found.append(np.nan)
            continue
        inter = np.logical_and(truth == label, prediction == label).sum()
        union = np.logical_or(truth == label, prediction == label).sum()
        found.append((inter + 1e-10) / (union + 1e-10))
    return float(np.nanmean(found))


def test_known_answer_of_one_matrix() -> None:
    score = score_of(ClassTable.named(["a", "b", "c"]), [([0, 0, 1, 1, 2, 2], [0, 1, 1, 1, 2, 0])])
    assert score.matrix.mean_iou == pytest.approx(0.5)
    assert score.matrix.pixel_accuracy == pytest.approx(2 / 3)
    assert drone.batch_mean_iou(score, 1) == pytest.approx(0.5)


def test_the_mean_over_batches_is_another_number_than_that_of_one_matrix() -> None:
    """Class c is predicted where it is not true: the notebook does not see that."""
    pairs = [([0, 0, 0, 0], [0, 0, 0, 2]), ([1, 1, 1, 2], [1, 1, 1, 2])]
    score = score_of(ClassTable.named(["a", "b", "c"]), pairs)
    assert score.matrix.mean_iou == pytest.approx((3 / 4 + 1 + 1 / 2) / 3)
    assert drone.batch_mean_iou(score, 1) == pytest.approx((3 / 4 + 1) / 2)
    assert drone.batch_mean_iou(score, 2) == pytest.approx(0.75)


@pytest.mark.parametrize("batch", [1, 2, 3, 5])
def test_the_mean_over_batches_is_the_notebooks(batch: int) -> None:
    generator = np.random.default_rng(0)
    truth, prediction = generator.integers(0, 6, (2, 7, 9))
    truth[truth == 5] = 0  # 5 is never true
    classes = ClassTable.named(list("abcdef"))
    score = score_of(classes, [(t.tolist(), p.tolist()) for t, p in zip(truth, prediction, strict=True)])
    expected = [
        notebook_mean_iou(truth[start : start + batch], prediction[start : start + batch], 6)
        for start in range(0, 7, batch)
    ]
    assert drone.batch_mean_iou(score, batch) == pytest.approx(np.mean(expected))


def test_a_triptych_has_three_panels_of_at_most_the_width() -> None:
    labels = LabelMap(np.full((40, 1500), 3, np.uint8), DRONE)
    drawn = drone.triptych(np.zeros((40, 1500, 3), np.uint8), labels, labels)
    assert drawn.shape[1] == 3 * 500
    assert drawn[5, 750].tolist() == drawn[5, 1250].tolist() == list(DRONE[3].color)


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template on four drawn pictures, one epoch, a narrow network."""
    folder = tmp_path_factory.mktemp("drone")
    draw_aerial(folder / "data", count=4, size=(96, 128))
    whole = drone.split(open_dataset(folder / "data"), 19)
    copies = make_copies(whole, folder / "out/copies", fit=(64, 96))
    chosen = drone.plan((64, 96), epochs=1, batch=1, seed=19)
    chosen = replace(chosen, backbone=None, options={"widths": (8, 8, 16)})  # the export of MobileNetV2 takes a minute
    drone.learn(copies, folder / "out/run", chosen)
    answer = drone.at_full_size(folder / "out/run", (64, 96), tile=96, threads=1)
    drone.judge(whole, answer, folder / "out", batch=3)
    return folder


def test_the_template_answers_at_full_size_and_tells_both_kinds_of_mean_iou(ended: Path) -> None:
    numbers = json.loads((ended / "out/numbers.json").read_text())
    assert len(numbers) == 4
    assert all(0 <= value <= 1 for value in numbers.values())
    scores = json.loads((ended / "out/report/scores.json").read_text())
    assert scores["mean_iou"] == pytest.approx(numbers["mean IoU"])
    assert sum(row["pixels"] for row in scores["per_class"].values()) == 96 * 128  # one picture, at its own size


def test_the_template_draws_curves_and_triptychs(ended: Path) -> None:
    (drawn,) = (ended / "out/triptychs").iterdir()
    assert read_picture(drawn).shape[1] == 3 * 128
    assert min(picture_size(ended / "out/run/curves.png")) > 100
    (row,) = csv.DictReader((ended / "out/run/curves.csv").read_text().splitlines())
    assert {"loss", "mean_iou", "pixel_accuracy"} <= row.keys()


def test_a_run_is_no_pickle_and_knows_label_23(ended: Path) -> None:
    files = {path.name for path in (ended / "out/run/best").iterdir()}
    assert files == {"config.json", "model.onnx", "model.safetensors"}
    classes = json.loads((ended / "out/run/best/config.json").read_text())["classes"]["classes"]
    assert classes[23]["name"] == "conflicting"


def test_what_is_judged_is_never_augmented(ended: Path) -> None:
    """Judging the best epoch again gives the number that it was chosen by."""
    copies = open_dataset(ended / "out/copies", encoding="index")
    predictor = Predictor(ended / "out/run", confidence="none", threads=1)
    again = evaluate(copies, predictor, split="val", boundary=False).compute()
    (row,) = csv.DictReader((ended / "out/run/curves.csv").read_text().splitlines())
    assert again["mean_iou"] == pytest.approx(float(row["mean_iou"]), abs=1e-3)
    assert again["pixel_accuracy"] == pytest.approx(float(row["pixel_accuracy"]), abs=1e-3)


def test_tiles_at_full_sampling_are_answered_at_full_size(ended: Path) -> None:
    answer = drone.at_full_size(ended / "out/run", None, tile=64, threads=1)
    assert answer(np.zeros((96, 128, 3), np.uint8)).size == (96, 128)


def test_a_label_without_a_class_stops_before_anything_is_learnt(tmp_path: Path) -> None:
    draw_aerial(tmp_path, count=3, size=(48, 64))
    labels = read_picture(tmp_path / "label_images_semantic/001.png")[:, :, 0].copy()
    labels[7, 9] = 24
    write_png(tmp_path / "label_images_semantic/001.png", labels)
    with pytest.raises(MaskError, match=r"001\.png.*24.*row 7, column 9"):
        open_dataset(tmp_path)


def test_what_ended_is_not_learnt_again(ended: Path) -> None:
    before = (ended / "out/run/curves.csv").read_bytes()
    whole = drone.split(open_dataset(ended / "data"), 19)
    copies = make_copies(whole, ended / "out/copies", fit=(64, 96))
    drone.learn(copies, ended / "out/run", drone.plan((64, 96), epochs=9, batch=1, seed=19))
    assert (ended / "out/run/curves.csv").read_bytes() == before

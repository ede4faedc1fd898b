"""Things learnt from the command line: trained, judged, predicted by the exported graph, resumed, refused."""

from __future__ import annotations

import csv
import json
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from odd_things import go_through

from perpixel.classes import ClassTable, SegmentClass, save_class_table
from perpixel.cli import run
from perpixel.data import Task, open_dataset
from perpixel.errors import ModelError
from perpixel.evaluation import evaluate
from perpixel.export import load_checkpoint
from perpixel.pictures import write_png
from perpixel.plan import Augmentation, Plan
from perpixel.predict import Predictor
from perpixel.results import Instances, Panoptic
from perpixel.training import checkpoints, record, train, train_folds
from perpixel.training.folds import deal
from perpixel.training.judging import count

NARROW = {"width": 16, "beside": 8, "head": 8}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bright squares on dark ground, four to a picture of 64 x 64, with their ids and masks of the two classes."""
    root = tmp_path_factory.mktemp("squares")
    for name in ("images", "instances", "masks"):
        (root / name).mkdir()
    for number in range(6):
        generator = np.random.default_rng(number)
        image = generator.integers(0, 60, (64, 64, 3)).astype(np.uint8)
        ids = np.zeros((64, 64), np.uint16)
        for place in range(4):
            row, column = (
                4 + 32 * (place // 2) + generator.integers(0, 8),
                4 + 32 * (place % 2) + generator.integers(0, 8),
            )
            ids[row : row + 16, column : column + 16] = 10 * place + 1
        image[ids > 0] += 150
        write_png(root / "images" / f"{number}.png", image)
        write_png(root / "instances" / f"{number}.png", ids)
        write_png(root / "masks" / f"{number}.png", (ids > 0).astype(np.uint8))
    table = ClassTable((SegmentClass("ground", (0, 90, 0)), SegmentClass("square", (200, 0, 0), thing=True)))
    save_class_table(table, root / "classes.yaml")
    return root


def plan(**lines: object) -> Plan:
    return Plan(
        architecture="panoptic_deeplab",
        backbone="mobilenet_v3_small",
        options=NARROW,
        crop=(64, 64),
        batch=4,
        loss=("cross-entropy",),
        augmentation=Augmentation(scale=(1.0, 1.0), flip=0.0, color=0.0, rare=0.0),
        ema=0.0,
        workers=0,
        seed=0,
    ).with_reason("", **{"epochs": 1, "rate": 3e-3, "repeat": 80, **lines})


@pytest.fixture(scope="module")
def found(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "a"
    train(open_dataset(folder, task="instance"), out=out, plan=plan())
    return out


def test_squares_are_counted_by_the_exported_graph(folder: Path, found: Path) -> None:
    dataset = open_dataset(folder, task="instance")
    judged = evaluate(dataset, Predictor(found, threads=1), split="train", boundary=False, worst=2)
    scores = judged.compute()
    assert scores["mask_ap50"] > 0.8
    assert [case.drawn.shape[2] for case in judged.worst] == [3, 3]
    answer = Predictor(found, threads=1)(dataset.read(dataset.samples("val")[0])[0])
    assert isinstance(answer, Instances)
    assert answer.classes.names == ("square",)
    model, spec = load_checkpoint(found)
    assert (model.num_classes, [output.name for output in spec.outputs]) == (2, ["logits", "centers", "offsets"])


def test_the_commands_judge_predict_and_score_what_they_wrote(
    folder: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        run(
            ["evaluate", str(folder), "--model", str(found), "--split", "train", "--json", "--out", str(tmp_path / "r")]
        )
        == 0
    )
    scores = json.loads(capsys.readouterr().out)
    assert (scores["task"], scores["max_detections"]) == ("instance", 1000)
    assert len(list((tmp_path / "r" / "worst").glob("*.jpg"))) == 5
    assert run(["predict", str(folder / "images"), "--model", str(found), "--out", str(tmp_path / "out")]) == 0
    with (tmp_path / "out" / "things.csv").open() as file:
        things = list(csv.DictReader(file))
    summary = json.loads((tmp_path / "out" / "predictions.json").read_text())
    assert sum(row["counts"].get("square", 0) for row in summary["predictions"]) == len(things) > 0
    data = json.loads((tmp_path / "out" / "instances.json").read_text())
    assert len(data["images"]) == 6
    assert {one["segmentation"]["size"] == [64, 64] for one in data["annotations"]} == {True}
    assert len(list((tmp_path / "out").glob("*.overlay.jpg"))) == 6


def test_what_predict_writes_is_scored_as_evaluate_judges(
    folder: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = tmp_path / "alone"
    for name in ("images", "instances"):
        shutil.copytree(folder / name, alone / name)
    save_class_table(ClassTable((SegmentClass("square", (200, 0, 0), thing=True),)), alone / "classes.yaml")
    assert run(["convert", str(alone), str(tmp_path / "coco"), "--to", "coco"]) == 0
    assert run(["predict", str(alone / "images"), "--model", str(found), "--out", str(tmp_path / "out")]) == 0
    assert run(["evaluate", str(alone), "--model", str(found), "--split", "train", "--json"]) == 0
    capsys.readouterr()
    truth = tmp_path / "coco" / "annotations" / "instances_all.json"
    assert run(["score", str(tmp_path / "out" / "instances.json"), str(truth), "--json"]) == 0
    scored = json.loads(capsys.readouterr().out)
    every = open_dataset(alone, split_seed=None)
    judged = evaluate(every, Predictor(found, threads=1), split="all", boundary=False).compute()
    assert scored["images"] == 6
    assert scored["mask_ap"] == pytest.approx(judged["mask_ap"], abs=1e-9)


def test_panoptic_learns_and_answers_every_pixel(folder: Path, tmp_path: Path) -> None:
    dataset = open_dataset(folder, task="panoptic")
    train(dataset, out=tmp_path / "a", plan=plan(repeat=1))
    answer = Predictor(tmp_path / "a", threads=1)(dataset.read(dataset.samples("val")[0])[0])
    assert isinstance(answer, Panoptic)
    columns = (tmp_path / "a" / "curves.csv").read_text().splitlines()[0].split(",")
    assert {"pq", "pq things", "pq stuff", "pq square"} <= set(columns)


def test_networks_of_classes_and_data_of_things_do_not_go_together(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", str(folder), "--task", "instance", "--arch", "unet", "--out", str(tmp_path / "a")]) == 1
    said = capsys.readouterr().err
    assert "unet learns semantic or multilabel" in said
    assert "take another --arch (mask_rcnn, panoptic_deeplab, hf)" in said
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(("task", "measure"), [("instance", "mask_ap"), ("panoptic", "pq")])
def test_folds_judge_all_things_together_by_networks_that_have_not_seen_them(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, task: Task, measure: str
) -> None:
    monkeypatch.setattr(checkpoints, "save_checkpoint", partial(checkpoints.save_checkpoint, graph=False))
    monkeypatch.setattr(record, "draw_curves", lambda history, path: None)
    dataset = open_dataset(folder, task=task)
    found = train_folds(dataset, out=tmp_path / "f", folds=2, plan=plan(repeat=1))
    written = json.loads((tmp_path / "f" / "folds.json").read_text())
    assert (written["images"], found.measure, written[measure]["n"]) == (6, measure, 2)
    together: Any = None
    for held_out, own in zip(deal(dataset, 2, seed=0), found.runs, strict=True):
        model, spec = load_checkpoint(own.folder)
        score = count(model, held_out, held_out.samples("val"), spec, torch.device("cpu"))
        assert len(score.pictures) == 3
        if together is None:
            together = score
        else:
            together.merge(score)
    scores = together.compute()
    assert found.out_of_fold[measure] == (scores["mask_ap"] if task == "instance" else scores["all"]["pq"])
    assert written["out_of_fold"] == found.out_of_fold


def test_odd_things_are_learnt_judged_and_predicted(
    found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    go_through(found, plan(repeat=1), tmp_path, capsys, monkeypatch)


def test_models_of_things_are_not_averaged_and_one_is_named(found: Path) -> None:
    with pytest.raises(ModelError, match=r"not averaged: take one model, such as .*runs.*a$"):
        Predictor([found, found])


def test_the_architecture_chooses_the_task(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["train", str(folder), "--arch", "panoptic_deeplab", "--out", str(tmp_path / "a"), "--dry-run"]) == 0
    assert "panoptic_deeplab" in capsys.readouterr().out


def test_a_misspelled_network_is_named_before_the_data_are_read(tmp_path: Path) -> None:
    from perpixel.training.opening import open_for

    with pytest.raises(ModelError, match="did you mean 'mask_rcnn'"):
        open_for(tmp_path / "nothing", "mask_rcn")

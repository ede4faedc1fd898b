"""Mask R-CNN from the command line: learnt, judged, written as two graphs, and predicted without torch as with it."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from odd_things import go_through

from perpixel.classes import ClassTable, SegmentClass, save_class_table
from perpixel.cli import run
from perpixel.data import open_dataset
from perpixel.errors import ModelError, TrainingError
from perpixel.evaluation import evaluate
from perpixel.evaluation.thing_cases import draw_things
from perpixel.export import load_checkpoint, save_checkpoint
from perpixel.metrics import InstanceScore
from perpixel.models import build
from perpixel.pictures import write_png
from perpixel.plan import Augmentation, Plan
from perpixel.predict import Predictor, find_model
from perpixel.spec import ModelSpec
from perpixel.tasks import BoxedInstanceTask, Window, kind_of, task_for
from perpixel.training import train

TINY = {"width": 8, "hidden": 16, "depth": 1, "sizes": (16.0, 32.0, 64.0, 128.0, 256.0), "regions": 16}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bright squares on dark ground, of two kinds."""
    root = tmp_path_factory.mktemp("squares")
    for number in range(4):
        generator = np.random.default_rng(number)
        image = generator.integers(0, 60, (64, 80, 3)).astype(np.uint8)
        ids = np.zeros((64, 80), np.uint16)
        ids[6:26, 4:30], ids[34:60, 40:70] = 1, 5
        image[ids == 1] += 150
        image[ids == 5, 0] += 120
        for name, picture in (("images", image), ("instance_masks", ids)):
            (root / name).mkdir(exist_ok=True)
            write_png(root / name / f"{number}.png", picture)
    save_class_table(ClassTable((SegmentClass("square", (200, 0, 0), thing=True),)), root / "classes.yaml")
    return root


PLAN = Plan(
    architecture="mask_rcnn",
    backbone="mobilenet_v3_small",
    options={**TINY, "proposals": 60},
    crop=(64, 64),
    batch=2,
    epochs=1,
    rate=3e-3,
    augmentation=Augmentation(scale=(1.0, 1.0), flip=0.0, color=0.0, rare=0.0),
)


@pytest.fixture(scope="module")
def found(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "a"
    train(open_dataset(folder), out=out, plan=PLAN)
    return out


@pytest.fixture(scope="module")
def panoptic(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Panoptic FPN that has learnt nothing, and takes most regions for the one class of things."""
    torch.manual_seed(0)
    model = build("panoptic_fpn", 3, backbone="mobilenet_v3_small", options={**TINY, "branch": 8, "proposals": 30})
    with torch.no_grad():
        model.get_submodule("roi_heads.box_predictor.cls_score").get_parameter("bias").copy_(torch.tensor([0, 0, 3, 0]))
    names = (("sky", False), ("square", True), ("road", False))
    classes = ClassTable(tuple(SegmentClass(name, (n, n, n), thing) for n, (name, thing) in enumerate(names)))
    outputs = model.describe_outputs(kind_of("panoptic"))
    out = tmp_path_factory.mktemp("untaught") / "a"
    save_checkpoint(out, model, ModelSpec("untaught", "panoptic", classes, outputs=outputs, regions=model.rules))
    return out


def test_the_checkpoint_says_how_regions_are_chosen_and_has_two_graphs(found: Path) -> None:
    model, spec = load_checkpoint(found)
    assert spec.regions is not None
    assert (spec.regions.sizes, spec.regions.proposals) == (TINY["sizes"], 60)
    assert (model.num_classes, model.rules) == (2, spec.regions)
    assert isinstance(task_for(spec), BoxedInstanceTask)
    columns = (found / "curves.csv").read_text().splitlines()[0].split(",")
    assert {"loss masks", "loss objectness", "mask_ap", "ap square"} <= set(columns)


@pytest.mark.parametrize("network", ["found", "panoptic"])
def test_without_torch_the_same_is_found(network: str, folder: Path, request: pytest.FixtureRequest) -> None:
    run: Path = request.getfixturevalue(network)
    model, spec = load_checkpoint(run)
    assert spec.graphs == {"main": "model.onnx", "regions": "model.regions.onnx"}
    predictor, dataset = Predictor(run, threads=1), open_dataset(folder)
    things = 0
    for height, width in ((64, 80), (37, 53)):
        image = np.ascontiguousarray(dataset.read(dataset.samples("train")[0])[0][:height, :width])
        with torch.inference_mode():
            given = model.to_decode(torch.from_numpy(image).permute(2, 0, 1)[None].float())
        expected = task_for(spec).decode({name: x.numpy() for name, x in given.items()}, Window((height, width)))
        answer = predictor(image)
        np.testing.assert_allclose(answer.scores, expected.scores, atol=1e-4)
        assert answer.labels.tolist() == expected.labels.tolist()
        assert (answer.ids == expected.ids).mean() > 0.999  # a cell of a mask may lie on the very edge of half
        things += sum(spec.classes[label].thing for label in answer.labels)
    assert things > 0


def test_one_file_finds_the_other_beside_it_and_says_where_it_is_missed(found: Path, tmp_path: Path) -> None:
    shutil.copy(found / "best" / "model.onnx", tmp_path)
    with pytest.raises(ModelError, match=r"model\.regions\.onnx: no such file; model\.onnx is half of a model"):
        find_model(tmp_path / "model.onnx")
    shutil.copy(found / "best" / "model.regions.onnx", tmp_path)
    assert set(find_model(tmp_path / "model.onnx").graphs) == {"main", "regions"}


def test_the_worst_pictures_are_drawn_as_predict_draws_them(folder: Path, found: Path) -> None:
    dataset, predictor = open_dataset(folder), Predictor(found, threads=1)
    judged = evaluate(dataset, predictor, split="train", worst=1)
    assert isinstance(judged.score, InstanceScore)
    assert judged.score.least_score == 0.5
    (case,) = judged.worst
    image, truth = dataset.read(next(each for each in dataset.samples("train") if each.name == case.name))
    answer = predictor(image)
    sure = answer[answer.scores >= 0.5]
    assert len(sure) < len(answer)
    title = f"{case.name}   quality {case.score:.3f}"
    assert (case.drawn == draw_things(image, truth=truth, prediction=sure, title=title)).all()


def test_the_table_has_what_is_sure_and_the_json_has_all(folder: Path, found: Path, tmp_path: Path) -> None:
    assert run(["predict", str(folder / "images"), "--model", str(found), "--out", str(tmp_path)]) == 0
    with (tmp_path / "things.csv").open() as file:
        things = list(csv.DictReader(file))
    every = json.loads((tmp_path / "instances.json").read_text())["annotations"]
    sure = [one for one in every if one["score"] >= 0.5]
    assert len(things) == len(sure)
    assert len(every) > 0
    assert all(float(row["score"]) >= 0.5 for row in things)


def test_odd_things_are_learnt_judged_and_predicted(
    found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    go_through(found, PLAN, tmp_path, capsys, monkeypatch)


@pytest.mark.parametrize("architecture", ["mask_rcnn", "panoptic_fpn"])
def test_a_loss_that_it_does_not_have_is_refused_in_one_line_before_the_data_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], architecture: str
) -> None:
    flags = ["--arch", architecture, "--loss", "dice", "--class-weights", "median-frequency"]
    assert run(["train", str(tmp_path / "nothing"), "--out", str(tmp_path / "a"), *flags]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith("has losses of its own, of anchors, regions and masks: leave out --loss, --class-weights")
    with pytest.raises(TrainingError, match="leave out --class-weights"):
        train(
            tmp_path / "nothing",
            out=tmp_path / "a",
            given={"architecture": architecture, "class_weights": "median-frequency"},
        )
    assert not (tmp_path / "a").exists()

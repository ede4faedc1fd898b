"""Label maps learnt as layers: the binary head, resuming it, judging it on data that name no classes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perpixel.architecture import Segmenter
from perpixel.classes import ClassTable, save_class_table
from perpixel.cli import run
from perpixel.data import open_dataset
from perpixel.evaluation import open_for_model
from perpixel.export import save_checkpoint
from perpixel.pictures import read_picture, write_png
from perpixel.predict import Predictor
from perpixel.spec import ModelSpec
from perpixel.training import checkpoints, make_plan, planning, record
from perpixel.training.planning import Machine, Measured

FLAGS = ["--arch", "unet", "--options", '{"widths": [4, 8]}', "--crop", "32x32", "--batch", "2", "--ema", "0"]
MEASURED = Measured(0.01, 0.001, 0.1, 10**8, 10**7)


def write_spots(root: Path, *, count: int = 6, value: int = 255, side: int = 12) -> Path:
    """Bright squares on a dark ground; masks of 0 and `value`."""
    generator = np.random.default_rng(0)
    for number in range(count):
        mask = np.zeros((32, 40), np.uint8)
        top, left = generator.integers(0, 32 - side, 2)
        mask[top : top + side, left : left + side] = 1
        picture = np.repeat((60 + 150 * mask)[:, :, None], 3, axis=2).astype(np.uint8)
        for kind, array in (("images", picture), ("masks", value * mask[:, :, None])):
            (root / kind).mkdir(parents=True, exist_ok=True)
            write_png(root / kind / f"{number}.png", array)
    return root


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """Without what takes seconds and other files test: trying a plan, drawing curves, graphs beside the best's."""

    def save(folder: Path, model: Segmenter, spec: ModelSpec, **options: Any) -> object:
        return save_checkpoint(folder, model, spec, **{"graph": folder.name == "best", **options})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkpoints, "save_checkpoint", save)
        patch.setattr(planning, "RealTrial", lambda *_, **__: lambda plan: MEASURED)
        patch.setattr(record, "draw_curves", lambda history, path: None)
        yield


@pytest.fixture
def no_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "save_checkpoint", partial(save_checkpoint, graph=False))


@pytest.fixture(scope="module")
def spots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_spots(tmp_path_factory.mktemp("spots"))


@pytest.fixture(scope="module")
def trained(spots: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "spots"
    flags = [*FLAGS, "--epochs", "30", "--rate", "0.02"]
    assert run(["train", str(spots), "--task", "multilabel", "--out", str(out), *flags]) == 0
    return out


def test_masks_of_0_and_255_train_one_sigmoid(
    spots: Path, trained: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Predictor(trained).classes.names == ("foreground",)
    assert run(["evaluate", str(spots), "--model", str(trained), "--json"]) == 0
    scores = json.loads(capsys.readouterr().out)
    assert (scores["task"], list(scores["per_class"])) == ("multilabel", ["foreground"])
    assert scores["mean_iou"] > 0.8
    assert run(["predict", str(spots / "images" / "0.png"), "--model", str(trained), "--out", str(tmp_path)]) == 0
    assert set(np.unique(read_picture(tmp_path / "masks" / "foreground" / "0.png"))) == {0, 255}


def test_a_run_knows_its_task_when_it_is_resumed(
    spots: Path, trained: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["train", str(spots), "--out", str(trained), "--resume", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["task"] == "multilabel"
    assert run(["train", str(spots), "--out", str(trained), "--resume", "--task", "semantic"]) == 1
    assert "task: multilabel in the run, semantic now" in capsys.readouterr().err


@pytest.mark.usefixtures("no_graph")
def test_folds_know_their_task(spots: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    start = ["train", str(spots), "--out", str(tmp_path / "f"), "--json"]
    assert run([*start, "--task", "multilabel", "--folds", "2", *FLAGS, "--epochs", "1"]) == 0
    assert json.loads(capsys.readouterr().out)["task"] == "multilabel"
    assert run([*start, "--resume"]) == 0
    assert json.loads(capsys.readouterr().out)["task"] == "multilabel"


def test_data_that_name_no_class_are_judged_by_a_model_that_does(spots: Path) -> None:
    dataset, by_model = open_for_model(spots, ClassTable.named(["cell"]), task="multilabel")
    assert (dataset.classes.names, by_model) == (("cell",), True)
    truth = dataset.read_truth(dataset.samples("val")[0])
    assert truth.masks.sum() == 144  # type: ignore[attr-defined]
    assert truth.judged.all()  # type: ignore[attr-defined]


def test_layers_are_judged_by_no_model_of_one_class_a_pixel(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_spots(tmp_path)
    (tmp_path / "masks").rename(tmp_path / "cell")
    (tmp_path / "masks").mkdir()
    (tmp_path / "cell").rename(tmp_path / "masks" / "cell")
    assert run(["evaluate", str(tmp_path), "--model", "street"]) == 1
    assert "has a mask for every class, which may overlap" in capsys.readouterr().err


def test_models_of_different_tasks_are_not_averaged(trained: Path, tmp_path: Path) -> None:
    best = trained / "best"
    for file in best.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = json.loads((tmp_path / "config.json").read_text())
    config["task"], config["outputs"][0]["kind"] = "semantic", "logits"
    (tmp_path / "config.json").write_text(json.dumps(config))
    with pytest.raises(Exception, match="only if their task is the same"):
        Predictor([trained, tmp_path])


def test_a_rare_single_class_gets_weight_and_dice_and_crops_on_it(tmp_path: Path) -> None:
    write_spots(tmp_path, side=3)
    save_class_table(ClassTable.named(["background", "spot"]), tmp_path / "classes.yaml")
    plan = make_plan(
        open_dataset(tmp_path, task="multilabel"),
        given={"architecture": "unet", "options": {"widths": (4, 8)}, "crop": (32, 32)},
        machine=Machine(cores=2, memory=8 * 10**9),
        trial=lambda plan: MEASURED,
    )
    assert plan.loss == ("cross-entropy", "dice")
    assert plan.augmentation.rare > 0
    assert plan.class_weights == "root-median-frequency"
    assert plan.reasons["class_weights"].startswith("pixels without spot are 141 times those with it")
    assert "spot, has 0.7 % of the pixels" in plan.reasons["loss"]


def test_a_ladder_climbs_layers_without_the_baselines_of_label_maps(spots: Path, tmp_path: Path) -> None:
    (tmp_path / "data" / "masks").mkdir(parents=True)
    (tmp_path / "data" / "images").symlink_to(spots / "images")
    (tmp_path / "data" / "masks" / "cell").symlink_to(spots / "masks")
    flags = ["--arch", "fcn_flat", "--epochs", "1", "--seeds", "0", "--crop", "32x32", "--batch", "2"]
    assert run(["ladder", str(tmp_path / "data"), "--out", str(tmp_path / "l"), *flags]) == 0
    found = json.loads((tmp_path / "l" / "ladder.json").read_text())
    assert (found["task"], [rung["name"] for rung in found["rungs"]]) == ("multilabel", ["fcn_flat"])

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perpixel.cli import run
from perpixel.data import Dataset, open_dataset
from perpixel.errors import ModelError, ResumeError, TrainingError
from perpixel.evaluation import evaluate
from perpixel.masks import read_raw
from perpixel.pictures import read_picture
from perpixel.plan import Augmentation, Plan
from perpixel.predict import Predictor, find_model
from perpixel.synthetic import draw_street
from perpixel.training import Folds, Silent, Spread, checkpoints, climb, record, train, train_folds
from perpixel.training.folds import deal

PLAN = Plan(
    options={"widths": (4, 8)}, crop=(24, 24), batch=5, epochs=1, rate=0.01, augmentation=Augmentation(rare=0.0)
)


@pytest.fixture
def dataset(boxes: Path) -> Dataset:
    return open_dataset(boxes)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight training and two validation pictures."""
    return draw_street(tmp_path_factory.mktemp("drawn") / "set", count=10, size=(32, 40), lossless=True).root


@pytest.fixture(scope="module")
def found(drawn: Path, tmp_path_factory: pytest.TempPathFactory) -> Folds:
    """Two folds, trained once for all tests; they leave them as they are."""
    folder = tmp_path_factory.mktemp("folds")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(record, "draw_curves", lambda history, path: None)
        return train_folds(drawn, out=folder / "f", folds=2, plan=PLAN)


@pytest.fixture
def no_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exporting a graph takes seconds, drawing curves one."""
    monkeypatch.setattr(checkpoints, "save_checkpoint", partial(checkpoints.save_checkpoint, graph=False))
    monkeypatch.setattr(record, "draw_curves", lambda history, path: None)


def names(datasets: list[Dataset], split: str) -> list[set[str]]:
    return [{sample.name for sample in each.samples(split)} for each in datasets]


def test_folds_and_ladders_are_refused_in_one_of_several_processes(
    dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them would write the same files."""
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(TrainingError, match="folds run in one process, and here are 2: start without torchrun"):
        train_folds(dataset, out=tmp_path / "folds", folds=2)
    with pytest.raises(TrainingError, match="ladders run in one process"):
        climb(dataset, out=tmp_path / "ladder", given={"epochs": 1}, seeds=[0])
    assert not (tmp_path / "folds").exists()
    assert not (tmp_path / "ladder").exists()


def test_every_picture_of_train_and_val_is_held_out_once(dataset: Dataset) -> None:
    folds = deal(dataset, 4, seed=0)
    held_out = names(folds, "val")
    assert sorted(map(len, held_out)) == [3, 3, 3, 4]
    assert set.union(*held_out) == {f"train/{n:02}" for n in range(10)} | {f"val/{n:02}" for n in range(3)}
    assert all(
        learnt == set.union(*held_out) - out for learnt, out in zip(names(folds, "train"), held_out, strict=True)
    )


def test_the_seed_alone_decides_whatever_the_order_and_a_test_split_is_left_alone(dataset: Dataset) -> None:
    train, val = dataset.splits["train"], dataset.splits["val"]
    turned = replace(dataset, splits={"val": val, "train": train[::-1], "test": val})
    assert names(deal(turned, 3, seed=5), "val") == names(deal(dataset, 3, seed=5), "val")
    assert names(deal(dataset, 3, seed=6), "val") != names(deal(dataset, 3, seed=5), "val")


def test_a_picture_that_both_splits_list_is_dealt_once(dataset: Dataset) -> None:
    train = dataset.splits["train"]
    folds = deal(replace(dataset, splits={"train": train, "val": train[:4]}), 2, seed=0)
    assert sum(map(len, names(folds, "val"))) == 10


@pytest.mark.parametrize(("count", "words"), [(1, "folds 1 must be at least 2"), (14, "more than the 13 pictures")])
def test_too_few_and_too_many_folds_are_refused(dataset: Dataset, tmp_path: Path, count: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        train_folds(dataset, out=tmp_path / "f", folds=count, plan=PLAN)
    assert not (tmp_path / "f").exists()


def test_each_fold_is_a_run_and_folds_json_has_its_pictures_and_score(found: Folds) -> None:
    written = json.loads((found.folder / "folds.json").read_text())
    assert (written["images"], written["seed"], written["splits"]) == (10, 0, ["train", "val"])
    for number, (fold, of_fold) in enumerate(zip(written["folds"], found.runs, strict=True), start=1):
        assert fold["name"] == of_fold.folder.name == f"fold{number}"
        assert fold["mean_iou"] == of_fold.best_score
        assert (of_fold.folder / "best" / "model.onnx").is_file()
    scores = [fold.best_score for fold in found.runs]
    assert found.measure == "mean_iou"
    assert written["mean_iou"] == {
        "mean": pytest.approx(np.mean(scores)),  # type: ignore[arg-type]
        "spread": pytest.approx(np.std(scores, ddof=1)),  # type: ignore[arg-type]
        "n": 2,
    }


def test_all_pictures_together_are_judged_by_the_fold_that_has_not_learnt_from_them(found: Folds, drawn: Path) -> None:
    dataset, score = open_dataset(drawn), None
    for held_out, of_fold in zip(deal(dataset, 2, seed=0), found.runs, strict=True):
        own = evaluate(held_out, Predictor(of_fold.folder, confidence="none"), split="val", boundary=False).score
        if score is None:
            score = own
        else:
            score.merge(own)  # type: ignore[arg-type]
    assert score is not None
    assert found.out_of_fold["mean_iou"] == pytest.approx(score.compute()["mean_iou"], abs=1e-3)
    assert found.out_of_fold == json.loads((found.folder / "folds.json").read_text())["out_of_fold"]
    assert "iou road" in found.out_of_fold


def test_a_folder_of_folds_answers_with_the_mean_of_all(found: Folds, drawn: Path) -> None:
    both = Predictor([found.folder / "fold1", found.folder / "fold2"])
    together = Predictor(found.folder)
    assert [model.spec.name for model in together.models] == ["fold1", "fold2"]
    image = read_picture(next((drawn / "images" / "val").iterdir()))
    answers = together(image), both(image)
    assert np.array_equal(answers[0].labels, answers[1].labels)
    assert answers[0].confidence is not None
    assert answers[1].confidence is not None
    assert np.array_equal(answers[0].confidence, answers[1].confidence)
    with pytest.raises(ModelError, match=r"holds 2 folds, and one model is asked for: name one, such as .*fold1"):
        find_model(found.folder)


def test_the_commands_take_a_folder_of_folds(
    found: Folds, drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = str(found.folder)
    assert run(["evaluate", str(drawn), "--model", model, "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["images"] == 2
    assert "2 of the 2 pictures of val were learnt from by" in captured.err.replace("\n", " ")
    answers = tmp_path / "answers"
    assert run(["predict", str(drawn / "images" / "val"), "--model", model, "--out", str(answers)]) == 0
    picture = next((drawn / "images" / "val").iterdir())
    image = read_picture(picture)
    assert np.array_equal(read_raw(answers / f"{picture.stem}.png").values, Predictor(model)(image).labels)


@pytest.mark.usefixtures("no_graph")
def test_folds_that_were_stopped_go_on(boxes: Path, tmp_path: Path) -> None:
    class Impatient(Silent):
        def say(self, words: str) -> None:
            if words.startswith("fold2"):
                raise KeyboardInterrupt

    out = tmp_path / "f"
    with pytest.raises(KeyboardInterrupt):
        train_folds(boxes, out=out, folds=2, plan=PLAN, progress=Impatient())
    with pytest.raises(ModelError, match=r"fold2: this fold has no checkpoint yet"):
        Predictor(out)
    first = (out / "fold1" / "best" / "model.safetensors").stat().st_mtime_ns
    found = train_folds(boxes, out=out, resume=True)
    assert found.score == Spread.of(each.best_score for each in found.runs)
    assert (out / "fold1" / "best" / "model.safetensors").stat().st_mtime_ns == first
    assert [each.plan.lines() for each in found.runs] == [PLAN.lines()] * 2


def test_other_folds_or_another_run_are_refused(found: Folds, drawn: Path, tmp_path: Path) -> None:
    out = found.folder
    copy = shutil.copytree(drawn, tmp_path / "set")
    with pytest.raises(TrainingError, match="holds folds already"):
        train_folds(copy, out=out, folds=2, plan=PLAN)
    with pytest.raises(TrainingError, match="holds folds already"):
        train(copy, out=out, plan=PLAN)
    with pytest.raises(ResumeError, match="folds: 2 there, 3 now; seed: 0 there, 1 now"):
        train_folds(copy, out=out, folds=3, resume=True, given={"seed": 1})
    for kind in ("images", "masks"):
        next((copy / kind / "val").iterdir()).unlink()
    with pytest.raises(ResumeError, match="other pictures are in the data set"):
        train_folds(copy, out=out, resume=True)
    with pytest.raises(ResumeError, match="holds no folds to resume"):
        train_folds(copy, out=tmp_path / "none", resume=True)


@pytest.mark.usefixtures("no_graph")
def test_the_command_prints_mean_and_spread_and_resumes(
    boxes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_plan(dataset: Dataset, *, given: dict[str, Any], **rest: object) -> Plan:
        return PLAN.with_reason("as you said", **given)

    monkeypatch.setattr("perpixel.training.run.make_plan", make_plan)
    monkeypatch.setattr("perpixel.training.make_plan", make_plan)
    out = str(tmp_path / "f")
    flags = ["train", str(boxes), "--out", out]
    assert run([*flags, "--folds", "2", "--epochs", "1", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert list(result)[:2] == ["task", "images"]
    assert (result["mean_iou"]["n"], result["checkpoint"]) == (2, out)
    assert run([*flags, "--resume"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert lines[0].startswith("fold1: mean IoU ")
    assert lines[2].startswith("mean IoU ")
    assert " ± " in lines[2]
    assert lines[2].endswith(f"(n = 2) over folds of 13 pictures: {out}")
    assert lines[3].endswith("on all of them together, each by the fold that has not learnt from it")
    for number, words in ((1, "must be at least 2"), (99, "are more than the 13 pictures")):
        assert run(["train", str(boxes), "--out", str(tmp_path / "g"), "--folds", str(number)]) == 2
        error = capsys.readouterr().err
        assert words in error
        assert error.count("\n") == 1

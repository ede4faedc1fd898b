from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import fields
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from perpixel.cli import run
from perpixel.commands.plan_flags import LearningFlags, NetworkFlags, PictureFlags
from perpixel.commands.train import train
from perpixel.plan import Plan

pytest.importorskip("torch")

from perpixel import training
from perpixel.data import Dataset
from perpixel.training import Step, checkpoints, record
from perpixel.training import run as run_module
from perpixel.training.display import Bar

FLAGS = ("--epochs", "1", "--crop", "24x24", "--batch", "2", "--options", '{"widths": [4, 8]}', "--workers", "0")


@pytest.fixture
def stripes(tmp_path: Path) -> Path:
    """A data set of six pictures, left half one class and right half the other."""
    folder = tmp_path / "stripes"
    for split, count in (("train", 4), ("val", 2)):
        for number in range(count):
            labels = np.zeros((32, 40), np.uint8)
            labels[:, 20 + number :] = 1
            for kind, array in (("images", np.repeat(labels[:, :, None] * 200, 3, 2)), ("masks", labels)):
                path = folder / kind / split / f"{number}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.fromarray(array).save(path)
    return folder


@pytest.fixture(autouse=True)
def plan_without_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real plan is tried for some seconds."""

    def make_plan(dataset: Dataset, *, given: dict[str, Any], **rest: object) -> Plan:
        return Plan().with_reason("as you said", **given)

    for module in (training, run_module):
        monkeypatch.setattr(module, "make_plan", make_plan)


@pytest.fixture
def no_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "save_checkpoint", partial(checkpoints.save_checkpoint, graph=False))
    monkeypatch.setattr(record, "draw_curves", lambda history, path: None)


def test_every_line_of_the_plan_has_a_flag_of_its_name() -> None:
    groups = (NetworkFlags, LearningFlags, PictureFlags)
    named = {entry.name for group in groups for entry in fields(group)} | set(signature(train).parameters)
    flags = named - {"arch"} | {"architecture"}
    assert set(Plan().lines()) <= flags


def test_a_dry_run_prints_the_plan_with_what_was_said_and_writes_nothing(
    stripes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    flags = ["--crop", "24x40", "--scale", "0.5,1.5", "--loss", "cross-entropy,dice", "--rate", "0.01", "--flip", "0"]
    assert run(["train", str(stripes), "--out", str(out), "--dry-run", "--json", *flags]) == 0
    plan = Plan.from_dict(json.loads(capsys.readouterr().out))
    assert (plan.crop, plan.augmentation.scale, plan.augmentation.flip) == ((24, 40), (0.5, 1.5), 0)
    assert (plan.loss, plan.rate) == (("cross-entropy", "dice"), 0.01)
    assert plan.reasons["rate"] == plan.reasons["flip"] == "as you said"
    assert run(["train", str(stripes), "--out", str(out), "--dry-run", *flags]) == 0
    assert "24,40" in capsys.readouterr().out
    assert not out.exists()


@pytest.mark.usefixtures("no_graph")
def test_the_result_is_on_stdout_and_the_rest_on_stderr(
    stripes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert run(["train", str(stripes), "--out", str(out), "--json", "--data-terms", "drawn here", *FLAGS]) == 0
    captured = capsys.readouterr()
    result = json.loads(captured.out)
    assert list(result)[:2] == ["task", "images"]
    assert (result["task"], result["images"], result["checkpoint"]) == ("semantic", 2, str(out / "best"))
    assert 0 <= result["mean_iou"] <= 1
    assert "epoch 1/1" in captured.err
    assert json.loads((out / "best" / "config.json").read_text())["terms"]["data"] == "drawn here"

    assert run(["train", str(stripes), "--out", str(out), *FLAGS]) == 1
    assert "holds a run already" in capsys.readouterr().err
    assert run(["train", str(stripes), "--out", str(out), "--resume", "--epochs", "2"]) == 1
    assert "epochs: 1 in the run, 2 now" in capsys.readouterr().err.replace("\n", " ")
    assert run(["train", str(stripes), "--out", str(out), "--resume"]) == 0
    assert capsys.readouterr().out.startswith("mean IoU ")


@pytest.mark.usefixtures("no_graph")
def test_ctrl_c_says_how_to_go_on(
    stripes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(self: Bar, step: Step) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Bar, "step", interrupt)
    out = tmp_path / "run"
    assert run(["train", str(stripes), "--out", str(out), *FLAGS]) == 130
    text = capsys.readouterr().err.replace("\n", "")
    assert f"perpixel train {stripes} --out {out} --resume" in text


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (["--crop", "24"], "crop '24' is not HEIGHTxWIDTH"),
        (["--scale", "2"], "scale '2' is not two numbers"),
        (["--options", "[1]"], "not a JSON object"),
        (["--batch", "0"], "batch 0 must be at least 1"),
        (["--loss", "focal"], "must be one or more of cross-entropy, dice, pooled-dice, lovasz"),
        (["--schedule", "steps"], "steps"),
    ],
)
def test_a_wrong_flag_is_one_line(
    stripes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], flags: list[str], words: str
) -> None:
    assert run(["train", str(stripes), "--out", str(tmp_path / "run"), *flags]) == 2
    text = capsys.readouterr().err
    assert words in text
    assert text.count("\n") == 1


def test_without_torch_it_says_what_to_install(stripes: Path) -> None:
    code = "import sys; sys.modules['torch'] = None; from perpixel.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "train", str(stripes), "--out", "run"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr == 'error: training needs torch: pip install "perpixel[train]"\n'

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import fields
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from perpixel.cli import run
from perpixel.commands.plan_flags import LearningFlags, NetworkFlags, PictureFlags
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


LINES: dict[str, tuple[str, Any]] = {  # other values than a plan has without flags, as text and as its line
    "minutes": ("7", 7.0), "epochs": ("9", 9), "arch": ("segnet", "segnet"), "backbone": ("vgg16", "vgg16"),
    "pretrained": ("", True), "crop": ("24x40", (24, 40)), "batch": ("3", 3), "accumulate": ("2", 2),
    "repeat": ("5", 5), "sampling": ("classes", "classes"), "decisions": ("searched", "searched"),
    "optimizer": ("sgd", "sgd"), "rate": ("0.02", 0.02), "backbone_rate": ("0.3", 0.3), "weight_decay": ("0.4", 0.4),
    "momentum": ("0.7", 0.7), "schedule": ("cosine", "cosine"), "warmup": ("0.2", 0.2), "clip": ("3", 3.0),
    "loss": ("cross-entropy,dice", ("cross-entropy", "dice")), "class_weights": ("median-frequency",) * 2,
    "border": ("10", 10.0), "border_sigma": ("4", 4.0), "border_class": ("cell", "cell"), "auxiliary": ("0.1", 0.1),
    "ema": ("0.9", 0.9), "precision": ("bfloat16", "bfloat16"), "workers": ("2", 2), "patience": ("6", 6),
    "seed": ("8", 8), "scale": ("0.6,1.5", (0.6, 1.5)), "flip": ("0.1", 0.1), "rotate": ("0.2", 0.2),
    "elastic": ("1.5", 1.5), "color": ("0.3", 0.3), "blur": ("0.7", 0.7), "noise": ("2.5", 2.5), "mix": ("0.8", 0.8),
    "copy_paste": ("0.9", 0.9), "rare": ("0.6", 0.6),
}  # fmt: skip
SHORT = {"upsample": ("unpool", "unpool"), "downsample": ("stride", "stride"), "skip": ("", True)}


def test_every_flag_becomes_the_line_of_its_name_and_every_line_has_a_flag(
    stripes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [("--options", '{"widths": [8, 16]}')]
    flags += [("--" + name.replace("_", "-"), text) for name, (text, _) in {**LINES, **SHORT}.items()]
    words = [word for pair in flags for word in pair if word]
    assert run(["train", str(stripes), "--out", str(tmp_path / "run"), "--dry-run", "--json", *words]) == 0
    plan = Plan.from_dict(json.loads(capsys.readouterr().out))
    lines, before = plan.lines(), Plan().lines()
    assert lines.pop("options") == {"widths": (8, 16), "upsample": "unpool", "downsample": "stride", "skip": True}
    assert lines == {name.replace("arch", "architecture"): value for name, (_, value) in LINES.items()}
    assert not [name for name, value in lines.items() if value == before[name]]


def test_every_flag_of_the_groups_is_tried() -> None:
    groups = (NetworkFlags, LearningFlags, PictureFlags)
    assert {entry.name for group in groups for entry in fields(group)} == {*LINES, *SHORT, "options"} - {
        "minutes",
        "epochs",
    }


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

from __future__ import annotations

import csv
import os
import resource
import signal
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from perpixel.errors import DivergenceError, PerpixelError, ResumeError, TrainingError
from perpixel.export import load_checkpoint
from perpixel.plan import Augmentation, Plan
from perpixel.training import Silent, Step, checkpoints, record, train
from perpixel.training.state import load_state

PLAN = Plan(
    options={"widths": (4, 8)}, crop=(24, 24), batch=5, epochs=2, rate=0.01, augmentation=Augmentation(rare=0.0)
)


@pytest.fixture
def no_graph(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exporting a graph takes seconds, drawing curves one."""
    monkeypatch.setattr(checkpoints, "save_checkpoint", partial(checkpoints.save_checkpoint, graph=False))
    monkeypatch.setattr(record, "draw_curves", lambda history, path: None)


class Listener(Silent):
    """Remembers what it is told; raises a signal at a step."""

    def __init__(self, at_step: int | None = None, number: int = signal.SIGINT) -> None:
        self.at_step, self.number = at_step, number
        self.steps: list[Step] = []

    def step(self, step: Step) -> None:
        self.steps.append(step)
        if step.step == self.at_step:
            os.kill(os.getpid(), self.number)


def test_a_run_leaves_checkpoints_curves_and_its_plan(boxes: Path, tmp_path: Path) -> None:
    run = train(boxes, out=tmp_path / "run", plan=replace(PLAN, epochs=1))
    for name in ("best", "last"):
        assert {path.name for path in (run.folder / name).iterdir()} == {
            "config.json",
            "model.onnx",
            "model.safetensors",
        }
    assert (run.folder / "curves.png").stat().st_size > 1000
    with (run.folder / "curves.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["mean_iou"]) for row in rows] == [row["mean_iou"] for row in run.history]
    model, spec = load_checkpoint(run.folder)
    assert model(torch.zeros(1, 3, 33, 41)).shape == (1, 3, 33, 41)
    assert spec.classes.names == ("ground", "red", "green")
    assert spec.provenance["plan"]["rate"] == 0.01
    assert spec.provenance["epoch"] == run.best_epoch


@pytest.mark.usefixtures("no_graph")
def test_it_learns(boxes: Path, tmp_path: Path) -> None:
    plan = replace(PLAN, epochs=25, ema=0.8, options={"widths": (8, 16)}, augmentation=Augmentation(color=0, rare=0))
    run = train(boxes, out=tmp_path / "run", plan=plan)
    assert run.best_score is not None
    assert run.best_score > 0.9
    assert run.best_score == max(row["mean_iou"] for row in run.history)


@pytest.mark.usefixtures("no_graph")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_saves_and_resuming_ends_with_the_same_weights(boxes: Path, tmp_path: Path, number: int) -> None:
    before = signal.getsignal(number)  # a shell's background jobs ignore Ctrl-C
    train(boxes, out=tmp_path / "whole", plan=PLAN)
    with pytest.raises(KeyboardInterrupt, match="stopped after step 3"):
        train(boxes, out=tmp_path / "cut", plan=PLAN, progress=Listener(2, number))
    assert (tmp_path / "cut" / "last" / "model.safetensors").is_file()
    assert signal.getsignal(number) == before
    train(boxes, out=tmp_path / "cut", resume=True)
    expected, found = (load_state(tmp_path / name)[1] for name in ("whole", "cut"))
    assert all(torch.equal(expected[name], found[name]) for name in expected)


@pytest.mark.usefixtures("no_graph")
def test_the_number_of_workers_changes_nothing(boxes: Path, tmp_path: Path) -> None:
    plan = replace(PLAN, epochs=1, augmentation=Augmentation(mix=0.5, noise=9.0, blur=0.5))
    for workers in (0, 2):
        train(boxes, out=tmp_path / str(workers), plan=replace(plan, workers=workers))
    expected, found = (load_state(tmp_path / name)[1] for name in ("0", "2"))
    assert all(torch.equal(expected[name], found[name]) for name in expected)


@pytest.mark.usefixtures("no_graph")
def test_another_plan_or_other_data_refuse_to_resume_and_say_what_changed(boxes: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        train(boxes, out=out, plan=PLAN, progress=Listener(1))
    with pytest.raises(ResumeError, match=r"epochs: 2 in the run, 3 now; flip: 0\.5 in the run, 0\.25 now"):
        train(boxes, out=out, plan=PLAN.with_reason("", epochs=3, flip=0.25), resume=True)
    mask = boxes / "masks" / "val" / "01.png"
    before = mask.read_bytes()
    mask.write_bytes((boxes / "masks" / "val" / "02.png").read_bytes())
    with pytest.raises(ResumeError, match="split val: files changed"):
        train(boxes, out=out, resume=True)
    mask.write_bytes(before)
    for kind in ("images", "masks"):
        (boxes / kind / "train" / "09.png").unlink()
    with pytest.raises(ResumeError, match="split train: 10 pictures in the run, 9 now"):
        train(boxes, out=out, resume=True)


@pytest.mark.usefixtures("no_graph")
def test_more_workers_may_resume(boxes: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(boxes, out=tmp_path / "run", plan=PLAN, progress=Listener(1))
    assert len(train(boxes, out=tmp_path / "run", plan=replace(PLAN, workers=1), resume=True).history) == 2


def test_a_folder_that_holds_a_run_is_refused_and_one_without_cannot_be_resumed(boxes: Path, tmp_path: Path) -> None:
    with pytest.raises(ResumeError, match="holds no run to resume"):
        train(boxes, out=tmp_path / "none", resume=True)
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "plan.json").write_text("{}")
    with pytest.raises(TrainingError, match="holds a run already"):
        train(boxes, out=tmp_path / "run", plan=PLAN)


def test_a_network_that_cannot_be_built_leaves_no_run(boxes: Path, tmp_path: Path) -> None:
    with pytest.raises(PerpixelError, match="unett"):
        train(boxes, out=tmp_path / "run", plan=replace(PLAN, architecture="unett"))
    assert not (tmp_path / "run").exists()


class Own(nn.Module):
    """A user's network; from `sick` on its logits are not numbers."""

    def __init__(self, sick: int | None = None) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 3, 3, stride=2, padding=1)
        self.sick, self.calls = sick, 0

    def forward(self, images: Tensor) -> Tensor:
        self.calls += self.training
        bad = float("nan") if self.sick is not None and self.calls >= self.sick else 1.0
        return self.layer(images / 255) * bad


def test_a_network_of_ones_own_trains_and_is_saved_under_its_own_names(boxes: Path, tmp_path: Path) -> None:
    network = Own()
    run = train(boxes, out=tmp_path / "run", plan=replace(PLAN, epochs=1), model=network)
    weights = load_file(run.folder / "last" / "model.safetensors")
    assert weights.keys() == {"layer.weight", "layer.bias"}
    assert torch.equal(weights["layer.weight"], network.layer.weight)
    assert (run.folder / "best" / "model.onnx").is_file()


@pytest.mark.usefixtures("no_graph")
def test_another_network_of_ones_own_refuses_to_resume(boxes: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(boxes, out=tmp_path / "run", plan=PLAN, model=Own(), progress=Listener(1))
    with pytest.raises(ResumeError, match="the network is not that of the run"):
        train(boxes, out=tmp_path / "run", plan=PLAN, model=nn.Conv2d(3, 3, 1), resume=True)


@pytest.mark.usefixtures("no_graph")
def test_a_loss_that_is_not_a_number_stops_with_the_step_and_keeps_the_best(boxes: Path, tmp_path: Path) -> None:
    with pytest.raises(DivergenceError, match="the loss is nan at step 4: lower the rate"):
        train(boxes, out=tmp_path / "run", plan=replace(PLAN, epochs=5), model=Own(sick=5))
    weights = load_file(tmp_path / "run" / "best" / "model.safetensors")
    assert all(bool(torch.isfinite(value).all()) for value in weights.values())


@pytest.mark.usefixtures("no_graph")
def test_a_disk_that_is_full_is_one_line_and_leaves_the_state_before(boxes: Path, tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    class Full(Silent):
        def epoch(self, row: dict[str, Any], *, best: bool) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, hard))

    try:
        with pytest.raises(PerpixelError, match=r"state-2\.safetensors: cannot be written: File too large"):
            train(boxes, out=tmp_path / "run", plan=PLAN, progress=Full())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert load_state(tmp_path / "run")[0]["journal"]["epoch"] == 1
    assert len(train(boxes, out=tmp_path / "run", resume=True).history) == 2


@pytest.mark.usefixtures("no_graph")
def test_minutes_bound_a_run_and_the_rate_falls_within_them(boxes: Path, tmp_path: Path) -> None:
    listener = Listener()
    plan = replace(PLAN, epochs=100000, minutes=0.02, warmup=0.0)
    run = train(boxes, out=tmp_path / "run", plan=plan, progress=listener)
    assert run.history[-1]["seconds"] < 10
    assert listener.steps[-1].share == pytest.approx(1.0, abs=0.05)  # a judging may take the time of the last step
    rates = [step.rate for step in listener.steps]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] < rates[0]


@pytest.mark.usefixtures("no_graph")
def test_patience_stops_a_run_that_no_longer_gets_better(boxes: Path, tmp_path: Path) -> None:
    plan = replace(PLAN, options={"widths": (4, 8), "norm": False}, epochs=50, rate=1e-30, patience=2)
    run = train(boxes, out=tmp_path / "run", plan=plan)
    assert len(run.history) == run.best_epoch + 2 == 3


@pytest.mark.usefixtures("no_graph")
def test_without_a_validation_split_the_last_epoch_is_the_best(boxes: Path, tmp_path: Path) -> None:
    run = train(boxes, out=tmp_path / "run", plan=PLAN, validation="none")
    assert run.best_score is None
    assert run.best_epoch == 2
    best, last = (load_file(tmp_path / "run" / name / "model.safetensors") for name in ("best", "last"))
    assert all(torch.equal(best[name], last[name]) for name in last)


@pytest.mark.usefixtures("no_graph")
@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "sgd", "schedule": "one-cycle", "clip": 0.0},
        {"precision": "bfloat16", "schedule": "cosine", "loss": ("cross-entropy", "dice", "lovasz")},
        {
            "backbone": "efficientnet_lite0",
            "options": {},
            "backbone_rate": 0.1,
            "crop": (64, 64),
            "batch": 2,
            "epochs": 1,
        },
    ],
    ids=lambda changes: next(iter(changes.values())),
)
def test_other_plans_train(boxes: Path, tmp_path: Path, changes: dict[str, Any]) -> None:
    run = train(boxes, out=tmp_path / "run", plan=replace(PLAN, **changes))
    assert len(run.history) == run.plan.epochs


@pytest.mark.usefixtures("no_graph")
def test_tensorboard_on_request(boxes: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    train(boxes, out=tmp_path / "run", plan=replace(PLAN, epochs=1), tensorboard=True)
    assert any((tmp_path / "run" / "tensorboard").iterdir())

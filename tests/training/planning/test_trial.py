from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from perpixel.data import Dataset, census, open_dataset
from perpixel.plan import Plan
from perpixel.training import make_plan
from perpixel.training.learner import Learner
from perpixel.training.planning import trial, watch
from perpixel.training.planning.trial import RealTrial

PLAN = Plan(options={"widths": (4, 8)}, crop=(16, 24), batch=2)


@pytest.fixture
def dataset(boxes: Path) -> Dataset:
    return open_dataset(boxes)


def real_trial(dataset: Dataset, *, validation: str = "val", model: nn.Module | None = None) -> RealTrial:
    return RealTrial(dataset, census(dataset, "train"), split="train", validation=validation, model=model)


class Clock:
    """Time that passes only where it is told to; `share` of it is the processor's for this work."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, share: float = 1.0) -> None:
        self.now = 0.0
        self.steps: list[tuple[int, ...]] = []
        monkeypatch.setattr(watch.time, "perf_counter", lambda: self.now)
        monkeypatch.setattr(watch.time, "process_time", lambda: share * self.now * torch.get_num_threads())
        monkeypatch.setattr(Learner, "learn", self.learn)

    def learn(self, batches: Any, *, rate: float, step: int) -> dict[str, float]:
        """The first step takes 10 seconds, each later one 1.5."""
        self.steps.append(tuple(batches[0][0].shape))
        self.now += 1.5 if step else 10.0
        return {"loss": 1.0}


def test_the_first_step_does_not_count_and_four_seconds_are_enough(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock(monkeypatch)
    assert real_trial(dataset)(PLAN).step_seconds == 1.5
    assert clock.steps == [(2, 3, 16, 24)] * 4  # 1.5 seconds each after the first


def test_a_busy_machine_does_not_make_a_short_plan(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    Clock(monkeypatch, share=0.05)
    measured = real_trial(dataset)(PLAN)
    assert measured.step_seconds == pytest.approx(1.5 * 0.05 / 0.5)
    assert measured.slowed == pytest.approx(10)


def test_everything_is_measured(dataset: Dataset) -> None:
    measured = real_trial(dataset)(replace(PLAN, precision="bfloat16", ema=0.9, loss=("cross-entropy", "lovasz")))
    assert 0 < measured.step_seconds < 10
    assert 0 < measured.sample_seconds < 1
    assert 0 < measured.judge_seconds < 10
    assert measured.memory_bytes >= measured.memory_before > 0
    assert real_trial(dataset, validation="none")(PLAN).judge_seconds == 0


def test_a_trial_leaves_random_numbers_and_the_network_as_they_were(dataset: Dataset) -> None:
    torch.manual_seed(3)
    own = nn.Conv2d(3, 3, 3, padding=1)
    state, weight = torch.get_rng_state(), own.weight.detach().clone()
    real_trial(dataset)(PLAN)
    real_trial(dataset, model=own)(PLAN)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(own.weight, weight)
    assert own.weight.grad is None


def test_planning_leaves_random_numbers_as_they_were(dataset: Dataset) -> None:
    given = {"architecture": "unet", "options": {"widths": (4, 8)}, "epochs": 2}
    state, before = torch.get_rng_state(), np.random.get_state()[1]
    plan = make_plan(dataset, given=given)
    assert torch.equal(torch.get_rng_state(), state)
    assert np.array_equal(np.random.get_state()[1], before)
    assert plan.forecast is not None
    assert plan.forecast.step_seconds > 0


def test_a_large_picture_is_judged_by_a_part_of_it(boxes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("images", "masks"):
        path = min((boxes / kind / "val").iterdir())
        array = np.asarray(Image.open(path))
        Image.fromarray(np.repeat(np.repeat(array, 10, axis=0), 10, axis=1)).save(path)
    clock, seen = Clock(monkeypatch), []

    def slow(model: nn.Module, images: torch.Tensor) -> dict[str, torch.Tensor]:
        seen.append(tuple(images.shape[2:]))
        clock.now += images.shape[2] * images.shape[3] / 1e6
        return {"logits": torch.zeros(1, 3, *images.shape[2:])}

    monkeypatch.setattr(trial, "cover", slow)
    monkeypatch.setattr(trial, "MOST_PIXELS", 32_000)
    assert real_trial(open_dataset(boxes))(PLAN).judge_seconds == pytest.approx(0.128)
    assert seen == [(160, 200), (160, 200)]

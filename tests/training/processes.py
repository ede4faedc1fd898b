"""One of two processes that train together over gloo."""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch

from perpixel.models import build
from perpixel.plan import Augmentation, Plan
from perpixel.training import checkpoints, record, run, train

PLAN = Plan(
    crop=(24, 24),
    batch=4,
    accumulate=2,
    epochs=2,
    optimizer="sgd",
    rate=0.05,
    augmentation=Augmentation(scale=(1, 1), rare=0.0),
)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def learn(data: Path, out: Path, plan: Plan, weights: Path) -> None:
    """Train a network without batch normalization, and save its weights as this process has them."""
    _write_little()
    torch.manual_seed(1)
    model = build("unet", 3, options={"widths": (4, 8), "norm": False, "dropout": 0.0})
    run = train(data, out=out, plan=plan, model=model)
    torch.save({"weights": model.state_dict(), "score": run.best_score}, weights)


def learn_as(rank: int, port: int, data: Path, out: Path, plan: Plan, weights: Path) -> None:
    _be(rank, port)
    learn(data, out, plan, weights.with_name(f"{weights.name}{rank}"))
    torch.distributed.destroy_process_group()


def plan_and_learn_as(rank: int, port: int, data: Path, out: Path, plan: Plan, epochs: Path) -> None:
    """Train by a plan that each process makes by itself, the second one for an epoch more; save how many there were."""
    _be(rank, port)
    _write_little()
    run.make_plan = lambda *rest, **named: replace(plan, epochs=plan.epochs + rank)
    found = train(data, out=out, model=build("unet", 3, options={"widths": (4, 8), "norm": False}))
    epochs.with_name(f"{epochs.name}{rank}").write_text(str(len(found.history)))
    torch.distributed.destroy_process_group()


def _be(rank: int, port: int) -> None:
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port)
    )


def _write_little() -> None:
    torch.set_num_threads(1)
    checkpoints.save_checkpoint = partial(checkpoints.save_checkpoint, graph=False)  # type: ignore[assignment]
    record.draw_curves = lambda history, path: None  # type: ignore[assignment]

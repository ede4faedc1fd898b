"""One of two processes that train together over gloo."""

from __future__ import annotations

import os
import socket
from functools import partial
from pathlib import Path

import torch

from perpixel.models import build
from perpixel.plan import Augmentation, Plan
from perpixel.training import checkpoints, record, train

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
    torch.set_num_threads(1)
    checkpoints.save_checkpoint = partial(checkpoints.save_checkpoint, graph=False)  # type: ignore[assignment]
    record.draw_curves = lambda history, path: None  # type: ignore[assignment]
    torch.manual_seed(1)
    model = build("unet", 3, options={"widths": (4, 8), "norm": False, "dropout": 0.0})
    run = train(data, out=out, plan=plan, model=model)
    torch.save({"weights": model.state_dict(), "score": run.best_score}, weights)


def learn_as(rank: int, port: int, data: Path, out: Path, plan: Plan, weights: Path) -> None:
    os.environ.update(
        RANK=str(rank), LOCAL_RANK=str(rank), WORLD_SIZE="2", MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port)
    )
    learn(data, out, plan, weights.with_name(f"{weights.name}{rank}"))
    torch.distributed.destroy_process_group()

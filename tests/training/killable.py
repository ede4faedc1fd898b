"""A training run in a process of its own that stalls at a chosen moment, there to be killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from perpixel import files
from perpixel.plan import Augmentation, Plan
from perpixel.training import Silent, Step, checkpoints, record, state, train

PLAN = Plan(
    architecture="unet",
    options={"widths": (4, 8)},
    crop=(24, 24),
    batch=2,
    accumulate=2,
    epochs=5,
    ema=0.9,
    workers=2,
    class_weights="median-frequency",
    augmentation=Augmentation(rare=0.5, mix=0.5, noise=5.0),
)
STEPS = 15  # 10 pictures: 5 batches in an epoch, and so 3 steps, the last one of a single batch
SAVE_STEPS = 2


class Watched(Silent):
    """Tells its parent when the moment has come, and waits for the end."""

    def __init__(self, at_step: int | None, tell: Connection) -> None:
        self.at_step, self.tell = at_step, tell

    def step(self, step: Step) -> None:
        if step.step == self.at_step:
            wait_for_the_end(self.tell)


def wait_for_the_end(tell: Connection) -> None:
    tell.send("now")
    time.sleep(60)


def write_half(number: int, tell: Connection) -> Any:
    """In place of `atomic_write`: stalls in the middle of its `number`-th file."""
    count = 0

    def write(path: Path, data: bytes) -> None:
        nonlocal count
        count += 1
        with files.whole_file(path) as temporary:
            if count == number:
                temporary.write_bytes(data[: len(data) // 2])
                wait_for_the_end(tell)
            temporary.write_bytes(data)

    return write


def run(data: Path, out: Path, resume: bool, at_step: int | None, in_write: int | None, tell: Connection) -> None:
    torch.set_num_threads(1)
    checkpoints.save_checkpoint = partial(checkpoints.save_checkpoint, graph=False)  # type: ignore[assignment]
    record.draw_curves = lambda history, path: None  # type: ignore[assignment]
    if in_write is not None:
        state.atomic_write = write_half(in_write, tell)
    train(data, out=out, plan=PLAN, resume=resume, save_steps=SAVE_STEPS, progress=Watched(at_step, tell))
    tell.send("done")


def start(data: Path, out: Path, *, resume: bool, at_step: int | None = None, in_write: int | None = None) -> str:
    """Run until the moment, then kill -9; "killed", or "done" if the run came to its end."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["perpixel.training", "torch._dynamo"])
    told, tell = context.Pipe(duplex=False)
    process = context.Process(target=run, args=(data, out, resume, at_step, in_write, tell))
    process.start()
    tell.close()
    try:
        word = told.recv()
    except EOFError:
        word = "failed"
    if word == "now":
        os.kill(process.pid or 0, signal.SIGKILL)
    process.join(60)
    assert process.exitcode == (-signal.SIGKILL if word == "now" else 0)
    return "killed" if word == "now" else "done"

"""A trial of a plan: a few steps of the real network, timed; what a plan promises rests on them."""

from __future__ import annotations

import contextlib
import copy
import statistics
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import nn

from perpixel.architecture import Segmenter
from perpixel.data import Census, Dataset
from perpixel.kernels.upsample import argmax_upsampled
from perpixel.models import build
from perpixel.objectives import build_objective
from perpixel.plan import Plan
from perpixel.training.adopted import adopt
from perpixel.training.balance import Balance
from perpixel.training.cache import memory_limit
from perpixel.training.judging import cover
from perpixel.training.learner import Learner
from perpixel.training.order import Draw
from perpixel.training.planning.machine import PeakMemory, make_accelerator
from perpixel.training.planning.watch import Watch
from perpixel.training.samples import TrainingSamples, decoded_bytes

STEPS = (3, 10)  # least and most, after the first, which is slow
ENOUGH_SECONDS = 4.0  # of steps, beyond the least number
MOST_SECONDS = 20.0  # of steps, whatever their number
SAMPLES = 8
MOST_PIXELS = 2_000_000  # of a picture that is judged whole; the time of a larger one is reckoned from a part of it


@dataclass(frozen=True)
class Measured:
    """What a trial found.

    Attributes:
        step_seconds: to learn from one batch: forward, backward, and the optimizer's step.
        sample_seconds: to prepare one training sample, on one core.
        judge_seconds: to read and judge one validation picture; 0 without any.
        memory_bytes: the most that was taken at once, by the process or on the GPU.
        memory_before: of these, what had been taken before.
        slowed: how many times longer a step took because the machine had other work. The seconds are those of a quiet
            machine.
    """

    step_seconds: float
    sample_seconds: float
    judge_seconds: float
    memory_bytes: int
    memory_before: int = 0
    slowed: float = 1.0


Trial = Callable[[Plan], Measured]
"""Tries a plan; raises torch.OutOfMemoryError where the batch does not fit."""


class RealTrial:
    """Tries plans on this machine with random pictures; what does not depend on the batch is measured once.

    The state of torch's random generators is left as it was, and so is `model`, of which a copy is tried.
    """

    def __init__(
        self, dataset: Dataset, counted: Census, *, split: str, validation: str, model: nn.Module | None = None
    ) -> None:
        self.dataset, self.balance, self.split, self.validation = dataset, Balance.of(counted), split, validation
        self.device, self.model = make_accelerator().device, model
        decoded = decoded_bytes(counted, dataset)
        fits = memory_limit(decoded) == decoded
        self.cache_limit = decoded if fits else 0  # most of what does not fit is read anew each time
        self._judge_seconds: float | None = None
        self._sample_seconds: dict[tuple[int, int], float] = {}

    def __call__(self, plan: Plan) -> Measured:
        """Learn from random batches of this plan for some seconds.

        Raises:
            torch.OutOfMemoryError: they do not fit.
            ModelError: there is no such network.
        """
        if plan.crop not in self._sample_seconds:
            self._sample_seconds[plan.crop] = self._prepare(plan)
        with _leaving_no_trace(self.device):
            memory = PeakMemory(self.device)
            learner = self._learner(plan)
            seconds, slowed = self._learn(learner, plan)
            if self._judge_seconds is None:
                self._judge_seconds = self._judge(learner.judged)
            taken = memory.read()
        preparing = self._sample_seconds[plan.crop]
        return Measured(seconds, preparing, self._judge_seconds, taken, memory.before, slowed)

    def _learner(self, plan: Plan) -> Learner:
        classes, channels = len(self.dataset.learned), self.dataset.channels
        if self.model is not None:
            network = adopt(copy.deepcopy(self.model), classes, in_channels=channels)
        else:
            network = build(
                plan.architecture, classes, backbone=plan.backbone, in_channels=channels, options=plan.options
            )
        weights = self.balance.weights(plan.class_weights)
        objective = build_objective(
            network,
            self.dataset.task,
            plan,
            class_weights=None if weights is None else torch.from_numpy(weights).float(),
            ignored=self.dataset.unjudged,
        )
        return Learner(network, objective, plan, _Alone(self.device))

    def _learn(self, learner: Learner, plan: Plan) -> tuple[float, float]:
        """Seconds of one step on a quiet machine, the median, and how many times longer it took."""
        size = (plan.batch, self.dataset.channels, *plan.crop)
        images = torch.randint(0, 256, size, dtype=torch.uint8)
        truths = learner.objective.random_truths(size[0], len(self.dataset.learned), plan.crop)
        rate = plan.rate * 1e-3  # as in the warm-up: random truths at the full rate may end in NaN
        walls, quiets = [], []
        for step in range(1 + STEPS[1]):
            watch = self._watch()
            learner.learn([(images, truths)], rate=rate, step=step)
            _wait(self.device)
            wall, quiet = watch.read()
            if step:
                walls.append(wall)
                quiets.append(quiet)
            if sum(walls) > (ENOUGH_SECONDS if step >= STEPS[0] else MOST_SECONDS):
                break
        return statistics.median(quiets), max(sum(walls) / max(sum(quiets), 1e-9), 1.0)

    def _watch(self) -> Watch:
        return Watch(threads=torch.get_num_threads() if self.device.type == "cpu" else 0)

    def _prepare(self, plan: Plan) -> float:
        """Seconds to prepare one sample, once its files are in the cache, if they will be."""
        rare = self.balance.rare if plan.augmentation.rare else None
        once = replace(plan, augmentation=replace(plan.augmentation, mix=0.0))
        samples = TrainingSamples(self.dataset, self.split, once, rare=rare, cache_limit=self.cache_limit)
        draws = [Draw(0, number, number % len(samples.samples)) for number in range(SAMPLES)]
        samples.prepare(draws)
        watch = Watch(threads=1)
        samples.prepare(draws)
        return watch.read()[1] / SAMPLES

    @torch.inference_mode()
    def _judge(self, network: Segmenter) -> float:
        """Seconds for one validation picture: reading it, the network in float32, and the label map."""
        judged = self.dataset.splits.get(self.validation, ())
        if not judged:
            return 0.0
        network.eval()
        watch = Watch(threads=1)
        picture, _ = self.dataset.read(judged[0])
        reading = watch.read()[1]
        part = _part(picture)
        image = torch.from_numpy(np.ascontiguousarray(part))[None].permute(0, 3, 1, 2)
        seconds = 0.0
        for _ in range(2):  # the first is slow
            watch = self._watch()
            outputs = cover(network, image.to(self.device).float())
            _wait(self.device)
            if "logits" in outputs:
                logits = outputs["logits"][0].cpu().numpy()
                argmax_upsampled(logits, size=part.shape[:2], stride=network.stride)
            seconds = watch.read()[1]
        return reading + seconds * float(picture.size / part.size)


class _Alone:
    """What a learner needs of an accelerator, for one process by itself: the others of the run are not asked."""

    num_processes, process_index = 1, 0

    def __init__(self, device: torch.device) -> None:
        self.device = device

    def prepare_model(self, model: nn.Module) -> nn.Module:
        return model

    def no_sync(self, model: nn.Module) -> AbstractContextManager[Any]:
        return nullcontext()


def _part(picture: Any) -> Any:
    height, width = picture.shape[:2]
    share = min(1.0, (MOST_PIXELS / (height * width)) ** 0.5)
    return picture[: max(int(height * share), 1), : max(int(width * share), 1)]


@contextlib.contextmanager
def _leaving_no_trace(device: torch.device) -> Iterator[None]:
    on_cuda = device.type == "cuda"
    if on_cuda:
        torch.cuda.empty_cache()  # what an attempt before this one left
    with torch.random.fork_rng([device] if on_cuda else []):
        yield


def _wait(device: torch.device) -> None:
    if device.type != "cpu":
        torch.accelerator.synchronize(device)

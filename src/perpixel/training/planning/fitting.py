"""Precision and batch by trial: the fastest arithmetic, and as many samples at once as fit into memory."""

from __future__ import annotations

from dataclasses import replace

import torch

from perpixel.errors import TrainingError
from perpixel.plan import Plan, Precision
from perpixel.training.planning.draft import Draft
from perpixel.training.planning.learning import choose_precision
from perpixel.training.planning.machine import Machine
from perpixel.training.planning.trial import Measured, Trial
from perpixel.training.planning.words import area, gigabytes

PROBE = 2  # samples of the batches by which precisions are compared on a CPU: their ratio is that of larger ones
FILLED = 0.8  # of the memory that is free


def fit(draft: Draft, trial: Trial, machine: Machine, *, samples: int, cache: int) -> Measured:
    """Decide the precision, and halve the batch until it fits; what the plan that comes of it measures.

    A GPU says when its memory is full. A machine does not, it ends the process: there the memory of a small batch
    tells beforehand.

    Args:
        samples: that the run will see, more or less.
        cache: bytes that decoded pictures will take.

    Raises:
        TrainingError: not even the smallest batch fits, or the one that was given does not.
    """
    while True:
        probe = draft.plan.batch if machine.gpu else min(draft.plan.batch, PROBE)
        tried = {name: attempt(trial, draft.plan, probe, name) for name in _precisions(draft, machine)}
        fits = {name: measured for name, measured in tried.items() if measured is not None}
        if fits:
            seconds = {name: measured.step_seconds for name, measured in fits.items()}
            expected = next(iter(seconds.values())) / probe * samples
            draft.decide("precision", choose_precision(seconds, expected=expected))
            measured = fits.get(draft.plan.precision)
            if measured is not None and not _too_much(measured, draft.plan.batch / probe, machine, cache=cache):
                whole = measured if probe == draft.plan.batch else attempt(trial, draft.plan)
                if whole is not None:
                    return whole
        _halve(draft, machine)


def attempt(trial: Trial, plan: Plan, batch: int | None = None, precision: Precision | None = None) -> Measured | None:
    """What a trial measures, or None where the GPU's memory is full."""
    try:
        return trial(replace(plan, batch=batch or plan.batch, precision=precision or plan.precision))
    except torch.OutOfMemoryError:
        return None


def _precisions(draft: Draft, machine: Machine) -> tuple[Precision, ...]:
    if "precision" in draft.given:
        return (draft.plan.precision,)
    if machine.device == "cuda":
        return ("float32", "bfloat16", "float16")
    return ("float32", "bfloat16") if machine.device == "cpu" else ("float32",)


def _too_much(measured: Measured, times: float, machine: Machine, *, cache: int) -> bool:
    taken = (measured.memory_bytes - measured.memory_before) * times + cache
    return not machine.gpu and taken > FILLED * machine.memory


def _halve(draft: Draft, machine: Machine) -> None:
    plan = draft.plan
    memory = machine.gpu_memory if machine.gpu else machine.memory
    there = f"the {gigabytes(memory)} of {machine.gpu}" if machine.gpu else f"{gigabytes(memory)} of free memory"
    if "batch" in draft.given or plan.batch == 1:
        cure = "crop" if plan.batch == 1 else "batch or crop"
        raise TrainingError(
            f"a batch of {plan.batch} samples of {area(plan.crop)} pixels does not fit into {there}: "
            f"take a smaller {cure}"
        )
    batch, accumulate = plan.batch // 2, 2 * plan.accumulate
    draft.decide("batch", (batch, f"{plan.batch} of {area(plan.crop)} do not fit into {there}"))
    draft.decide("accumulate", (accumulate, f"so that a step still learns from {batch * accumulate} samples"))

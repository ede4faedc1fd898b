"""A network that learns: its objective, optimizer, moving average, precision, and one step of learning."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

import torch
from accelerate import Accelerator
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.errors import DivergenceError, ResumeError
from perpixel.plan import Plan
from perpixel.training.averaging import Average
from perpixel.training.optimizers import build_optimizer, load_optimizer_tensors, optimizer_tensors, set_rate

Batch = tuple[Tensor, ...]

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}


class Learner:
    """Everything that changes while a network learns.

    Args:
        model: the network.
        objective: holds the network; `forward` of a batch gives a dict of losses, their sum as "loss". It is
            wrapped for several processes if there are any.
        plan: precision, optimizer, clipping and average.
        accelerator: the device and the processes.
    """

    def __init__(self, model: Segmenter, objective: nn.Module, plan: Plan, accelerator: Accelerator) -> None:
        self.plan, self.accelerator, self.device = plan, accelerator, accelerator.device
        objective.to(self.device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.model = model
        self.average = Average(self.model, plan.ema) if plan.ema else None
        self.optimizer = build_optimizer(self.model, plan)
        self.objective = accelerator.prepare_model(objective)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=plan.precision == "float16")

    @property
    def judged(self) -> Segmenter:
        """The network that is judged and kept: the moving average if there is one."""
        return self.model if self.average is None else self.average.model

    def learn(self, batches: Sequence[Batch], *, rate: float, step: int) -> dict[str, float]:
        """Make one step of the optimizer by the mean gradient of these batches; return the mean losses.

        Raises:
            DivergenceError: a loss or the gradient is not finite; the weights are still those before the step.
        """
        # Dropout is a pure function of the step, so that a resumed run needs no state of a random generator.
        torch.manual_seed(_mixed(self.plan.seed, step, self.accelerator.process_index))
        self.objective.train()
        set_rate(self.optimizer, rate)
        totals: dict[str, Tensor] = {}
        for number, batch in enumerate(batches, start=1):
            last = number == len(batches)
            with nullcontext() if last else self.accelerator.no_sync(self.objective):
                losses = self._losses(batch)
                self.scaler.scale(losses["loss"] / len(batches)).backward()  # type: ignore[no-untyped-call]
            for name, loss in losses.items():
                totals[name] = totals.get(name, 0) + loss.detach() / len(batches)
        means = self._mean_of_processes(totals)
        self._check(means["loss"], "the loss", step)
        self.scaler.unscale_(self.optimizer)
        norm = self._clip()
        if not self.scaler.is_enabled():  # the scaler skips such a step by itself and scales less
            self._check(norm, "the gradient", step)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        if self.average is not None:
            self.average.update()
        return means

    def greatest(self, *values: float) -> tuple[float, ...]:
        """The greatest of each value over all processes, so that all decide alike."""
        if self.accelerator.num_processes == 1:
            return values
        tensor = torch.tensor(values, dtype=torch.float64 if self.device.type != "mps" else None, device=self.device)
        torch.distributed.all_reduce(tensor, torch.distributed.ReduceOp.MAX)
        return tuple(tensor.tolist())

    def tensors(self) -> dict[str, Tensor]:
        """All that must be saved to go on exactly from here, by name."""
        groups = {"model": self.model.state_dict(), "optimizer": optimizer_tensors(self.optimizer, self.model)}
        if self.average is not None:
            groups["average"] = self.average.model.state_dict()
        return {f"{group}/{name}": value for group, values in groups.items() for name, value in values.items()}

    def facts(self) -> dict[str, Any]:
        """What must be saved beside the tensors, as plain JSON data."""
        return {"average_updates": self.average.updates if self.average else 0, "scaler": self.scaler.state_dict()}

    def load(self, facts: dict[str, Any], tensors: dict[str, Tensor]) -> None:
        """Go on from what `facts` and `tensors` gave.

        Raises:
            ResumeError: they are those of another network.
        """
        try:
            self.model.load_state_dict(group(tensors, "model"))
        except RuntimeError as error:
            raise ResumeError(f"the network is not that of the run: {str(error).splitlines()[-1].strip()}") from error
        load_optimizer_tensors(self.optimizer, self.model, group(tensors, "optimizer"))
        if self.average is not None:
            self.average.load(group(tensors, "average"), facts["average_updates"])
        self.scaler.load_state_dict(facts["scaler"])

    def _losses(self, batch: Batch) -> dict[str, Tensor]:
        images, *truths = (tensor.to(self.device, non_blocking=True) for tensor in batch)
        images = images.contiguous(memory_format=torch.channels_last)
        mixed = self.plan.precision != "float32"
        with torch.autocast(self.device.type, DTYPES[self.plan.precision] if mixed else None, enabled=mixed):
            losses: dict[str, Tensor] = self.objective(images, *truths)
        return losses

    def _clip(self) -> float:
        gradients = [parameter.grad for parameter in self.model.parameters() if parameter.grad is not None]
        norm = torch.nn.utils.get_total_norm(gradients)
        if self.plan.clip:
            torch.nn.utils.clip_grads_with_norm_(self.model.parameters(), self.plan.clip, norm)
        return norm.item()

    def _mean_of_processes(self, losses: dict[str, Tensor]) -> dict[str, float]:
        values = torch.stack([loss.float() for loss in losses.values()])
        if self.accelerator.num_processes > 1:
            values = self.accelerator.reduce(values, reduction="mean")
        return dict(zip(losses, values.tolist(), strict=True))

    def _check(self, value: float, what: str, step: int) -> None:
        if not math.isfinite(value):
            cures = f"lower the rate (it peaks at {self.plan.rate:g}), lengthen the warm-up"
            if not self.plan.clip:
                cures += ", clip the gradient (clip=5)"
            if self.plan.precision != "float32":
                cures += f", or train in float32 in place of {self.plan.precision}"
            raise DivergenceError(f"{what} is {value} at step {step}: {cures}. The best checkpoint is as it was")


def group(tensors: dict[str, Tensor], name: str) -> dict[str, Tensor]:
    """The tensors whose names begin with `name/`, without that."""
    return {key[len(name) + 1 :]: value for key, value in tensors.items() if key.startswith(f"{name}/")}


def _mixed(seed: int, step: int, process: int) -> int:
    """One seed out of three numbers; neighbors differ in all bits."""
    value = (seed * 1_000_003 + step) * 1_000_003 + process
    return (value * 0x9E3779B97F4A7C15) % 2**63

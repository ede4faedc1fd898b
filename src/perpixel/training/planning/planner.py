"""Deciding a plan: each line after those that it rests on, and a trial in the middle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from math import ceil
from typing import Any

from torch import nn

from perpixel.plan import Forecast, Plan
from perpixel.training.planning import distances, imbalance, learning, length, network, roads, samples
from perpixel.training.planning.draft import Draft
from perpixel.training.planning.fitting import attempt, fit
from perpixel.training.planning.machine import Machine
from perpixel.training.planning.network import Sketch
from perpixel.training.planning.survey import Survey
from perpixel.training.planning.trial import Measured, Trial
from perpixel.training.planning.words import area, gigabytes


class Planner:
    """Decides the lines that were not given.

    Args:
        data, machine: what the plan is for.
        given: lines that stand.
        cache: bytes that decoded pictures will take.
        model: the network, if it is the user's own.
    """

    def __init__(
        self,
        data: Survey,
        machine: Machine,
        given: Mapping[str, Any],
        *,
        cache: int = 0,
        model: nn.Module | None = None,
    ) -> None:
        self.data, self.machine, self.cache, self.model = data, machine, cache, model
        self.draft = Draft(given)
        self.decide, self.given = self.draft.decide, self.draft.given
        for name, choice in {**distances.settled(data), **roads.settled(data)}.items():
            self.draft.settle(name, choice)

    @property
    def plan(self) -> Plan:
        """As far as it is decided."""
        return self.draft.plan

    def plan_with(self, trial: Trial, *, say: Callable[[str], None] = lambda words: None) -> Plan:
        """Decide everything.

        Raises:
            TrainingError: not even the smallest batch fits into memory.
        """
        found = self._network()
        wide = self.machine.gpu or self.data.distances
        side = (samples.GPU_CROP if wide else samples.CROP) // int(self.plan.options.get("zoom", 1))
        self._samples(found, side)
        self._losses(found)
        self.decide("ema", (0.99, "tried like any other average"))  # until the steps are known
        say("trying a few steps")
        expected = self.plan.epochs * self.data.images if "epochs" in self.given else self._wanted()
        measured = fit(self.draft, trial, self.machine, samples=expected, cache=self.cache)
        if self.plan.accumulate == 1:
            taken, batch = measured.memory_bytes - measured.memory_before, self.plan.batch
            self.decide("accumulate", (1, f"trial: a batch of {batch} takes {gigabytes(taken)}, which there is"))
        measured = self._in_time(trial, measured, found, side)
        self._length(measured)
        self._learning(found)
        return replace(self.plan, forecast=self._forecast(measured))

    def _network(self) -> Sketch:
        data, machine, decide = self.data, self.machine, self.decide
        if self.model is not None:
            for name in ("architecture", "backbone", "pretrained", "options"):
                decide(name, (getattr(self.plan, name), "your own network"))
            found = network.sketch_of(self.model, num_classes=len(data.classes), channels=data.channels)
        else:
            here = network.weights_at_hand()
            wish = self.plan.pretrained if "pretrained" in self.given else None
            decide("architecture", network.choose_architecture(data))
            name = self.plan.architecture
            given = dict(self.plan.options) if "options" in self.given else {}
            if name == "unet" and set(given) - {"skip"}:
                decide("backbone", (None, "the options that you gave are those of U-Net's own path"))
            else:
                chosen = network.choose_backbone(data, machine, architecture=name, at_hand=here, pretrained=wish)
                decide("backbone", chosen)
            decide("pretrained", network.choose_pretrained(data, self.plan, at_hand=here))
            backbone, pretrained = self.plan.backbone, self.plan.pretrained
            options, reason = network.choose_options(
                data, machine, architecture=name, backbone=backbone, given=given, pretrained=pretrained
            )
            self.draft.set("options", options, reason)
            found = network.sketch(self.plan, num_classes=len(data.classes), channels=data.channels)
        decide("auxiliary", network.choose_auxiliary(found))
        return found

    def _samples(self, found: Sketch, side: int) -> None:
        data, decide = self.data, self.decide
        decide("crop", samples.choose_crop(data, found.geometry, side=side))
        decide("batch", samples.choose_batch(data, self.machine))
        decide("scale", samples.choose_scale(data, self.plan.crop))
        decide("flip", samples.choose_flip(data))
        decide("rotate", samples.choose_rotate(data))
        decide("elastic", samples.choose_elastic(data, self.plan.crop))
        decide("color", samples.choose_color(data))
        decide("blur", samples.choose_blur(data))
        decide("noise", samples.choose_noise(data))
        decide("mix", (0.0, f"all {data.images} pictures have masks; pasting helps where most have none"))
        decide("copy_paste", samples.choose_copy_paste(data))

    def _losses(self, found: Sketch) -> None:
        if found.own_losses:
            own = f"{self.plan.architecture} has losses of its own, of the things that it finds and of their masks"
            self.decide("loss", (("cross-entropy",), own))
            self.decide("class_weights", ("none", own))
        else:
            self.decide("loss", imbalance.choose_loss(self.data))
            self.decide("class_weights", imbalance.choose_class_weights(self.data))
        self.decide("border", (0.0, "10 in U-Net's paper, where cells that touch must be told apart"))
        self.decide("border_sigma", (5.0, "pixels, as in U-Net's paper of 2015"))
        self.decide("border_class", (None, "cells are the components of every class but the first, class 0"))
        self.decide("rare", imbalance.choose_rare(self.data))
        self.decide("sampling", imbalance.choose_sampling(self.data))
        self.decide("decisions", imbalance.choose_decisions(self.data))

    def _in_time(self, trial: Trial, measured: Measured, found: Sketch, side: int) -> Measured:
        """Smaller crops where too few would be seen in the time that there is."""
        if {"crop", "epochs"} & self.given or self.data.distances or self.data.lanes:
            return measured
        seen, before = self._affordable(measured), self.plan.crop
        smaller = length.smaller_side(side, affordable=seen, wanted=self._wanted())
        if smaller is None:
            return measured
        crop, reason = samples.choose_crop(self.data, found.geometry, side=smaller)
        if crop == before:
            return measured
        late = f"at {area(before)} only {seen:,.0f} of {self._wanted():,} samples would be seen in time"
        self.decide("crop", (crop, f"{reason}; {late}"))
        self.decide("scale", samples.choose_scale(self.data, crop))
        self.decide("elastic", samples.choose_elastic(self.data, crop))
        return attempt(trial, self.plan) or measured

    def _length(self, measured: Measured) -> None:
        data, machine, decide = self.data, self.machine, self.decide
        by_epochs = "epochs" in self.given
        decide("workers", samples.choose_workers(data, machine, measured, batch=self.plan.batch))
        decide("minutes", length.choose_minutes(machine, epochs_given=self.plan.epochs if by_epochs else None))
        wanted = self._wanted()
        seen = min(wanted, self._affordable(measured))
        decide("repeat", length.choose_repeat(data, self.plan, machine, wanted=seen, epochs_given=by_epochs))
        each = length.duration_of(self.plan, data, machine, measured)
        epochs = length.choose_epochs(
            each, self.plan, data, wanted=wanted, seconds=self._budget(), slowed=measured.slowed
        )
        decide("epochs", epochs)

    def _learning(self, found: Sketch) -> None:
        data, decide, plan = self.data, self.decide, self.plan
        processes = self.machine.processes
        batches = ceil(data.images * plan.repeat / (plan.batch * processes))
        steps = plan.epochs * ceil(batches / plan.accumulate)
        decide("optimizer", learning.choose_optimizer(steps))
        decide("schedule", learning.choose_schedule(steps))
        optimizer, schedule = self.plan.optimizer, self.plan.schedule
        tuned = plan.pretrained and "source" in plan.options  # all of it is trained already, not a backbone alone
        decide("rate", learning.choose_rate(plan.batch * plan.accumulate * processes, optimizer, tuned=tuned))
        decide(
            "backbone_rate", learning.choose_backbone_rate(pretrained=plan.pretrained, images=data.images, tuned=tuned)
        )
        decide("weight_decay", learning.choose_weight_decay(found, data, optimizer))
        decide("momentum", learning.choose_momentum(steps))
        decide("warmup", learning.choose_warmup(steps, schedule))
        decide("clip", learning.choose_clip(steps, plan.batch))
        decide("ema", learning.choose_ema(steps))
        decide("patience", learning.choose_patience(plan.epochs))
        decide("seed", (0, f"the same seed draws the same {steps:,} batches again"))

    def _wanted(self) -> int:
        return length.wanted_samples(self.data, self.machine, pretrained=self.plan.pretrained)

    def _budget(self) -> float | None:
        minutes = self.plan.minutes if "minutes" in self.given else None
        return length.budget(self.machine, minutes=minutes, epochs_given="epochs" in self.given)

    def _affordable(self, measured: Measured) -> float:
        each = length.duration_of(self.plan, self.data, self.machine, measured)
        return length.affordable_samples(self._budget(), each, self.plan, self.machine)

    def _forecast(self, measured: Measured) -> Forecast:
        plan = self.plan
        each = length.duration_of(plan, self.data, self.machine, measured)
        minutes = plan.epochs * each.epoch * measured.slowed / 60
        return Forecast(
            minutes=round(minutes if plan.minutes is None else min(minutes, plan.minutes), 2),
            memory_bytes=measured.memory_bytes + (0 if self.machine.gpu else self.cache),
            step_seconds=round(each.batch * plan.accumulate, 4),
        )

"""A training run from a data set to a folder with its best and last checkpoint, curves and the state to go on from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from accelerate.utils import broadcast_object_list
from torch import nn

from perpixel.architecture import Segmenter
from perpixel.classes import ClassTable
from perpixel.data import Dataset, census, open_dataset
from perpixel.errors import DivergenceError, TrainingError
from perpixel.models import MODELS, build, spelled_out
from perpixel.objectives import build_objective
from perpixel.plan import Plan
from perpixel.spec import Terms
from perpixel.training.adopted import adopt
from perpixel.training.balance import Balance, class_aware_shares
from perpixel.training.cache import memory_limit
from perpixel.training.checkpoints import Checkpoints, describe_model
from perpixel.training.deciding import search_decisions
from perpixel.training.folders import begin, check, check_free, describe, read_bins, read_plan, read_task
from perpixel.training.interrupt import interruptible
from perpixel.training.journal import Journal
from perpixel.training.judging import judge
from perpixel.training.learner import Learner
from perpixel.training.loop import Stopped, epochs
from perpixel.training.opening import check_lines
from perpixel.training.order import Order
from perpixel.training.planning import make_plan
from perpixel.training.planning.machine import make_accelerator
from perpixel.training.progress import Progress, Silent
from perpixel.training.record import Record
from perpixel.training.samples import TrainingSamples, decoded_bytes, stream
from perpixel.training.state import has_state, load_state


@dataclass(frozen=True)
class Run:
    """A run that has ended.

    Attributes:
        folder: holds `best/` and `last/` (checkpoints), `curves.csv`, `curves.png`, `plan.json`, and the state.
        plan: what was done.
        history: a row of numbers for each epoch.
        best_score: of the best epoch on the validation split, mean IoU, or mask AP or PQ where things are told apart;
            None if there is no such split.
        best_epoch: counted from 1.
    """

    folder: Path
    plan: Plan
    history: list[dict[str, Any]]
    best_score: float | None
    best_epoch: int


def train(
    data: str | Path | Dataset,
    *,
    out: str | Path,
    plan: Plan | None = None,
    given: Mapping[str, Any] | None = None,
    model: nn.Module | None = None,
    resume: bool = False,
    classes: str | Path | ClassTable | None = None,
    ignore: int | None = None,
    split: str = "train",
    validation: str = "val",
    terms: Terms | None = None,
    tensorboard: bool = False,
    save_minutes: float = 5.0,
    save_steps: int | None = None,
    progress: Progress | None = None,
) -> Run:
    """Train a network on a data set.

    The first Ctrl-C saves after the current step; the run then goes on with `resume=True`, as it does after a crash or
    a power cut, and on a CPU it ends with the very weights that it would have had.

        >>> run = train("drawn/", out="runs/a", plan=Plan(epochs=2))  # doctest: +SKIP
        >>> run.best_score  # doctest: +SKIP
        0.41

    Args:
        data: a folder that `open_dataset` reads, or a data set.
        out: the folder of the run; it must not hold a run, unless that is resumed.
        plan: None lets `make_plan` choose by the data and the machine, or takes the run's own when resuming.
        given: lines of the plan that stand, such as `{"minutes": 30}`, whatever `plan` says.
        model: a network of your own, which maps float images (N, C, H, W) of 0 .. 255 to logits (N, K, h, w). The
            plan's `architecture`, `backbone`, `pretrained` and `options` then mean nothing.
        resume: go on with the run in `out`, which must be of the same plan and data.
        classes, ignore: as in `open_dataset`.
        split, validation: what is learnt from, and what decides which epoch is the best; without it, it is the last.
        terms: licence of the weights and terms of the data, written into the checkpoints.
        tensorboard: also log for TensorBoard, in `out/tensorboard`.
        save_minutes: save the state this often inside an epoch. It is saved after each epoch in any case.
        save_steps: also save it every so many steps.
        progress: is told what goes on.

    Raises:
        TrainingError: `out` holds a run and `resume` is not set; or there is nothing to learn from.
        ResumeError: the plan or the data are not those of the run; the message names the differences.
        DivergenceError: a loss or gradient became NaN or infinite.
        DataError: the data set cannot be read; every mask is looked at before training starts.
        KeyboardInterrupt: by Ctrl-C, with what was learnt saved.
    """
    folder, progress = Path(out), progress or Silent()
    if not resume:
        check_free(folder)
    check_lines(given or {})
    plan = read_plan(folder) if resume and plan is None else plan
    accelerator = make_accelerator()
    if not accelerator.is_main_process:
        progress = Silent()
    if not isinstance(data, Dataset):
        task = read_task(folder) if resume else None
        bins = read_bins(folder) if resume else None
        data = open_dataset(data, classes=classes, ignore=ignore, task=task, bins=bins)
    dataset = data
    if not dataset.samples(split):
        raise TrainingError(f"{dataset.root}: split {split!r} has no pictures to learn from")
    judged = validation if dataset.splits.get(validation) else None
    progress.say("looking at every mask")
    counted = {name: census(dataset, name) for name in (split, judged) if name is not None}
    facts = describe(dataset, list(counted), processes=accelerator.num_processes)
    if plan is None:
        plan = make_plan(
            dataset,
            given=given,
            split=split,
            validation=validation,
            counted=counted[split],
            model=model,
            say=progress.say,
        )
        (plan,) = broadcast_object_list([plan])  # each process tried by itself, and no two trials take the same time
    elif given:
        options = {"options": {**plan.options, **given["options"]}} if resume and "options" in given else {}
        plan = plan.with_reason("as you said", **{**given, **options})
    if resume:
        check(folder, plan, facts)
    progress.planned(plan)

    going_on = resume and has_state(folder)
    torch.manual_seed(plan.seed)
    network = _network(model, dataset, plan, pretrained=plan.pretrained and not going_on)
    balance = Balance.of(counted[split])
    limit = memory_limit(decoded_bytes(counted[split], dataset), workers=plan.workers)
    samples = TrainingSamples(
        dataset,
        split,
        plan,
        rare=balance.rare if plan.augmentation.rare else None,
        cache_limit=limit,
        margin=network.geometry.margin,
    )
    learner = Learner(network, _objective(network, dataset, plan, balance), plan, accelerator)
    spec = describe_model(network, dataset, plan, name=folder.name, terms=terms or Terms())
    if not resume and accelerator.is_main_process:
        begin(folder, plan, facts)
    accelerator.wait_for_everyone()
    journal, checkpoints = Journal(), Checkpoints(folder, spec, learner, progress)
    if going_on:
        saved, tensors = load_state(folder)
        journal = Journal(**saved["journal"])
        learner.load(saved["learner"], tensors)
        checkpoints.load(tensors)
    record = Record(
        folder,
        learner,
        journal,
        checkpoints,
        save_minutes=save_minutes,
        save_steps=save_steps,
        tensorboard=tensorboard,
    )

    shares = tuple(class_aware_shares(counted[split].present).tolist()) if plan.sampling == "classes" else None
    order = Order(
        len(samples.samples),
        plan.batch,
        plan.seed,
        repeat=plan.repeat,
        processes=accelerator.num_processes,
        shares=shares,
    )
    with interruptible() as wish:
        rows = epochs(
            learner,
            stream(
                samples,
                order,
                start=journal.epoch * order.batches + journal.batch,
                process=accelerator.process_index,
                workers=plan.workers,
                pin=accelerator.device.type == "cuda",
            ),
            journal,
            plan,
            batches_per_epoch=order.batches,
            judge=lambda: judge(learner.judged, dataset, judged, spec, accelerator) if judged else {},
            save=record.save,
            due=record.due,
            wish=wish,
            report=progress.step,
        )
        stopped = False
        try:
            for row, best in rows:
                record.epoch(row, best=best)
                progress.epoch(row, best=best)
        except Stopped:
            stopped = True
        except DivergenceError:
            record.end(diverged=True)
            raise
        except torch.OutOfMemoryError as error:
            height, width = plan.crop
            raise TrainingError(
                f"out of memory with batches of {plan.batch} x {height} x {width} pixels: "
                f"halve the batch and double `accumulate` ({plan.accumulate} now), or take a smaller crop"
            ) from error
    if plan.decisions == "searched" and judged and accelerator.is_main_process and not stopped:
        progress.say(f"choosing thresholds and least areas on {judged}")
        checkpoints.decide(lambda model: search_decisions(model, dataset, judged, spec, accelerator.device))
    progress.say("writing the checkpoints")
    record.end()
    accelerator.wait_for_everyone()
    if stopped:
        raise KeyboardInterrupt(f"stopped after step {journal.step}; all of it is saved in {folder}")
    return Run(folder, plan, journal.history, journal.best_score, journal.best_epoch)


def _network(model: nn.Module | None, dataset: Dataset, plan: Plan, *, pretrained: bool) -> Segmenter:
    classes, channels = len(dataset.learned), dataset.channels
    if model is not None:
        return adopt(model, classes, in_channels=channels)
    network = build(
        plan.architecture,
        classes,
        backbone=plan.backbone,
        pretrained=pretrained,
        in_channels=channels,
        options=plan.options,
    )
    tasks = MODELS[spelled_out(plan.architecture)[0]].tasks
    if dataset.task not in tasks:
        raise TrainingError(f"{plan.architecture} learns {' or '.join(tasks)}; {dataset.root} is {dataset.task}")
    return network


def _objective(model: Segmenter, dataset: Dataset, plan: Plan, balance: Balance) -> Any:
    weights = balance.weights(plan.class_weights)
    return build_objective(
        model,
        dataset.task,
        plan,
        class_weights=None if weights is None else torch.from_numpy(weights).float(),
        ignored=dataset.unjudged,
    )

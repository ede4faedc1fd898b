"""climb: train every rung once with every seed, judge, write the table after each."""

from __future__ import annotations

import gc
import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from perpixel.classes import ClassTable
from perpixel.complexity import complexity
from perpixel.data import Dataset, Sample, Task, census, open_dataset
from perpixel.errors import DataError, PerpixelError
from perpixel.files import atomic_write
from perpixel.models import MODELS, build, spelled_out
from perpixel.plan import Plan
from perpixel.predict import Predictor
from perpixel.training.folders import check_alone, describe, holds_run, read_plan
from perpixel.training.ladder.baselines import BASELINES, Baseline, Bound
from perpixel.training.ladder.line import Ladder, Line
from perpixel.training.ladder.measures import MEASURES
from perpixel.training.ladder.outcome import Outcome, draw, judge, load_outcome, milliseconds, samples_seen
from perpixel.training.ladder.page import page
from perpixel.training.ladder.scheme import Scheme, file_name, run_name, settle
from perpixel.training.ladder.table import markdown
from perpixel.training.planning import make_plan
from perpixel.training.planning.machine import look_at_machine
from perpixel.training.progress import Progress, Silent
from perpixel.training.run import Run, train

SHOWN = 4


def climb(
    data: str | Path | Dataset,
    *,
    out: str | Path,
    given: Mapping[str, Any],
    architectures: Sequence[str] | None = None,
    options: Mapping[str, Mapping[str, Any]] | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    split: str = "val",
    threads: int = 1,
    baselines: Iterable[Baseline | Bound] = BASELINES,
    classes: str | Path | ClassTable | None = None,
    ignore: int | None = None,
    task: Task | None = None,
    progress: Progress | None = None,
) -> Ladder:
    """Train networks under one budget each, judge them alike, and write one table and one page.

    Every network is trained with the first seed before any is with the second; the files are written anew after each
    run. Called again with the same arguments it goes on: what is judged is kept, a run that broke off is resumed.
    Networks and seeds may be added. What is not `given` the planner decides for each network, by the first seed.

        >>> ladder = climb("drawn/", out="ladder", given={"minutes": 10}, seeds=[0])  # doctest: +SKIP
        >>> ladder.best("network").name  # doctest: +SKIP
        'ladder'

    Args:
        data: a folder that `open_dataset` reads, or a data set.
        out: the folder of the ladder.
        given: lines that all plans have, `epochs` or `minutes` of each single run among them.
        architectures: names that `build` takes. None takes all that learn the data's task and need no further package.
        options: arguments of single networks, by name: `{"unet": {"widths": (8, 16)}}`; `backbone` may be among them.
        seeds: each network is trained once with each.
        split: what is judged at the end, by the checkpoint that was best on val.
        threads: for the time of one picture, by ONNX Runtime on the CPU.
        baselines: methods without a network, for comparison, and bounds; none where classes overlap, or things are
            told apart.
        classes, ignore, task: as `open_dataset` takes them.
        progress: is told what goes on.

    Returns:
        The table. A run that failed has its reason there; the others go on.

    Raises:
        ValueError: an argument makes no sense.
        ModelError: there is no such network, or it does not take these options.
        ResumeError: another ladder is in `out`.
        TrainingError: this is one of several processes.
        KeyboardInterrupt: by Ctrl-C, with what was learnt saved.
    """
    check_alone("ladders")
    progress = progress or Silent()
    dataset = data if isinstance(data, Dataset) else open_dataset(data, classes=classes, ignore=ignore, task=task)
    learners = [name for name, rung in MODELS.items() if dataset.task in rung.tasks]
    if dataset.task not in MEASURES:
        raise DataError(f"{dataset.root} is read for the task {dataset.task}; ladders are of {', '.join(MEASURES)}")
    names = architectures or [name for name in learners if MODELS[name].extra is None]
    scheme = Scheme(tuple(names), tuple(seeds), dict(given), options or {}, split)
    if others := [name for name in scheme.architectures if spelled_out(name)[0] not in learners]:
        raise DataError(
            f"{dataset.root} is read for the task {dataset.task}, which {' and '.join(others)} cannot learn: "
            f"leave out of --arch what is not of {', '.join(learners)}"
        )
    for name in scheme.architectures:
        _count(name, dataset, Plan().with_reason("", **scheme.lines(name)), None)  # a wrong option is said at once
    if dataset.overlapping or dataset.things:
        baselines = ()  # they give every pixel one class
    return _Climb(dataset, Path(out), scheme, threads, progress).go(baselines)


class _Climb:
    """The state of one ladder that is being climbed."""

    def __init__(self, dataset: Dataset, folder: Path, scheme: Scheme, threads: int, progress: Progress) -> None:
        samples = dataset.samples(scheme.split)
        if not samples or not dataset.samples("train"):
            raise DataError(f"{dataset.root}: train and {scheme.split} need at least one picture each")
        facts = describe(dataset, list(dict.fromkeys(("train", scheme.split))), processes=1)
        told = ("task", "classes", "splits") if dataset.things else ("classes", "splits")
        settle(folder, scheme, {name: facts[name] for name in told})
        self.dataset, self.folder, self.scheme, self.progress = dataset, folder, scheme, progress
        self.runs, self.pictures = folder / "runs", folder / "pictures"
        self.shown = [samples[place] for place in _evenly(len(samples), SHOWN)]
        size = Counter(census(dataset, scheme.split).sizes).most_common(1)[0][0]
        machine = look_at_machine()
        self.ladder = Ladder(
            folder,
            str(dataset.root),
            dataset.classes,
            scheme.split,
            len(samples),
            len(dataset.samples("train")),
            size,
            scheme.seeds,
            scheme.given,
            threads,
            machine.gpu or f"{machine.cores} CPU core" + ("s" if machine.cores > 1 else ""),
            [sample.name for sample in self.shown],
            task=dataset.task,
        )
        self.timed = _of_size(dataset, samples, size)

    def go(self, baselines: Iterable[Baseline | Bound]) -> Ladder:
        for number, sample in enumerate(self.shown):
            image, truth = self.dataset.read(sample)
            for what, answer in (("photo", None), ("truth", truth)):
                draw(image, answer, self._picture(number, what))
        for baseline in baselines:
            if isinstance(baseline, Baseline) and baseline.missing:
                self.ladder.left_out[baseline.name] = baseline.missing
                self.progress.say(f"{baseline.name} is left out: {baseline.missing}")
                continue
            line = Line(baseline.name, "baseline" if isinstance(baseline, Baseline) else "bound", baseline.idea)
            self.ladder.lines.append(line)
            self._try(line, baseline.name, lambda baseline=baseline: self._baseline(baseline))  # type: ignore[misc]
        lines = {name: self._line(name) for name in self.scheme.architectures}
        self.ladder.lines += lines.values()
        self._write()
        for seed in self.scheme.seeds:
            for name, line in lines.items():
                self._try(line, run_name(name, seed), lambda name=name, seed=seed: self._run(name, seed))  # type: ignore[misc]
                self._describe(line)
                self._write()
        return self.ladder

    def _try(self, line: Line, run: str, work: Callable[[], Outcome]) -> None:
        """Keep what there is, else do it; a failure is a line of the table."""
        try:
            known = load_outcome(self.runs / run)
            self.progress.say(f"{run}: " + ("judged already" if known else "begins"))
            line.outcomes[run] = known or work()
        except Exception as error:  # a bug in one network must not cost the hours that the others took
            if os.environ.get("PERPIXEL_DEBUG"):
                raise
            kind = "" if isinstance(error, PerpixelError) else f"{type(error).__name__}: "
            line.failures[run] = kind + " ".join(str(error).split())[:400]
            self.progress.say(f"{run} failed: {line.failures[run]}")
        finally:
            gc.collect()
            if torch.cuda.is_available():
                torch.cuda.empty_cache()

    def _baseline(self, baseline: Baseline | Bound) -> Outcome:
        answers = baseline.make(self.dataset, "train") if isinstance(baseline, Baseline) else baseline
        scores, shown = judge(
            answers,
            self.dataset,
            self.scheme.split,
            shown=self.shown,
            draw_to=lambda number: self._picture(number, baseline.name),
        )
        image, truth = self.dataset.read(self.timed)
        timed = answers.told(truth) if isinstance(answers, Bound) else answers
        outcome = Outcome(None, scores, shown, milliseconds(timed, image))
        (self.runs / baseline.name).mkdir(parents=True, exist_ok=True)
        outcome.save(self.runs / baseline.name)
        return outcome

    def _run(self, name: str, seed: int) -> Outcome:
        folder = self.runs / run_name(name, seed)
        run = self._train(name, seed, folder)
        self.progress.say(f"{folder.name}: judging {self.scheme.split}")
        scores, shown = judge(
            Predictor(folder, confidence="none"),
            self.dataset,
            self.scheme.split,
            shown=self.shown,
            draw_to=lambda number: self._picture(number, folder.name),
        )
        timed = Predictor(folder, confidence="none", threads=self.ladder.threads)
        outcome = Outcome(
            seed,
            scores,
            shown,
            milliseconds(timed, self._timed_image()),
            round(run.history[-1]["seconds"] / 60, 4),
            len(run.history),
            run.best_epoch,
            samples_seen(run, self.ladder.trained_on),
        )
        outcome.save(folder)
        return outcome

    def _train(self, name: str, seed: int, folder: Path) -> Run:
        """Go on with this run if there is one; else by the plan of another seed if there is one, else by a new one."""
        if holds_run(folder):
            return train(self.dataset, out=folder, resume=True, progress=self.progress)
        plan = self._plan(name)
        if plan is None:
            lines = {**self.scheme.lines(name), "seed": seed}
            plan = make_plan(self.dataset, given=lines, say=self.progress.say)
        return train(self.dataset, out=folder, plan=plan.with_reason("as you said", seed=seed), progress=self.progress)

    def _plan(self, name: str) -> Plan | None:
        """Of the first of this network's runs that was begun."""
        folders = (self.runs / run_name(name, seed) for seed in self.scheme.seeds)
        return next((read_plan(folder) for folder in folders if holds_run(folder)), None)

    def _line(self, name: str) -> Line:
        rung = MODELS[spelled_out(name)[0]]
        line = Line(name, "network", rung.idea, rung.year, self.dataset.task)
        self._describe(line)
        return line

    def _describe(self, line: Line) -> None:
        plan = self._plan(line.name)
        if plan is not None and line.parameters is None:
            line.backbone, line.options, line.pretrained = plan.backbone, plan.options, plan.pretrained
            line.parameters, line.flops = _count(line.name, self.dataset, plan, self.ladder.size)

    def _picture(self, number: int, what: str) -> Path:
        self.pictures.mkdir(parents=True, exist_ok=True)
        return self.pictures / f"{number + 1:02d}-{file_name(what)}.jpg"

    def _timed_image(self) -> Any:
        return self.dataset.read(self.timed)[0]

    def _write(self) -> None:
        files = {
            "ladder.json": json.dumps(self.ladder.to_dict(), indent=2, allow_nan=False) + "\n",
            "ladder.md": markdown(self.ladder),
            "index.html": page(self.ladder, lambda number, what: self._picture(number, what).relative_to(self.folder)),
        }
        for name, text in files.items():
            atomic_write(self.folder / name, text.encode())


def _count(name: str, dataset: Dataset, plan: Plan, size: tuple[int, int] | None) -> tuple[int, int]:
    """Parameters, and the FLOPs of one picture, of the network of a plan; without a size it is only built."""
    with torch.device("meta"):
        model = build(
            plan.architecture,
            len(dataset.learned),
            backbone=plan.backbone,
            in_channels=dataset.channels,
            options=plan.options,
        )
    if size is None:
        return 0, 0
    found = complexity(model, size)
    return found.parameters, found.flops


def _evenly(count: int, wanted: int) -> list[int]:
    return sorted({int(place) for place in np.linspace(0, count - 1, min(wanted, count)).round()})


def _of_size(dataset: Dataset, samples: Sequence[Sample], size: tuple[int, int]) -> Sample:
    """The first sample of this size."""
    return next(sample for sample in samples if dataset.read_truth(sample).size == size)

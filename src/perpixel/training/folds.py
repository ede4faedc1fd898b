"""k-fold cross-validation: every picture is judged once by a network that has not learnt from it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

from perpixel.classes import ClassTable
from perpixel.data import Dataset, Sample, open_dataset
from perpixel.errors import ResumeError, TrainingError
from perpixel.export import load_checkpoint
from perpixel.files import atomic_write, make_folder
from perpixel.metrics.headline import MEASURES, NAMES, by_class, headline
from perpixel.plan import Plan
from perpixel.predict.folds import FOLDS, FORMAT, read_folds
from perpixel.spec import Terms
from perpixel.training.folders import check_alone, check_free, holds_run, read_plan, read_task
from perpixel.training.judging import count
from perpixel.training.planning.machine import make_accelerator
from perpixel.training.progress import Progress, Silent
from perpixel.training.run import Run, train
from perpixel.training.spread import Spread

FROM = ("train", "val")  # the splits that are dealt out anew; a test split is left alone


@dataclass(frozen=True)
class Folds:
    """A cross-validation that has ended.

    Attributes:
        folder: holds a run for each fold, `fold1/` and so on, and `folds.json`: which pictures were held out, and how
            they were judged. It stands for the mean of all folds wherever a model is asked for; answers that tell
            things apart have no mean, and of such folds one is to be named.
        runs: one for each fold.
        measure: what is measured: "mean_iou", "mask_ap" or "pq".
        score: of that, over the folds, each judged on its own pictures by its best epoch. That epoch was chosen by
            these pictures, so the number flatters a little.
        out_of_fold: scores of all pictures together, each judged by the fold that has not learnt from it: AP and PQ
            of few pictures are too few things, and their mean is not that of all.
    """

    folder: Path
    runs: tuple[Run, ...]
    measure: str
    score: Spread | None
    out_of_fold: Mapping[str, Any]


def train_folds(
    data: str | Path | Dataset,
    *,
    out: str | Path,
    folds: int | None = None,
    plan: Plan | None = None,
    given: Mapping[str, Any] | None = None,
    resume: bool = False,
    classes: str | Path | ClassTable | None = None,
    ignore: int | None = None,
    terms: Terms | None = None,
    tensorboard: bool = False,
    progress: Progress | None = None,
) -> Folds:
    """Train one network for each fold of the training and validation pictures, and judge it on that fold.

    The pictures of the splits train and val are dealt out anew, by a digest of seed and name: the same on every
    machine. Whatever else there is (test) is left alone. Neighboring frames of a video are nearly the same picture:
    dealt to different folds, they make the scores too good; such data need a split by sequence, which this is not.

    All folds follow one plan, the first one's, with its seed.

        >>> found = train_folds("drawn/", out="runs/f", folds=5, given={"minutes": 10})  # doctest: +SKIP
        >>> found.score.mean, found.score.spread  # doctest: +SKIP
        (0.52, 0.03)

    Args:
        data, plan, given, classes, ignore, terms, tensorboard, progress: as `train` takes them.
        out: the folder; it must hold neither a run nor folds, unless these are resumed.
        folds: how many, at least two. None only when resuming: as many as there are.
        resume: go on with the folds in `out`, which must be of the same pictures, number and seed.

    Raises:
        ValueError: fewer than two folds, or more than there are pictures.
        ResumeError: other folds are in `out`, or none.
        TrainingError: `out` is taken, and `resume` is not set; or frames of a recording, which folds would mix; or one
            of several processes.
    """
    check_alone("folds")
    folder, progress = Path(out), progress or Silent()
    if folds is None and not resume:
        raise ValueError("say how many folds")
    if not resume:
        check_free(folder)
    if not isinstance(data, Dataset):
        task = read_task(folder) if resume else None
        data = open_dataset(data, classes=classes, ignore=ignore, task=task)
    dataset = data
    if not dataset.classed or dataset.task not in MEASURES:
        raise TrainingError(f"{dataset.root} is of {dataset.task}: frames of a recording cannot be dealt out to folds")
    measure = MEASURES[dataset.task]
    before = read_folds(folder) if resume and (folder / FOLDS).is_file() else None
    if resume and before is None:
        raise ResumeError(f"{folder} holds no folds to resume: begin them without --resume")
    count = folds if folds is not None else len(before["folds"]) if before else 0
    seed = _seed(plan, given, before)
    datasets = deal(dataset, count, seed=seed)
    record = _record(datasets, measure, seed)
    if before is None:
        _write(folder, record)
    else:
        _check(folder, before, record)
    runs: list[Run] = []
    for held_out, row in zip(datasets, record["folds"], strict=True):
        own = folder / row["name"]
        known = read_plan(own) if holds_run(own) else runs[0].plan if runs else plan
        progress.say(f"{row['name']} of {count}: {len(row['pictures'])} pictures held out")
        run = train(
            held_out,
            out=own,
            plan=known,
            given=given,
            resume=holds_run(own),
            terms=terms,
            tensorboard=tensorboard,
            progress=progress,
        )
        runs.append(run)
        row.update({"epochs": len(run.history), "best_epoch": run.best_epoch, **_scores(run)})
        found = Spread.of(run.best_score for run in runs)
        record[measure] = None if found is None else found.to_dict()
        _write(folder, record)
    progress.say("judging all pictures together, each by the fold that has not learnt from it")
    record["out_of_fold"] = judge_together(datasets, runs)
    _write(folder, record)
    return Folds(folder, tuple(runs), measure, found, record["out_of_fold"])


def judge_together(datasets: Sequence[Dataset], runs: Sequence[Run]) -> dict[str, Any]:
    """One score over the pictures that each fold held out, by its best checkpoint: the headline, and each class's own.

    Args:
        datasets: as `deal` gives them.
        runs: of each, with its best checkpoint.
    """
    device, together = make_accelerator().device, None
    for dataset, run in zip(datasets, runs, strict=True):
        model, spec = load_checkpoint(run.folder)
        score = count(model.to(device), dataset, dataset.samples("val"), spec, device)
        if together is None:
            together = score
        else:
            together.merge(score)
    scores = together.compute() if together is not None else {}
    return headline(scores) | by_class(scores)


def gather(dataset: Dataset) -> tuple[Sample, ...]:
    """The pictures of the splits train and val, each once, named with their split: `train/0001`.

    Raises:
        TrainingError: there are none.
    """
    found: dict[tuple[Path, Path | None], Sample] = {}
    for split in FROM:
        for sample in dataset.splits.get(split, ()):
            found.setdefault((sample.picture, sample.mask), replace(sample, name=f"{split}/{sample.name}"))
    if not found:
        raise TrainingError(f"{dataset.root}: there are no pictures in {' or '.join(FROM)} to make folds of")
    return tuple(found.values())


def deal(dataset: Dataset, count: int, *, seed: int) -> list[Dataset]:
    """The data set once for each fold, which is its split val; all other pictures are its split train.

    A digest of seed and name decides; the sizes of folds differ by one at most.

    Raises:
        ValueError: fewer than two folds, or more than there are pictures.
        TrainingError: there are no pictures.
    """
    if count < 2:
        raise ValueError(f"folds {count} must be at least 2: one is held out, the others are learnt from")
    samples = gather(dataset)
    if count > len(samples):
        raise ValueError(f"folds {count} are more than the {len(samples)} pictures of {' and '.join(FROM)}")
    ranked = sorted(samples, key=lambda sample: blake2b(f"{seed}\0{sample.name}".encode()).digest())
    fold = {sample.name: rank % count for rank, sample in enumerate(ranked)}
    return [
        replace(
            dataset,
            splits={
                "train": tuple(sample for sample in samples if fold[sample.name] != number),
                "val": tuple(sample for sample in samples if fold[sample.name] == number),
            },
        )
        for number in range(count)
    ]


def _seed(plan: Plan | None, given: Mapping[str, Any] | None, before: Mapping[str, Any] | None) -> int:
    if given and "seed" in given:
        return int(given["seed"])
    if plan is not None:
        return plan.seed
    return int(before["seed"]) if before else 0


def _record(datasets: Sequence[Dataset], measure: str, seed: int) -> dict[str, Any]:
    """What folds.json says before anything is learnt."""
    held_out = [[sample.name for sample in dataset.samples("val")] for dataset in datasets]
    return {
        "format": FORMAT,
        "images": sum(map(len, held_out)),
        "splits": list(FROM),
        "seed": seed,
        measure: None,
        "folds": [{"name": f"fold{number}", "pictures": names} for number, names in enumerate(held_out, start=1)],
    }


def _check(folder: Path, before: dict[str, Any], now: dict[str, Any]) -> None:
    counts = [len(each["folds"]) for each in (before, now)]
    changed = [f"folds: {counts[0]} there, {counts[1]} now"] if counts[0] != counts[1] else []
    if before["seed"] != now["seed"]:
        changed.append(f"seed: {before['seed']} there, {now['seed']} now")
    held_out = [[fold["pictures"] for fold in each["folds"]] for each in (before, now)]
    if not changed and held_out[0] != held_out[1]:
        changed.append("other pictures are in the data set")
    if changed:
        raise ResumeError(f"{folder} cannot be resumed, since these would be other folds: {'; '.join(changed)}")


def _scores(run: Run) -> dict[str, Any]:
    best = run.history[run.best_epoch - 1]
    return {name: best[name] for name in NAMES if name in best}


def _write(folder: Path, record: dict[str, Any]) -> None:
    make_folder(folder)
    atomic_write(folder / FOLDS, (json.dumps(record, indent=2) + "\n").encode())

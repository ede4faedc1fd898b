"""`perpixel train`."""

from __future__ import annotations

import json as json_module
import os
import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import Group, Parameter

from perpixel.commands.data_flags import DataFlags
from perpixel.commands.learning_half import learning_half
from perpixel.commands.plan_flags import LearningFlags, NetworkFlags, PictureFlags
from perpixel.plan import Plan
from perpixel.spec import Terms

if TYPE_CHECKING:
    from perpixel.data import Task
    from perpixel.training import Folds, Run


@Parameter(name="*", group=Group("Terms, written into the checkpoints", sort_key=5))
@dataclass(frozen=True, kw_only=True)
class TermsFlags:
    """Under which terms the weights may be used.

    Attributes:
        licence: Licence of the weights.
        data_terms: Terms of the data.
        commercial: Whether these terms allow commercial use.
    """

    licence: str | None = None
    data_terms: str | None = None
    commercial: bool | None = None


def train(
    data: Path,
    *,
    out: Path,
    resume: bool = False,
    dry_run: bool = False,
    task: Literal["semantic", "multilabel", "instance", "panoptic", "depth", "slices", "lanes"] | None = None,
    bins: str | None = None,
    folds: int | None = None,
    minutes: float | None = None,
    epochs: int | None = None,
    tensorboard: bool = False,
    json: bool = False,
    network: NetworkFlags = NetworkFlags(),
    learning: LearningFlags = LearningFlags(),
    pictures: PictureFlags = PictureFlags(),
    told: DataFlags = DataFlags(),
    terms: TermsFlags = TermsFlags(),
) -> int:
    """Train a model on a folder of pictures and masks.

    Without flags the plan follows from the data and the machine, and is printed with its reasons; each flag of the
    network, the learning and the pictures replaces one line of it. Ctrl-C saves, and `--resume` goes on.

    Example: `perpixel train drawn/ --out runs/a --minutes 30`

    Several GPUs: `torchrun --nproc-per-node 2 -m perpixel train drawn/ --out runs/a`

    Args:
        data: A data set: `images/` and `masks/`, CamVid, Pascal VOC, or any folder that looks like one of them.
        out: Folder of the run: `best/` and `last/` checkpoints, `curves.csv`, `curves.png`, `plan.json`.
        resume: Go on with the run in `--out`, by its own plan.
        dry_run: Print the plan and stop.
        task: What every pixel gets: semantic, one class; multilabel, a yes or no for each class, which may overlap;
            instance, things told apart; panoptic, classes and things; depth, a distance, from pictures with depth
            maps, which must be asked for; slices, a solid in layers of depth. By default what the data are
            (`masks/CLASS/NAME.png` is multilabel, `instance_masks/` instance) and what `--arch` learns.
        bins: Of depth: intervals of distance that are learnt as classes: uniform, increasing (in one ratio) or adaptive
            (narrow where distances are many), and how many; by default increasing:64. With `--loss ordinal` each bin is
            a yes or no, whether what is seen lies behind it.
        folds: Cross-validation: deal the pictures of train and val out to this many folds, by the seed, train one
            network without each, and judge each picture by the one that has not learnt from it. `--model` then takes
            `--out` for the mean of all (things told apart have no mean: name one fold). Frames of one video must not
            be dealt out like this: each fold would hold neighbors of what the others learn from.
        minutes: Wall-clock bound of the training.
        epochs: Passes over the training pictures.
        tensorboard: Also log for TensorBoard, in `out/tensorboard`.
        json: Print the result (or the plan of a dry run) as JSON.
    """
    bounds = {name: value for name, value in {"minutes": minutes, "epochs": epochs}.items() if value is not None}
    with learning_half():
        given = {**bounds, **network.lines(), **learning.lines(), **pictures.lines()}
        Plan().with_reason("", **given)  # a wrong flag is said at once
        return _train(
            data,
            out,
            given,
            resume=resume,
            dry_run=dry_run,
            task=task,
            bins=bins,
            folds=folds,
            told=told,
            terms=Terms(terms.licence or "unstated", terms.data_terms or "unstated", terms.commercial),
            tensorboard=tensorboard,
            json=json,
        )


def _train(
    data: Path,
    out: Path,
    given: dict[str, Any],
    *,
    resume: bool,
    dry_run: bool,
    task: Task | None,
    bins: str | None,
    folds: int | None,
    told: DataFlags,
    terms: Terms,
    tensorboard: bool,
    json: bool,
) -> int:
    from rich.console import Console

    from perpixel.metrics import headline
    from perpixel.predict.folds import FOLDS
    from perpixel.training import Folds, make_plan, train, train_folds
    from perpixel.training.display import Bar, plan_table
    from perpixel.training.folders import check_free, holds_run, read_bins, read_task
    from perpixel.training.folds import deal
    from perpixel.training.opening import check_lines, open_for

    if not resume and not dry_run:
        check_free(out)
    check_lines(given)
    task = read_task(out) if resume and task is None else task
    bins = read_bins(out) if resume and bins is None else bins
    dataset = open_for(data, given.get("architecture"), task=task, bins=bins, **asdict(told))
    with Bar() as bar:
        if dry_run:
            planned = dataset if folds is None else deal(dataset, folds, seed=given.get("seed", 0))[0]
            plan = make_plan(planned, given=given, say=bar.say)
            if json:
                print(json_module.dumps(plan.to_dict(), indent=2))
            else:
                Console().print(plan_table(plan))
            return 0
        rest: dict[str, Any] = {"resume": resume, "terms": terms, "tensorboard": tensorboard, "progress": bar}
        run: Run | Folds
        try:
            if folds is not None or (resume and (out / FOLDS).is_file()):
                run = train_folds(dataset, out=out, folds=folds, given=given, **rest)
            else:
                run = train(dataset, out=out, given=given, **rest)
        except KeyboardInterrupt as stop:
            again = shlex.join(["perpixel", "train", str(data), "--out", str(out), "--resume"])
            begun = holds_run(out) or (out / FOLDS).is_file()
            bar.say(f"{str(stop) or 'stopped'}; go on with: {again}" if begun else "stopped before it began")
            return 130
    if os.environ.get("RANK", "0") != "0":  # one of several processes; the first one tells
        return 0
    if isinstance(run, Folds):
        _tell_folds(run, dataset.task, json=json)
        return 0
    row = run.history[run.best_epoch - 1]
    images = len(dataset.splits.get("val", ()))
    result = {"task": dataset.task, "images": images, **row, "checkpoint": str(run.folder / "best")}
    if json:
        print(json_module.dumps(result, indent=2))
    elif run.best_score is None:
        print(f"trained {len(run.history)} epochs, not judged: {result['checkpoint']}")
    else:
        words = f"{headline.told(row)} on {images} pictures in epoch {run.best_epoch} of {len(run.history)}"
        print(f"{words}: {result['checkpoint']}")
    return 0


def _tell_folds(found: Folds, task: str, *, json: bool) -> None:
    from perpixel.metrics.headline import WORDS, told
    from perpixel.predict.folds import read_folds

    record = read_folds(found.folder)
    if json:
        known = {name: value for name, value in record.items() if name != "format"}
        print(json_module.dumps({"task": task, **known, "checkpoint": str(found.folder)}, indent=2))
        return
    for fold in record["folds"]:
        print(f"{fold['name']}: {told(fold) or 'nothing to judge'} on {len(fold['pictures'])} pictures")
    print(f"{WORDS[found.measure]} {found.score} over folds of {record['images']} pictures: {found.folder}")
    together = told(found.out_of_fold) or "nothing to judge"
    print(f"{together} on all of them together, each by the fold that has not learnt from it")

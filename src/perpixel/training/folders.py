"""The folder of a run: what was planned, on which data, and whether that is still so."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, get_args

from perpixel.classes import ClassTable
from perpixel.data import Dataset, DepthDataset, Task
from perpixel.errors import ResumeError, TrainingError
from perpixel.files import atomic_write, make_folder
from perpixel.plan import Plan
from perpixel.predict.folds import FOLDS

PLAN, DATA = "plan.json", "data.json"


def begin(folder: Path, plan: Plan, data: dict[str, Any]) -> None:
    """Make the folder of a new run, with its plan and what its data are.

    Raises:
        PerpixelError: it cannot be made or written.
    """
    make_folder(folder)
    _write(folder / DATA, data)
    _write(folder / PLAN, plan.to_dict())  # last: with it, the folder holds a run


def check_alone(what: str) -> None:
    """Raise if this is one of several processes, of something whose files are written by one alone.

    Raises:
        TrainingError: it is.
    """
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    if processes > 1:
        raise TrainingError(f"{what} run in one process, and here are {processes}: start without torchrun")


def check_free(folder: Path) -> None:
    """Raise if a new run cannot begin in this folder.

    Raises:
        TrainingError: it holds a run, or the runs of folds.
    """
    if holds_run(folder):
        raise TrainingError(f"{folder} holds a run already: go on with it by --resume, or choose another folder")
    if (folder / FOLDS).is_file():
        raise TrainingError(f"{folder} holds folds already: go on with them by --resume, or choose another folder")


def holds_run(folder: Path) -> bool:
    """Whether a run was begun in this folder."""
    return (folder / PLAN).is_file()


def read_plan(folder: Path) -> Plan:
    """The plan of the run in this folder.

    Raises:
        ResumeError: there is no run, or its plan cannot be read.
    """
    if not holds_run(folder):
        raise ResumeError(f"{folder} holds no run to resume: begin one without --resume")
    try:
        return Plan.from_dict(_read(folder / PLAN))
    except (TypeError, ValueError, AttributeError) as error:
        raise ResumeError(f"{folder / PLAN}: not a plan: {error}") from error


def describe(dataset: Dataset, splits: Sequence[str], *, processes: int) -> dict[str, Any]:
    """What a run learns from, as plain JSON data, so that it can be told when that changed."""
    counted = {
        split: {"pictures": len(dataset.samples(split)), "fingerprint": dataset.fingerprint(split)} for split in splits
    }
    classes = dataset.classes.to_dict()
    binning = {"bins": dataset.binning} if isinstance(dataset, DepthDataset) else {}
    return {
        "root": str(dataset.root),
        "task": dataset.task,
        "processes": processes,
        "classes": classes,
        "splits": counted,
        **binning,
    }


def read_task(folder: Path) -> Task | None:
    """The task of the run in this folder, or of its first fold; None if there is none.

    Raises:
        ResumeError: its `data.json` is broken.
    """
    paths = [path for path in (folder / DATA, folder / "fold1" / DATA) if path.is_file()]
    found = _read(paths[0]).get("task", "semantic") if paths else None
    return next((task for task in get_args(Task) if task == found), None)


def read_bins(folder: Path) -> str | None:
    """How the run in this folder chose its bins of depth; None if there is none, or it learns something else.

    Raises:
        ResumeError: its `data.json` is broken.
    """
    found = _read(folder / DATA).get("bins") if (folder / DATA).is_file() else None
    return found if isinstance(found, str) else None


def check(folder: Path, plan: Plan, data: dict[str, Any]) -> None:
    """Raise if the run in this folder was made by another plan or from other data.

    Raises:
        ResumeError: the message names every difference.
    """
    changed = read_plan(folder).differences(plan)
    before = _read(folder / DATA)
    tasks = [each.get("task", "semantic") for each in (before, data)]
    if tasks[0] != tasks[1]:
        changed.append(f"task: {tasks[0]} in the run, {tasks[1]} now")
    if before["processes"] != data["processes"]:
        changed.append(f"processes: {before['processes']} in the run, {data['processes']} now")
    if before["classes"] != data["classes"]:
        mine, now = (ClassTable.from_dict(each["classes"]) for each in (before, data))
        what = f"{len(mine)} in the run, {len(now)} now" if len(mine) != len(now) else "the table differs"
        changed.append(f"classes: {what}")
    for split in sorted({*before["splits"], *data["splits"]}):
        mine, now = before["splits"].get(split), data["splits"].get(split)
        if mine != now:
            counts = [each["pictures"] if each else 0 for each in (mine, now)]
            differ = f"{counts[0]} pictures in the run, {counts[1]} now" if counts[0] != counts[1] else "files changed"
            changed.append(f"split {split}: {differ}")
    if changed:
        raise ResumeError(f"{folder} cannot be resumed, since it would be another run: {'; '.join(changed)}")


def _write(path: Path, data: dict[str, Any]) -> None:
    atomic_write(path, (json.dumps(data, indent=2) + "\n").encode())


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ResumeError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ResumeError(f"{path}: not JSON: {error}") from error
    if not isinstance(data, dict):
        raise ResumeError(f"{path}: not what a run writes")
    return data

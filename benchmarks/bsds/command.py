"""The command: `python -m benchmarks bsds DATA --split val`."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import cv2
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from benchmarks.bsds.choose import choose
from benchmarks.bsds.layout import photos, read
from benchmarks.bsds.methods import METHODS, Method
from benchmarks.bsds.protocol import Counts, judge, judge_people
from benchmarks.bsds.scores import Scores, summed
from benchmarks.bsds.table import tell, text
from perpixel.errors import DataError, PerpixelError
from perpixel.files import atomic_write

PEOPLE = "people"


def main(arguments: Sequence[str]) -> int:
    """Judge the methods; tables go to stdout, talk to stderr. 1 if the data are not there, 2 for a wrong line."""
    parser = _parser()
    given = parser.parse_args(arguments)
    if given.scales is not None:
        if len(given.methods) != 1 or PEOPLE in given.methods:
            parser.error("--scales are of one method: name it with --methods")
        given.methods = {name: replace(method, values=given.scales) for name, method in given.methods.items()}
    try:
        found = photos(given.data, given.split)[: given.limit]
        if given.choose:
            for line in choose(found, given.processes, each):
                print(line, flush=True)
            return 0
        results = {}
        for name, method in given.methods.items():
            file = None if given.out is None else given.out / f"{name}.json"
            kept = _kept(file, method, found, given.split) if given.kept and file is not None else None
            results[name] = kept or run(name, method, found, given.split, given.processes)
            if kept is None and file is not None:
                file.parent.mkdir(parents=True, exist_ok=True)
                atomic_write(file, (json.dumps(results[name]) + "\n").encode())
    except (PerpixelError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    without = {name: {key: value for key, value in each.items() if key != "counts"} for name, each in results.items()}
    print(json.dumps(without, indent=1) if given.json else text(results))
    if given.tell is not None:
        tell(given.tell, results, f"{len(found)} pictures of the {given.split} split.")
    return 0


def run(name: str, method: Method | None, found: list[Path], split: str, processes: int) -> dict[str, Any]:
    """One method on all pictures, as data for JSON: its scores, and the counts of each picture they follow from."""
    counted = list(_progress(name, [(photo, method) for photo in found], processes))
    pictures = [counts for counts, _ in counted if counts is not None]
    if not pictures:
        raise DataError("no picture has two people's truths, so people cannot be judged; leave out the method people")
    scores: Scores = summed(pictures)
    return {
        "method": name,
        "split": split,
        "pictures": len(pictures),
        **_settings(method),
        "milliseconds": median(seconds for _, seconds in counted) * 1e3 / len(method.values) if method else None,
        "scores": scores.plain(),
        "counts": [counts.plain() for counts in pictures],
    }


def _settings(method: Method | None) -> dict[str, Any]:
    """What was varied and what fixed."""
    if method is None:
        return {"parameter": None, "values": [], "options": {}}
    smooth = {"smooth": method.smooth} if method.smooth else {}
    return {"parameter": method.parameter, "values": list(method.values), "options": {**method.options, **smooth}}


def _kept(file: Path, method: Method | None, found: list[Path], split: str) -> dict[str, Any] | None:
    """What an earlier run kept of a method, if it had the same settings and pictures."""
    if not file.is_file():
        return None
    kept: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    same = {**_settings(method), "split": split}
    names = {photo.stem for photo in found}
    alike = names.issuperset(each["name"] for each in kept["counts"]) and (
        method is None or len(kept["counts"]) == len(names)
    )
    return kept if alike and {key: kept[key] for key in same} == same else None


def each(tasks: Sequence[tuple[Path, Method | None]], processes: int) -> Iterator[tuple[Counts | None, float]]:
    """Counts and seconds of each task, in order, by so many processes; one process is this one."""
    if processes == 1:
        yield from map(_one, tasks)
        return
    with multiprocessing.get_context("spawn").Pool(processes, _quiet) as pool:
        yield from pool.imap(_one, tasks)


def _one(task: tuple[Path, Method | None]) -> tuple[Counts | None, float]:
    """The counts of one picture, and the seconds that the method itself took at all scales."""
    photo, method = task
    truth = read(photo)
    if method is None:
        return (judge_people(truth) if len(truth.regions) > 1 else None), 0.0
    start = time.perf_counter()
    found = [method.found(truth.image, value) for value in method.values]
    seconds = time.perf_counter() - start
    return judge(truth, map(method.answer, found)), seconds


def _quiet() -> None:
    cv2.setNumThreads(1)  # the processes are the threads


def _progress(
    name: str, tasks: list[tuple[Path, Method | None]], processes: int
) -> Iterator[tuple[Counts | None, float]]:
    columns = (TextColumn("{task.description:<12}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        yield from bars.track(each(tasks, min(processes, len(tasks))), total=len(tasks), description=name)


def _methods(names: str) -> dict[str, Method | None]:
    unknown = sorted(set(names.split(",")) - {PEOPLE, *METHODS})
    if unknown:
        raise argparse.ArgumentTypeError(f"there is no {unknown[0]!r}; there are {', '.join((PEOPLE, *METHODS))}")
    return {name: METHODS.get(name) for name in names.split(",")}


def _numbers(numbers: str) -> tuple[float, ...]:
    values = tuple(float(number) for number in numbers.split(","))
    return tuple(int(value) if value.is_integer() else value for value in values)


def _count(number: str) -> int:
    if int(number) < 1:
        raise argparse.ArgumentTypeError(f"{number} must be 1 or more")
    return int(number)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks bsds",
        description="Judge what needs no training by people's regions and boundaries: the BSDS500 benchmark.",
    )
    parser.add_argument("data", type=Path, metavar="DATA", help="has images/SPLIT/*.jpg and groundTruth/SPLIT/*.png")
    parser.add_argument("--split", default="val", help="train, val or test, or another folder (val)")
    parser.add_argument(
        "--methods", type=_methods, default=",".join((PEOPLE, *METHODS)), metavar="NAME,...", help="which (all)"
    )
    parser.add_argument("--scales", type=_numbers, metavar="NUMBER,...", help="other scales, for a single method")
    parser.add_argument("--limit", type=_count, metavar="N", help="only the first N pictures")
    parser.add_argument("--processes", type=_count, default=2, metavar="N", help="that work at once (2)")
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="keep METHOD.json, with every picture's counts")
    parser.add_argument("--kept", action="store_true", help="do not run again what FOLDER has with these settings")
    parser.add_argument("--tell", type=Path, metavar="FILE", help="put the table in this Markdown document")
    parser.add_argument("--choose", action="store_true", help="compare settings of graph; on train, for what is fixed")
    return parser

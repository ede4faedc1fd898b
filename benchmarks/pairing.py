"""Two works timed in turns, A B A B, so that whatever else the machine does hits both alike."""

from __future__ import annotations

import atexit
import importlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.elsewhere import Elsewhere

_ENOUGH_SECONDS = 4.0
_FEWEST, _MOST = 5, 31
_REPEATS = 9


@dataclass(frozen=True)
class Work:
    """One way to do something.

    Attributes:
        name: of whoever does it.
        prepare: imports what is needed, makes the inputs (from a fixed seed) and gives the function that is timed.
        needs: modules that must be importable, and with a dot what one must have.
        install: how to get them.
        promised: how many times faster than this peer perpixel must be; None if nothing is promised.
    """

    name: str
    prepare: Callable[[], Callable[[], object]]
    needs: tuple[str, ...] = ()
    install: str = ""
    promised: float | None = None


@dataclass(frozen=True)
class Row:
    """One comparison: medians in milliseconds; `ratio` is the median of the pairs' ratios (above 1: we are faster).

    A peer that is not installed has neither time nor ratio, and a `note` that says how to get it.
    """

    task: str
    peer: str
    ours_ms: float | None
    peer_ms: float | None
    ratio: float | None
    promised: float | None = None
    rounds: int = 0
    note: str = ""

    @property
    def kept(self) -> bool | None:
        """Whether the promise holds; None if there is none or the peer is not here."""
        return None if self.promised is None or self.ratio is None else self.ratio >= self.promised


def compare(task: str, ours: Work, peers: Sequence[Work], *, first_run: bool = True) -> list[Row]:
    """Time `ours` beside each peer.

    With `first_run` one row more tells how long the first call takes in a fresh process that has no compiled kernels
    yet; `ours.prepare` must then be a function of a module (not a lambda or an inner function).
    """
    timed = _here(ours)
    rows = []
    for peer in peers:
        other = _timer(peer)
        if other is None:
            rows.append(Row(task, peer.name, None, None, None, peer.promised, note=f"not installed: {peer.install}"))
            continue
        seconds = _in_turns(timed, other)
        ratio = median(theirs / mine for mine, theirs in seconds)
        mine, theirs = (median(side) * 1e3 for side in zip(*seconds, strict=True))
        rows.append(Row(task, peer.name, mine, theirs, ratio, peer.promised, len(seconds)))
    if first_run:
        rows.append(Row(task, "first run, compiling", first_run_seconds(ours) * 1e3, None, None, note="once a machine"))
    return rows


def first_run_seconds(work: Work) -> float:
    """The first call of a work in a fresh process whose cache of kernels is empty, without imports and inputs."""
    place = f"from {work.prepare.__module__} import {work.prepare.__name__} as prepare"
    code = f"import time; {place}; run = prepare(); s = time.perf_counter(); run(); print(time.perf_counter() - s)"
    with tempfile.TemporaryDirectory() as empty:
        environment = {**os.environ, "NUMBA_CACHE_DIR": empty}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{work.name}: {done.stderr.strip().splitlines()[-1]}")
    return float(done.stdout)


def _timer(work: Work) -> Callable[[], float] | None:
    """A function that does the work once and gives the seconds; None if it can be done nowhere."""
    if all(_is_here(name) for name in work.needs):
        return _here(work)
    for python in filter(None, os.environ.get("PERPIXEL_PEERS", "").split(os.pathsep)):
        worker = Elsewhere(python, work.prepare.__module__, work.prepare.__name__)
        if worker.ready:
            atexit.register(worker.close)
            return worker.seconds
    return None


def _is_here(name: str) -> bool:
    """Whether a module can be imported and has what stands behind the dots: cv2.ximgproc is in some builds only."""
    module, *parts = name.split(".")
    return importlib.util.find_spec(module) is not None and (
        not parts or hasattr(importlib.import_module(module), parts[0])
    )


def _here(work: Work) -> Callable[[], float]:
    run = work.prepare()

    def seconds() -> float:
        start = time.perf_counter()
        run()
        return time.perf_counter() - start

    return seconds


def _in_turns(ours: Callable[[], float], other: Callable[[], float]) -> list[tuple[float, float]]:
    """Pairs of seconds. Beside a peer that is far slower, ours is the median of a few runs in each turn."""
    ours(), other()  # what is done once (compiling, first allocations) is no part of the ratio
    mine, theirs = ours(), other()
    repeats = int(min(max(theirs / mine / 10, 1), _REPEATS))
    pairs: list[tuple[float, float]] = []
    start = time.perf_counter()
    while len(pairs) < _FEWEST or (len(pairs) < _MOST and time.perf_counter() - start < _ENOUGH_SECONDS):
        pairs.append((median(ours() for _ in range(repeats)), other()))
    return pairs

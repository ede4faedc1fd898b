"""The command: `python -m benchmarks [NAME ...] [--json]`, or `python -m benchmarks bsds DATA ...`."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import platform
import sys
from dataclasses import asdict

import benchmarks
from benchmarks.pairing import Row

_MACHINERY = {"__main__", "elsewhere", "pairing"}
_WITH_DATA = {"bsds": "needs pictures: `python -m benchmarks bsds DATA` (BSDS500, https://github.com/BIDS/BSDS500)"}
"""Benchmarks with a command line of their own, `main(arguments) -> int`, and why they are left out of all."""


def names() -> list[str]:
    """Every benchmark there is."""
    return sorted({module.name for module in pkgutil.iter_modules(benchmarks.__path__)} - _MACHINERY - set(_WITH_DATA))


def show(rows: list[Row]) -> str:
    """A table for each task under its headline: the ratio to the strongest peer."""
    lines = []
    for task in dict.fromkeys(row.task for row in rows):
        of_task = [row for row in rows if row.task == task]
        lines += ["", headline(task, of_task)]
        for row in of_task:
            ratio = "" if row.ratio is None else f"{row.ratio:8.1f} x"
            times = " ".join(f"{'' if time is None else f'{time:.2f} ms':>14}" for time in (row.ours_ms, row.peer_ms))
            promise = "" if row.kept is None else f"promised {row.promised:g}: {'kept' if row.kept else 'BROKEN'}"
            lines.append(f"  {row.peer:<42}{ratio:>10}{times}  {promise or row.note}".rstrip())
    return "\n".join(lines[1:])


def headline(task: str, rows: list[Row]) -> str:
    """The task and its ratio to the fastest peer that is installed."""
    known = [(row.ratio, row.peer.strip()) for row in rows if row.ratio is not None]
    if not known:
        return f"{task}: no peer is installed"
    ratio, peer = min(known)
    return f"{task}: {ratio:.1f} times the strongest peer, {peer}"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Time each promise beside its peers.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which benchmarks: {', '.join(names())} (all)")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.epilog = "; ".join(f"{name} {why}" for name, why in _WITH_DATA.items())
    if sys.argv[1:] and sys.argv[1] in _WITH_DATA:
        return int(importlib.import_module(f"benchmarks.{sys.argv[1]}").main(sys.argv[2:]))
    arguments = parser.parse_args()
    unknown = sorted(set(arguments.names) - set(names()))
    if unknown:
        parser.error(f"there is no benchmark {unknown[0]!r}; there are {', '.join(names())}")
    rows: list[Row] = []
    for left, why in () if arguments.names else _WITH_DATA.items():
        print(f"{left} is left out: it {why}", file=sys.stderr)
    for name in arguments.names or names():
        print(f"{name} ...", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"benchmarks.{name}").run()
    if arguments.json:
        machine = {"machine": platform.processor() or platform.machine(), "python": platform.python_version()}
        print(json.dumps({**machine, "rows": [{**asdict(row), "kept": row.kept} for row in rows]}, indent=2))
    else:
        print(show(rows))
        print("\nMedians of runs in turns; columns: ratio, perpixel, peer. Trust the ratios, not the milliseconds.")
    return 1 if any(row.kept is False for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())

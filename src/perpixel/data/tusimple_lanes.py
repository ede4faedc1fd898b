"""Lanes in TuSimple's JSON lines: one object a line, with `raw_file`, `lanes`, `h_samples` and `run_time`.

https://github.com/TuSimple/tusimple-benchmark, doc/lane_detection.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.data.formats.json_values import keys_seen, listed, mapping, number, text
from perpixel.errors import DataError
from perpixel.files import atomic_write
from perpixel.results.lane_rows import LaneRows


def is_tusimple(path: Path) -> bool:
    """Whether a `.json` file looks like TuSimple's."""
    return len(keys_seen(path, ("raw_file", "lanes"))) == 2


def read_tusimple(path: Path, *, of: Mapping[str, LaneRows] | None = None) -> dict[str, LaneRows]:
    """The lanes of each picture, by its `raw_file`.

    Empty lines are skipped; `run_time` (milliseconds) may be missing.

    Args:
        path: the file.
        of: the truth, if this is a file of predictions: it may leave out `h_samples`, which are then the truth's, and
            its lanes may have any length, which is for the judge.

    Raises:
        DataError: the file cannot be read, a line is no such object, a picture is there twice, or is not in the truth
            or has other rows there; the message names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not text in UTF-8; TuSimple's lanes are one JSON object a line") from error
    found: dict[str, LaneRows] = {}
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        where = f"{path}: line {place}"
        entry = mapping(_parsed(line, where), where)
        name = text(entry.get("raw_file"), f"{where}: raw_file")
        if name in found:
            raise DataError(f"{where}: the picture {name} is there twice; keep one line of it")
        if of is not None and name not in of:
            raise DataError(f"{where}: the picture {name} is not in the truth; `raw_file` must be as it is there")
        found[name] = _lanes(entry, where, truth=None if of is None else of[name])
    return found


def write_tusimple(path: Path, lanes: Mapping[str, LaneRows]) -> None:
    """Write the lanes of pictures, by their `raw_file`, x to a hundredth of a pixel; as a whole or not at all.

    Raises:
        PerpixelError: the system cannot write there.
    """
    atomic_write(path, "".join(json.dumps(_entry(name, each)) + "\n" for name, each in lanes.items()).encode())


def _entry(name: str, lanes: LaneRows) -> dict[str, Any]:
    return {
        "raw_file": name,
        "lanes": [[round(x, 2) if x >= 0 else -2 for x in lane.tolist()] for lane in lanes.lanes],
        "h_samples": [int(y) if y == int(y) else round(y, 3) for y in lanes.rows.tolist()],
        "run_time": round(lanes.milliseconds, 3),
    }


def _parsed(line: str, where: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where}: not JSON, or cut off: {error}; expected one object a line") from error


def _lanes(entry: dict[str, Any], where: str, *, truth: LaneRows | None) -> LaneRows:
    lanes = tuple(
        _numbers(lane, f"{where}: lane {place}")
        for place, lane in enumerate(listed(entry.get("lanes"), f"{where}: lanes"), start=1)
    )
    time = number(entry.get("run_time", 0), f"{where}: run_time")
    if truth is not None:
        rows = truth.rows if entry.get("h_samples") is None else _numbers(entry["h_samples"], f"{where}: h_samples")
        if len(rows) == len(truth.rows) and not np.array_equal(rows, truth.rows):
            raise DataError(f"{where}: h_samples are not those of the truth; lanes are judged at the truth's rows")
        return LaneRows(truth.rows, lanes, time)
    rows = _numbers(entry.get("h_samples"), f"{where}: h_samples")
    if not len(rows):
        raise DataError(f"{where}: h_samples is empty; expected the rows at which the lanes are given")
    for place, lane in enumerate(lanes, start=1):
        if len(lane) != len(rows):
            raise DataError(
                f"{where}: lane {place} has {len(lane)} places and there are {len(rows)} h_samples; expected one x for "
                "each, -2 where the lane is not"
            )
    return LaneRows(rows, lanes, time)


def _numbers(values: Any, what: str) -> NDArray[np.float64]:
    return np.array([number(value, what) for value in listed(values, what)], np.float64)

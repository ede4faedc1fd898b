from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2]))  # the benchmarks stand beside the package, not in it

from benchmarks import pairing
from benchmarks.__main__ import headline, names, show
from benchmarks.pairing import Row, Work, compare


def sleeper(seconds: float) -> Callable[[], Callable[[], object]]:
    return lambda: lambda: time.sleep(seconds)


def test_ratio_says_how_many_times_faster_we_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "_ENOUGH_SECONDS", 0)
    (row,) = compare("sleeping", Work("us", sleeper(0.002)), [Work("them", sleeper(0.02), promised=2)], first_run=False)
    assert row.ratio is not None
    assert 2 < row.ratio < 15
    assert row.kept
    assert row.rounds == 5


def test_works_take_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "_ENOUGH_SECONDS", 0)
    calls: list[str] = []
    monkeypatch.setattr(pairing, "_REPEATS", 1)
    ours = Work("us", lambda: lambda: calls.append("A"))
    compare("nothing", ours, [Work("them", lambda: lambda: calls.append("B"))], first_run=False)
    assert "ABABABABAB" in "".join(calls)


def test_missing_peer_is_named_with_how_to_get_it() -> None:
    peer = Work("another", sleeper(0), needs=("no_such_module_at_all",), install="pip install another", promised=4)
    (row,) = compare("sleeping", Work("us", sleeper(0)), [peer], first_run=False)
    assert (row.ratio, row.kept, row.note) == (None, None, "not installed: pip install another")
    assert "not installed: pip install another" in show([row])


def test_peer_that_is_not_here_runs_in_its_own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "only_there.py").write_text("def prepare():\n    return lambda: sum(range(1000))\n")
    monkeypatch.setattr(pairing, "_ENOUGH_SECONDS", 0)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PERPIXEL_PEERS", os.pathsep.join(["/no/such/python", "/bin/true", sys.executable]))

    def prepare() -> Callable[[], object]:
        raise RuntimeError("it cannot run here")

    prepare.__module__ = "only_there"
    peer = Work("another", prepare, needs=("only_there",))
    (row,) = compare("adding", Work("us", sleeper(0)), [peer], first_run=False)
    assert row.peer_ms is not None
    assert row.peer_ms > 0


def test_headline_is_against_the_strongest_peer() -> None:
    rows = [
        Row("task", "slow", 1, 90, 90),
        Row("task", "fast", 1, 3, 3, promised=4),
        Row("task", "gone", None, None, None),
    ]
    assert headline("task", rows) == "task: 3.0 times the strongest peer, fast"
    assert "promised 4: BROKEN" in show(rows)


def test_confusion_is_a_benchmark() -> None:
    assert "confusion" in names()
    assert not {"pairing", "elsewhere", "__main__"} & set(names())

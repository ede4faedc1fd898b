from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from perpixel.training.planning import machine
from perpixel.training.planning.machine import PeakMemory, look_at_machine


@pytest.fixture
def container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a container says what it may use."""
    monkeypatch.setattr(machine, "CGROUP", tmp_path)
    return tmp_path


def test_it_says_what_there_is() -> None:
    found = look_at_machine()
    assert 1 <= found.cores <= (os.cpu_count() or 1)
    assert found.memory > 10**8
    assert found.processes == 1
    assert (found.gpu is None) == (not torch.accelerator.is_available())


@pytest.mark.usefixtures("container")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which cores a process may use")
def test_cores_that_this_process_may_not_use_do_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {1, 3, 5})
    assert look_at_machine().cores == 3


def test_a_container_bounds_cores_and_memory(container: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(16)), raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: 16)
    (container / "cpu.max").write_text("400000 100000\n")
    (container / "memory.max").write_text("50000000\n")
    assert (look_at_machine().cores, look_at_machine().memory) == (4, 50_000_000)
    (container / "cpu.max").write_text("max 100000\n")
    (container / "memory.max").write_text("max\n")
    assert look_at_machine().cores == 16
    assert look_at_machine().memory > 50_000_000


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process cannot forget its peak")
def test_the_peak_is_of_what_happened_since() -> None:
    if not os.access("/proc/self/clear_refs", os.W_OK):
        pytest.skip("this system does not let a process forget its peak")
    size = 300_000_000
    watch = PeakMemory(torch.device("cpu"))
    np.ones(size, np.uint8)
    peak = watch.read()
    assert peak - watch.before == pytest.approx(size, rel=0.1)
    assert PeakMemory(torch.device("cpu")).before < peak - size / 2

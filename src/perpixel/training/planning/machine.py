"""What a machine has to train with, and how much memory a piece of work took."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import torch
from accelerate import Accelerator

from perpixel.training.cache import free_memory

CGROUP = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Machine:
    """What one process of a training run may use.

    Attributes:
        cores: of the CPU.
        memory: bytes of the machine's memory that are free.
        device: what the network computes on: cpu, cuda, mps, ...
        gpu: its name, or None.
        gpu_memory: its bytes; 0 where the GPU does not say.
        processes: that train together.
    """

    cores: int
    memory: int
    device: str = "cpu"
    gpu: str | None = None
    gpu_memory: int = 0
    processes: int = 1


def make_accelerator() -> Accelerator:
    """The device and the processes of this run; the learner casts by the plan."""
    # Without `cpu`, several processes on a CPU would not know of each other.
    return Accelerator(mixed_precision="no", cpu=not torch.accelerator.is_available())


def look_at_machine() -> Machine:
    """The machine that this process runs on, shared evenly with the other processes of the run."""
    accelerator = make_accelerator()
    device, processes = accelerator.device, accelerator.num_processes
    gpu, gpu_memory = None, 0
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        gpu, gpu_memory = properties.name, properties.total_memory
    elif device.type != "cpu":
        gpu = device.type
    return Machine(max(_cores() // processes, 1), _memory() // processes, device.type, gpu, gpu_memory, processes)


class PeakMemory:
    """The most memory that is taken at once from now on, in bytes.

    Of a CUDA GPU what torch holds for tensors; elsewhere what this process has of the machine's. Where the system
    cannot forget the peak before (all but Linux), that counts too.

    Attributes:
        before: what was taken when this was made.
    """

    def __init__(self, device: torch.device) -> None:
        self.device = device
        if device.type == "cuda":
            torch.cuda.reset_peak_memory_stats(device)
        else:
            with contextlib.suppress(OSError):
                Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        self.before = self.read()

    def read(self) -> int:
        """The peak so far; 0 on Windows, which does not tell."""
        if self.device.type == "cuda":
            return torch.cuda.max_memory_allocated(self.device)
        if sys.platform == "win32":
            return 0
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def _cores() -> int:
    """Cores that this process may use: fewer than there are under taskset or in a container."""
    allowed = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    with contextlib.suppress(OSError, ValueError):  # "max" is no number: no limit
        quota, period = (CGROUP / "cpu.max").read_text(encoding="ascii").split()
        allowed = min(allowed, max(int(quota) // int(period), 1))
    return allowed


def _memory() -> int:
    """Bytes that may still be taken: of the machine, and of the container at all."""
    free = free_memory()
    with contextlib.suppress(OSError, ValueError):
        free = min(free, int((CGROUP / "memory.max").read_text(encoding="ascii")))
    return free

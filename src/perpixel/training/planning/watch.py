"""A stopwatch that knows how long work takes on a machine with nothing else to do."""

from __future__ import annotations

import time

BUSY = 0.5  # share of its threads' time that work gets on a quiet machine at least


class Watch:
    """Measures seconds from its making on.

    On a busy machine a step may take twenty times its usual time, and a plan made from that would be worthless an hour
    later. The processor's time that the work got tells: where its threads ran less than half of the time, something
    else ran.

    Args:
        threads: that compute; 0 if it is not the processor that computes, and then nothing tells.
    """

    def __init__(self, *, threads: int) -> None:
        self.threads = threads
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def read(self) -> tuple[float, float]:
        """Seconds by the clock, and those of a quiet machine, which are never more."""
        wall = time.perf_counter() - self._wall
        if not self.threads:
            return wall, wall
        return wall, min(wall, (time.process_time() - self._processor) / self.threads / BUSY)

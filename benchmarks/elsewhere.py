"""A work done by another Python, which has what this one cannot have; it waits between its turns."""

from __future__ import annotations

import importlib
import subprocess
import sys
import time
from pathlib import Path

_READY = "ready"


class Elsewhere:
    """Runs `prepare` of a module of these benchmarks in another interpreter, and its work at each call of `seconds`."""

    def __init__(self, python: str, module: str, prepare: str) -> None:
        self.ready = False
        try:
            self._process = subprocess.Popen(
                [python, "-m", "benchmarks.elsewhere", module, prepare],
                cwd=Path(__file__).parent.parent,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        except OSError:  # there is no such Python
            return
        self.ready = self._answer() == _READY
        if not self.ready:
            self.close()

    def close(self) -> None:
        """End the other interpreter."""
        self._process.communicate()

    def seconds(self) -> float:
        """Do the work once; the seconds are the other interpreter's own, without the way there and back."""
        if self._process.stdin is None:
            raise RuntimeError("the other interpreter has no standard input")
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        return float(self._answer())

    def _answer(self) -> str:
        return "" if self._process.stdout is None else self._process.stdout.readline().strip()


def _serve(module: str, prepare: str) -> None:
    run = getattr(importlib.import_module(module), prepare)()
    print(_READY, flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        run()
        print(time.perf_counter() - start, flush=True)


if __name__ == "__main__":
    _serve(*sys.argv[1:])

"""All that a run writes while it goes on: state, checkpoints, curves. Only the first of several processes writes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from perpixel.training.checkpoints import Checkpoints
from perpixel.training.curves import Board, draw_curves, write_csv
from perpixel.training.journal import Journal
from perpixel.training.learner import Learner
from perpixel.training.state import save_state

DEAREST = 20  # what takes long is done in passing if the last time is this many times longer ago than it took


class Record:
    """Writes into the folder of a run.

    Args:
        save_minutes, save_steps: how often the state is saved inside an epoch, beside each of its ends.
        tensorboard: also log for TensorBoard.
    """

    def __init__(
        self,
        folder: Path,
        learner: Learner,
        journal: Journal,
        checkpoints: Checkpoints,
        *,
        save_minutes: float,
        save_steps: int | None,
        tensorboard: bool,
    ) -> None:
        self.folder, self.learner, self.journal, self.checkpoints = folder, learner, journal, checkpoints
        self.save_minutes, self.save_steps = save_minutes, save_steps
        self.writes = learner.accelerator.is_main_process
        self.board = Board(folder / "tensorboard") if tensorboard and self.writes else None
        self._saved_at = time.monotonic()
        self._passing = {"checkpoint": Passing(self._write_best), "curves": Passing(self._draw_curves)}

    def due(self) -> bool:
        """Whether the state should be saved inside this epoch now."""
        by_steps = self.save_steps is not None and self.journal.step % self.save_steps == 0
        return by_steps or time.monotonic() - self._saved_at > self.save_minutes * 60

    def save(self) -> None:
        """Save the state to go on from."""
        if self.writes:
            facts = {"journal": self.journal.to_dict(), "learner": self.learner.facts()}
            save_state(self.folder, facts, {**self.learner.tensors(), **self.checkpoints.tensors()})
        self._saved_at = time.monotonic()

    def epoch(self, row: dict[str, Any], *, best: bool) -> None:
        """Take in an epoch that is done."""
        if best:
            self.checkpoints.remember_best()
        self.save()
        if self.writes:
            write_csv(self.journal.history, self.folder / "curves.csv")
            if self.board:
                self.board.add(row)
            for work in self._passing.values():
                work.do_if_cheap()

    def end(self, *, diverged: bool = False) -> None:
        """Write the checkpoints and the picture of the curves. If training diverged, there is no last one to keep."""
        if not self.writes:
            return
        self._write_best()
        if not diverged:
            self.checkpoints.write_last(self.journal)
        self._draw_curves()

    def _write_best(self) -> None:
        self.checkpoints.write_best(self.journal)

    def _draw_curves(self) -> None:
        if self.journal.history:
            draw_curves(self.journal.history, self.folder / "curves.png")


class Passing:
    """Work that is worth doing now and then, if it takes only a small share of the time."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.work = work
        self.ended, self.took = 0.0, 0.0

    def do_if_cheap(self) -> None:
        """Do it, unless it was last done too short a time ago for what it takes."""
        began = time.monotonic()
        if began - self.ended >= DEAREST * self.took:
            self.work()
            self.ended = time.monotonic()
            self.took = self.ended - began

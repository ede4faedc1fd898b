"""Where a run is and what it has seen: all of its state that is not a tensor."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Journal:
    """Plain numbers that a run counts; saved as JSON and read back exactly.

    Attributes:
        epoch: epochs that are done.
        batch: batches that are done in the epoch that is not.
        step: steps of the optimizer.
        seconds: of training and judging, over all sessions.
        judging: seconds that the last judging took.
        sums: of each loss over the batches of this epoch.
        history: one row for each epoch that is done.
        best_score: the greatest number that decides (mean IoU, mask AP, PQ), or None before there is one.
        best_epoch: the epoch that reached it; 0 before there is one.
    """

    epoch: int = 0
    batch: int = 0
    step: int = 0
    seconds: float = 0.0
    judging: float = 0.0
    sums: dict[str, float] = field(default_factory=dict)
    history: list[dict[str, Any]] = field(default_factory=list)
    best_score: float | None = None
    best_epoch: int = 0

    def learnt(self, losses: dict[str, float], *, batches: int, seconds: float) -> None:
        """Count one step of the optimizer that saw this many batches with these mean losses."""
        self.step += 1
        self.batch += batches
        self.seconds += seconds
        for name, loss in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + loss * batches

    @property
    def losses(self) -> dict[str, float]:
        """Mean losses of this epoch so far."""
        return {name: total / self.batch for name, total in self.sums.items()} if self.batch else {}

    def judged(self, row: dict[str, Any], *, score: float | None, seconds: float) -> bool:
        """Close the epoch with its row of numbers. Whether it is the best so far; without scores, the last one is."""
        self.epoch += 1
        self.batch, self.sums = 0, {}
        self.seconds += seconds
        self.judging = seconds
        self.history.append(row)
        better = score is None or self.best_score is None or score > self.best_score
        if better:
            self.best_score, self.best_epoch = score, self.epoch
        return better

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

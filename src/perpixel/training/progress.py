"""What a run tells while it goes on; whoever listens decides how it is shown."""

from __future__ import annotations

from typing import Any, Protocol

from perpixel.plan import Plan
from perpixel.training.loop import Step


class Progress(Protocol):
    """A listener to a run."""

    def say(self, words: str) -> None:
        """Something that takes a while begins, or something is worth knowing."""

    def planned(self, plan: Plan) -> None:
        """The run begins, or goes on, by this plan."""

    def step(self, step: Step) -> None:
        """A step of the optimizer is done."""

    def epoch(self, row: dict[str, Any], *, best: bool) -> None:
        """An epoch is done and judged; `best` if it is the best so far."""


class Silent:
    """Shows nothing."""

    def say(self, words: str) -> None: ...

    def planned(self, plan: Plan) -> None: ...

    def step(self, step: Step) -> None: ...

    def epoch(self, row: dict[str, Any], *, best: bool) -> None: ...

"""A line of the table: one network, or one method without training, over all seeds; and the table itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from perpixel.classes import ClassTable
from perpixel.training.ladder.measures import MEASURES, Measures
from perpixel.training.ladder.outcome import Outcome
from perpixel.training.spread import Spread


@dataclass
class Line:
    """What is known of one rung so far.

    Attributes:
        name: of the network, or of the method.
        kind: whether it is trained; a bound is no method, it sees the truth that it is judged by.
        idea: in a few words.
        year: of the paper; None of a method without one.
        task: of the data set.
        parameters, flops: of the network as it was trained, for a picture of the ladder's size.
        backbone, options, pretrained: what the plan says of the network; None before there is a plan.
        outcomes: by run's name, those that were judged.
        failures: by run's name, why it has no outcome.
    """

    name: str
    kind: Literal["network", "baseline", "bound"]
    idea: str
    year: int | None = None
    task: str = "semantic"
    parameters: int | None = None
    flops: int | None = None
    backbone: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    pretrained: bool | None = None
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def measures(self) -> Measures:
        """What is shown of it."""
        return MEASURES[self.task]

    @property
    def best_by(self) -> Spread | None:
        """The score, over the seeds, that decides which line is best."""
        return self.score(next(iter(self.measures.columns)))

    def score(self, name: str) -> Spread | None:
        """One score over the seeds."""
        return Spread.of(outcome.scores.get(name) for outcome in self.outcomes.values())

    def class_score(self, name: str) -> Spread | None:
        """A class's score over the seeds in which it has one."""
        key, _ = self.measures.of_class
        return Spread.of(outcome.scores["per_class"][name][key] for outcome in self.outcomes.values())

    def mean(self, what: Literal["minutes", "epochs", "samples", "milliseconds"]) -> float | None:
        """The mean over the seeds of what a run took."""
        found = Spread.of(getattr(outcome, what) for outcome in self.outcomes.values())
        return None if found is None else found.mean

    def to_dict(self, classes: ClassTable) -> dict[str, Any]:
        """As plain JSON data."""
        return {
            "name": self.name,
            "kind": self.kind,
            "year": self.year,
            "idea": self.idea,
            "parameters": self.parameters,
            "flops": self.flops,
            "backbone": self.backbone,
            "options": dict(self.options),
            "pretrained": self.pretrained,
            "seeds": [outcome.seed for outcome in self.outcomes.values() if outcome.seed is not None],
            **{what: self.mean(what) for what in ("minutes", "epochs", "samples", "milliseconds")},
            **{name: _plain(self.score(name)) for name in self.measures.columns},
            "per_class": {name: _plain(self.class_score(name)) for name in classes.names},
            "runs": [
                {
                    "run": name,
                    "seed": each.seed,
                    **{score: each.scores.get(score) for score in self.measures.columns},
                    "minutes": each.minutes,
                    "epochs": each.epochs,
                    "best_epoch": each.best_epoch,
                    "samples": each.samples,
                }
                for name, each in self.outcomes.items()
            ],
            "failures": self.failures,
        }


@dataclass
class Ladder:
    """The table.

    Attributes:
        folder: holds `ladder.md`, `ladder.json`, `index.html`, `pictures/`, and a run for each network and seed.
        data: the data set's folder.
        classes: of the data set.
        split: what was judged.
        images: pictures of it.
        trained_on: pictures of the training split.
        size: (height, width) that most of the judged pictures have; FLOPs and time are of one such.
        seeds: that were asked for.
        given: lines that all plans have, the budget of one run among them.
        threads: that answered the picture that was timed.
        device: what was trained on, in words.
        shown: names of the pictures on the page.
        lines: methods without training first, then bounds.
        task: of the data set.
        left_out: methods for which something is not installed, and what.
    """

    folder: Path
    data: str
    classes: ClassTable
    split: str
    images: int
    trained_on: int
    size: tuple[int, int]
    seeds: tuple[int, ...]
    given: Mapping[str, Any]
    threads: int
    device: str
    shown: list[str]
    lines: list[Line] = field(default_factory=list)
    task: str = "semantic"
    left_out: dict[str, str] = field(default_factory=dict)

    @property
    def failures(self) -> dict[str, str]:
        """Runs that failed, and why."""
        return {name: why for line in self.lines for name, why in line.failures.items()}

    def best(self, kind: Literal["network", "baseline"]) -> Line | None:
        """The line of this kind with the greatest mean IoU, mask AP or PQ."""
        scored = [(found.mean, line) for line in self.lines if line.kind == kind and (found := line.best_by)]
        return max(scored, key=lambda entry: entry[0])[1] if scored else None

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data: what `ladder.json` holds."""
        return {
            "task": self.task,
            "images": self.images,
            "data": self.data,
            "split": self.split,
            "trained_on": self.trained_on,
            "size": list(self.size),
            "seeds": list(self.seeds),
            "given": {name: list(value) if isinstance(value, tuple) else value for name, value in self.given.items()},
            "threads": self.threads,
            "device": self.device,
            "left_out": self.left_out,
            "rungs": [line.to_dict(self.classes) for line in self.lines],
        }


def _plain(found: Spread | None) -> dict[str, Any] | None:
    return None if found is None else found.to_dict()

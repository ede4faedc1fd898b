"""A plan in the making: what was given stands, the rest is decided line by line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from perpixel.plan import Augmentation, Plan

Value = TypeVar("Value")
Choice = tuple[Value, str]
"""A line of a plan, and why."""


class Draft:
    """A plan whose lines are being decided.

    Attributes:
        plan: as it is now.
        given: names of the lines that somebody else decided.
    """

    def __init__(self, given: Mapping[str, Any]) -> None:
        lines = dict(given)
        strengths = lines.pop("augmentation", None)
        if isinstance(strengths, Augmentation):
            lines = {**asdict(strengths), **lines}
        self.given = frozenset(lines)
        self.plan = Plan().with_reason("as you said", **lines) if lines else Plan()

    def decide(self, name: str, choice: Choice[Any]) -> None:
        """Set a line, unless it was given."""
        value, reason = choice
        if name not in self.given:
            self.set(name, value, reason)

    def settle(self, name: str, choice: Choice[Any]) -> None:
        """Set a line, unless it was given, for good: no later decision changes it."""
        self.decide(name, choice)
        self.given |= {name}

    def set(self, name: str, value: Any, reason: str) -> None:
        """Set a line, given or not: what was given of it is in the value."""
        self.plan = self.plan.with_reason(reason, **{name: value})

"""Means over the frames of a video, of whatever numbers there are of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class Means:
    """Running means of facts: numbers by name, or one level of such. What a frame does not name counts as 0 there."""

    def __init__(self) -> None:
        self.frames = 0
        self._totals: dict[str, Any] = {}

    def add(self, facts: Mapping[str, Any]) -> None:
        """Take the facts of a frame; None is left out."""
        self.frames += 1
        _add(self._totals, facts)

    def to_dict(self, digits: int = 6) -> dict[str, Any]:
        """As the facts of one frame, rounded."""
        return _shares(self._totals, max(self.frames, 1), digits)


def _add(totals: dict[str, Any], facts: Mapping[str, Any]) -> None:
    for name, fact in facts.items():
        if isinstance(fact, Mapping):
            _add(totals.setdefault(name, {}), fact)
        elif fact is not None:
            totals[name] = totals.get(name, 0) + fact


def _shares(totals: Mapping[str, Any], frames: int, digits: int) -> dict[str, Any]:
    return {
        name: _shares(total, frames, digits) if isinstance(total, Mapping) else round(total / frames, digits)
        for name, total in totals.items()
    }

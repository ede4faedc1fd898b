"""What is wrong with a data set, or worth knowing: one line each, with the files and the cure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Level = Literal["error", "warning", "note"]

_SHOWN = 3


@dataclass(frozen=True)
class Problem:
    """One thing that was found.

    Attributes:
        kind: a word for programs, such as `orphans` or `leak`.
        level: error: training would stop or learn from wrong truth; warning: scores would mislead; note: worth knowing.
        text: what was found.
        files: all files concerned, below the root where they lie there.
        cure: what to do; empty where nothing needs to be done.
    """

    kind: str
    level: Level
    text: str
    files: tuple[str, ...] = ()
    cure: str = ""

    @property
    def line(self) -> str:
        """All in one line, with the first few files."""
        more = f" and {len(self.files) - _SHOWN} more" if len(self.files) > _SHOWN else ""
        files = f" ({', '.join(self.files[:_SHOWN])}{more})" if self.files else ""
        return f"{self.text}{files}" + (f": {self.cure}" if self.cure else "")

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data."""
        return {
            "kind": self.kind,
            "level": self.level,
            "text": self.text,
            "files": list(self.files),
            "cure": self.cure,
        }


def by_weight(problems: list[Problem]) -> list[Problem]:
    """Errors first, then warnings, then notes; otherwise as found."""
    order = ("error", "warning", "note")
    return sorted(problems, key=lambda problem: order.index(problem.level))

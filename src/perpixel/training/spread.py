"""Several values of one score, as one reports them: mean, spread, and how many there were."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Spread:
    """Mean and spread of a score over seeds or folds.

    Attributes:
        mean: of the values.
        spread: their sample standard deviation (divided by n - 1), or None of a single one.
        n: how many values there were.
    """

    mean: float
    spread: float | None
    n: int

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Spread | None:
        """Of the values that there are; None if there are none.

        >>> Spread.of([0.25, 0.5, None, 0.75])
        Spread(mean=0.5, spread=0.25, n=3)
        """
        known = [value for value in values if value is not None]
        if not known:
            return None
        return cls(statistics.fmean(known), statistics.stdev(known) if len(known) > 1 else None, len(known))

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data."""
        return asdict(self)

    def __str__(self) -> str:
        """As `0.5000 ± 0.1000 (n = 3)`."""
        around = "" if self.spread is None else f" ± {self.spread:.4f}"
        return f"{self.mean:.4f}{around} (n = {self.n})"

"""How far a number would move on other pictures: the bootstrap over pictures.

Efron, 1979, https://doi.org/10.1214/aos/1176344552: as many pictures are drawn, with repetition, as were judged; the
interval holds the middle 95 % of the scores of such draws.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from typing import Any

import numpy as np

DRAWS = 500


def intervals(
    score: Any, numbers: Callable[[Mapping[str, Any]], dict[str, float]], *, draws: int = DRAWS, seed: int = 0
) -> dict[str, dict[str, float]]:
    """Each number of a score with the ends of its 95 % interval.

    Args:
        score: with `pictures` by name and `compute`, as those of `perpixel.metrics`.
        numbers: picks from what `compute` gives.
    """
    generator = np.random.default_rng(seed)
    names = list(score.pictures)
    drawn = [numbers(_again(score, generator.choice(names, len(names))).compute()) for _ in range(draws)]
    found = numbers(score.compute())
    ends = {name: np.percentile([each[name] for each in drawn], [2.5, 97.5]) for name in found}
    return {
        name: {"value": round(found[name], 4), "low": round(float(low), 4), "high": round(float(high), 4)}
        for name, (low, high) in ends.items()
    }


def _again(score: Any, names: Any) -> Any:
    """The same score of other pictures, each as often as it is named."""
    other = copy(score)
    other.pictures = {f"{number} {name}": score.pictures[name] for number, name in enumerate(names)}
    return other

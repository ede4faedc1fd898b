"""How what is fixed of `graph` was chosen: every setting on the train split, one line each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path

from benchmarks.bsds.methods import METHODS, Method
from benchmarks.bsds.protocol import Counts
from benchmarks.bsds.scores import summed
from benchmarks.bsds.table import AIM, PUBLISHED

SIGMA = (0.5, 0.8)
MIN_SIZE = (20, 50, 100)
COLOR = ("distance", "intersect")
Each = Callable[[Sequence[tuple[Path, Method | None]], int], Iterator[tuple[Counts | None, float]]]


def choose(photos: list[Path], processes: int, each: Each) -> Iterator[str]:
    """A line for each setting: scores, how far they are from the published in aims, and the recall's range.

    The last tells whether the scales reach from nearly all boundaries to nearly none, without which AP is cut off.
    """
    heads = "".join(f"{head:>7}" for head in ("ODS", "OIS", "AP", "cover", "PRI", "VI"))
    yield f"{'color':<10}{'sigma':>6}{'min size':>9}{heads}{'aims':>6}  recall"
    for color, sigma, min_size in product(COLOR, SIGMA, MIN_SIZE):
        method = replace(METHODS["graph"], options={"color": color, "sigma": sigma, "min_size": min_size})
        counted = each([(photo, method) for photo in photos], processes)
        scores = summed([counts for counts, _ in counted if counts is not None])
        plain = scores.plain()
        away = max(abs(plain[name] - published) / AIM[name] for name, published in PUBLISHED["graph"].items())
        numbers = "".join(
            f"{plain[name]:7.3f}" for name in ("ods", "ois", "ap", "covering_ods", "rand_ods", "information_ods")
        )
        reach = f"{max(scores.recall):.2f} to {min(scores.recall):.2f}"
        yield f"{color:<10}{sigma:6}{min_size:9}{numbers}{away:6.1f}  {reach}"

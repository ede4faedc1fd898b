"""One picture of a data set and where its mask is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from perpixel.data.annotation import Entry


@dataclass(frozen=True, slots=True)
class Sample:
    """A picture and its mask, as files.

    Attributes:
        name: what it is called: its path below the picture folder, without a suffix. Unlike all others of its split.
        picture: the photo.
        mask: the truth, or None if there is none.
        layers: where every class has a mask of its own: these, in the order of the classes, None where a class has
            none because it does not occur.
        runs: where a table has the masks: the run lengths of each class in Kaggle's style, in the order of the
            classes, "" where a class does not occur.
        entry: where things are told apart: what reads them.
    """

    name: str
    picture: Path
    mask: Path | None = None
    layers: tuple[Path | None, ...] = ()
    runs: tuple[str, ...] = ()
    entry: Entry | None = field(default=None, compare=False)

    @property
    def has_truth(self) -> bool:
        """Whether it can be learned from and judged."""
        return self.mask is not None or bool(self.layers) or bool(self.runs) or self.entry is not None


def spread(samples: Sequence[Sample], count: int) -> Iterator[Sample]:
    """All of them, but first `count` from all over."""
    step = max(len(samples) // count, 1)
    first = range(0, len(samples), step)
    yield from (samples[i] for i in first)
    yield from (sample for i, sample in enumerate(samples) if i % step)

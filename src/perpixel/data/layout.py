"""What a folder was recognized as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from perpixel.data.sample import Sample

Known = Literal["camvid", "voc", "cityscapes"]
Undivided = Literal["train", "all"]


@dataclass(frozen=True)
class Layout:
    """Splits and their samples.

    Attributes:
        splits: samples by split, as the data state them.
        words: what it is, for people.
        known: a data set that is known by its layout; its class table holds if the values fit it.
        raw_ids: whether the masks' names say that they hold Cityscapes' raw ids.
        undivided: the split of which nothing is held out yet, where the data leave that to us: `train` if there is no
            `val`, `all` if there are no splits at all (`dividing.divide`).
    """

    splits: Mapping[str, tuple[Sample, ...]]
    words: str
    known: Known | None = None
    raw_ids: bool = False
    undivided: Undivided | None = None

    @property
    def samples(self) -> list[Sample]:
        """Of all splits."""
        return [sample for samples in self.splits.values() for sample in samples]

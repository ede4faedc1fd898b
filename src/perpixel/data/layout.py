"""What a folder was recognized as."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from perpixel.data.sample import Sample

Known = Literal["camvid", "voc", "cityscapes"]


@dataclass(frozen=True)
class Layout:
    """Splits and their samples.

    Attributes:
        splits: samples by split.
        words: what it is, for people.
        known: a data set that is known by its layout; its class table holds if the values fit it.
        raw_ids: whether the masks' names say that they hold Cityscapes' raw ids.
    """

    splits: Mapping[str, tuple[Sample, ...]]
    words: str
    known: Known | None = None
    raw_ids: bool = False

"""The class table with what occurs of each class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.data.inspecting.coding import Coding
from perpixel.data.inspecting.item import Looked, Regions
from perpixel.data.inspecting.values import MaskValues


@dataclass(frozen=True)
class Shares:
    """Counts over all truths that can be read.

    Attributes:
        names: of the classes.
        counts: (N, K) int64 pixels of each class in each picture.
        judged: (N,) int64 pixels that are judged.
        ignored: pixels that are not.
        places: (N,) which of the looks each row is of.
        splits: of each row.
        unknown: values without a meaning: in which looks, and how many pixels there.
    """

    names: tuple[str, ...]
    counts: NDArray[np.int64]
    judged: NDArray[np.int64]
    ignored: int
    places: tuple[int, ...]
    splits: tuple[str, ...]
    unknown: dict[int, dict[int, int]]

    def rows(self) -> list[dict[str, Any]]:
        """One a class: its share of the pixels and of the pictures, and how many pictures of each split have it."""
        present = self.counts > 0
        rows = []
        for number, name in enumerate(self.names):
            by_split = Counter(split for split, here in zip(self.splits, present[:, number], strict=True) if here)
            rows.append(
                {
                    "number": number,
                    "name": name,
                    "pixels": round(float(self.counts[:, number].sum() / max(int(self.judged.sum()), 1)), 6),
                    "pictures": round(float(present[:, number].sum() / max(len(present), 1)), 6),
                    "by_split": {split: by_split[split] for split in dict.fromkeys(self.splits)},
                }
            )
        return rows


def count_shares(looks: Sequence[Looked], coding: Coding) -> Shares:
    """Count what was looked at."""
    classes = coding.classes
    counts, judged, places, splits = list[NDArray[np.int64]](), list[int](), list[int](), list[str]()
    ignored, unknown = 0, dict[int, dict[int, int]]()
    for place, look in enumerate(looks):
        if look.truth is None or classes is None:
            continue
        left = 0
        if isinstance(look.truth, Regions):
            own, not_judged = look.truth.counts, look.truth.ignored
        elif isinstance(look.truth, MaskValues):
            own, not_judged, strange = coding.counts(look.truth)
            for value, pixels in strange.items():
                unknown.setdefault(value, {})[place] = pixels
            left = sum(strange.values())
        counts.append(own)
        judged.append(look.truth.size[0] * look.truth.size[1] - not_judged - left)
        ignored += not_judged
        places.append(place)
        splits.append(look.item.split)
    names = () if classes is None else classes.names
    table = np.array(counts, np.int64).reshape(len(counts), len(names))
    return Shares(names, table, np.array(judged, np.int64), ignored, tuple(places), tuple(splits), unknown)

"""One picture of a data set that is inspected, and what a look at it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perpixel.data.annotation import Annotation
from perpixel.data.inspecting.values import MaskValues
from perpixel.data.sample import Sample
from perpixel.data.signatures import Signature
from perpixel.pictures import Header
from perpixel.results import Depth, Layers

Truth = Annotation | Layers | Depth


@dataclass(frozen=True, slots=True)
class Item:
    """A picture and where its truth comes from: a file of values, or what `read` reads; neither for a picture alone.

    Attributes:
        split: its split.
        name: unlike all others of its split.
        picture: the photo; None where there is a mask alone.
        mask: a file whose values are classes.
        read: reads the truth of any other kind.
        sample: what `open_dataset` makes of it, where it knows the layout.
    """

    split: str
    name: str
    picture: Path | None
    mask: Path | None = None
    read: Callable[[], Truth] | None = field(default=None, repr=False, compare=False)
    sample: Sample | None = None

    @property
    def has_truth(self) -> bool:
        return self.mask is not None or self.read is not None


@dataclass(frozen=True, slots=True)
class Regions:
    """Counts of a truth that is made of regions.

    Attributes:
        size: (height, width).
        counts: (K,) int64 pixels of each class.
        ignored: pixels that are not judged.
        things: how many things.
        touching: how many of them lie side by side with another.
        overlapping: whether any pixel is in two regions.
    """

    size: tuple[int, int]
    counts: NDArray[np.int64]
    ignored: int = 0
    things: int = 0
    touching: int = 0
    overlapping: bool = False


@dataclass(frozen=True, slots=True)
class Distances:
    """How far a depth map reaches.

    Attributes:
        size: (height, width).
        valid: pixels with a depth.
        near, middle, far: metres, 1st, 50th and 99th percentile of these; NaN where there is none.
    """

    size: tuple[int, int]
    valid: int
    near: float
    middle: float
    far: float


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at an item found.

    Attributes:
        item: the item.
        header: of the picture; None if it cannot be read, or there is none.
        signature: of the picture.
        truth: of the mask; None if it cannot be read, or there is none.
        turned: the mask was made on the picture as stored, not as EXIF turns it.
        problems: what cannot be read or does not fit together.
    """

    item: Item
    header: Header | None = None
    signature: Signature | None = None
    truth: MaskValues | Regions | Distances | None = None
    turned: bool = False
    problems: tuple[str, ...] = ()

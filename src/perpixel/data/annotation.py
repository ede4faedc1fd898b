"""What any annotation format says of a picture: regions as run lengths, each of a class, and maybe a thing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.errors import DataError
from perpixel.masks.runs import Runs

Kind = Literal["semantic", "multilabel", "instance", "panoptic"]


@dataclass(frozen=True)
class Region:
    """Pixels of one class: one thing, or all that the picture has of the class.

    Attributes:
        label: number of the class.
        runs: its pixels, upright like the picture.
        thing: id of the thing, from 1 on and of this region alone in its picture; None where things are not told apart.
        crowd: a group of things that nobody told apart (COCO's `iscrowd`).
    """

    label: int
    runs: Runs
    thing: int | None = None
    crowd: bool = False


@dataclass(frozen=True)
class Annotation:
    """One picture's truth.

    Attributes:
        size: (height, width) of the upright picture.
        regions: in the file's order; where they overlap, each has the pixels. Kinds semantic and panoptic have no
            overlaps. An empty region is left out.
        ignored: pixels that are not judged; None if there are none.
    """

    size: tuple[int, int]
    regions: tuple[Region, ...]
    ignored: Runs | None = None


@dataclass(frozen=True)
class Entry:
    """A picture of a collection.

    Attributes:
        name: its path below the pictures' folder with `/`, without a suffix; unlike all others of its split.
        picture: the photo; None where the format does not have it (an annotation file alone).
        read: reads its truth. Files of many pictures were read before; masks of one picture are read only now.
        load: reads the photo (H, W, C), upright, where no one file is it: channels in a file each, a page of a stack.
            `picture` is then None. `perpixel convert` makes files of such photos before they are written.
        file: what the truth is read from, of this picture alone or of many.
    """

    name: str
    picture: Path | None
    read: Callable[[], Annotation] = field(repr=False)
    load: Callable[[], NDArray[Any]] | None = field(default=None, repr=False)
    file: Path | None = None


@dataclass(frozen=True)
class Collection:
    """A data set in any format.

    Attributes:
        root: the folder or file that was read.
        format: a key of `perpixel.data.formats.FORMATS`.
        kind: semantic: every pixel has one class (or is ignored), so each class that occurs is one region and the first
            class is often the background; multilabel: one region a class, which may overlap; instance: one region a
            thing, and what is in none is background, which is no class; panoptic: things and the rest, none overlap.
        classes: what the numbers mean.
        splits: entries by split; the one split `all` where the format has none.
        words: what was recognized, for people.
    """

    root: Path
    format: str
    kind: Kind
    classes: ClassTable
    splits: Mapping[str, tuple[Entry, ...]]
    words: str

    @property
    def entries(self) -> tuple[tuple[str, Entry], ...]:
        """Split and entry, of all."""
        return tuple((split, entry) for split, entries in self.splits.items() for entry in entries)

    def picture_of(self, entry: Entry) -> Path:
        """The photo of an entry.

        Raises:
            DataError: there is none.
        """
        if entry.picture is None:
            raise DataError(f"{self.root}: the picture of {entry.name} is not there; put the pictures beside the masks")
        return entry.picture

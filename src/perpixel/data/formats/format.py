"""What a format offers: how it is recognized, read and written, and what it cannot hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from perpixel.classes import ClassTable
from perpixel.data.annotation import Collection, Kind
from perpixel.pictures import MAX_PIXELS

Loss = Literal["holes", "parts", "overlaps", "crowd", "things", "ignored", "classes", "stuff"]
"""What a target may be unable to hold: holes in a region; a region of several parts; two regions at one pixel; groups;
things of one class told apart; pixels that are not judged; which class a region has; pixels of no thing."""


@dataclass(frozen=True)
class Reading:
    """How to read where the files do not tell.

    Attributes:
        classes: the class table; by default what the files say.
        ignore: value in mask files of pixels that are not judged.
        encoding: of mask files, one of `perpixel.masks.ENCODINGS`.
        pictures: the folder of the pictures, where the names do not tell.
        masks: the folder or file of the truth, where the names do not tell.
        max_pixels: no larger picture is decoded.
    """

    classes: ClassTable | None = None
    ignore: int | None = None
    encoding: str | None = None
    pictures: Path | None = None
    masks: str | None = None
    max_pixels: int = MAX_PIXELS


Progress = Callable[[int, int], None]
"""Called with how many pictures are done, and of how many."""


class Write(Protocol):
    """Writes a whole collection below a folder that exists and is empty, pictures included where `pictures` says so."""

    def __call__(self, collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None: ...


@dataclass(frozen=True)
class Format:
    """One annotation format.

    Attributes:
        words: what it is, in a line.
        recognize: whether a folder or file looks like it: cheap, by names and the first bytes; never raises for what
            merely is of another format.
        read: reads it; DataError or MaskError, with the file's name, for what is broken.
        write: writes it; None if it is only read.
        lost: what it cannot hold.
        holds: the kinds that `write` takes; `perpixel.data.adapting` makes one of them of any other. By default those
            of annotation files, which are regions of objects or of classes, without a background.
    """

    words: str
    recognize: Callable[[Path], bool]
    read: Callable[[Path, Reading], Collection]
    write: Write | None = None
    lost: frozenset[Loss] = frozenset()
    holds: tuple[Kind, ...] = ("instance", "multilabel")

"""How classes are coded in mask files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, get_args

from perpixel.classes import ClassTable, Color

Kind = Literal["index", "binary", "one-based", "cityscapes-ids", "values", "palette", "rgb"]

ENCODINGS: Mapping[str, str] = MappingProxyType(
    {
        "index": "the value is the class number, from 0",
        "binary": "0 is the first class; 255 (or 1, or 65535 in 16 bits) is the second",
        "one-based": "the value is the class number plus 1; 0 is ignored",
        "cityscapes-ids": "Cityscapes raw ids 0 to 33; those that are not judged are ignored",
        "values": "each value has its class in a table",
        "palette": "the palette's color tells the class; its numbers differ from file to file",
        "rgb": "the color tells the class",
    }
)

# Cityscapes' labels.py, id -> trainId: https://github.com/mcordts/cityscapesScripts
_CITYSCAPES_IDS = (7, 8, 11, 12, 13, 17, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 31, 32, 33)


@dataclass(frozen=True)
class Encoding:
    """What the values of a data set's mask files mean.

    Attributes:
        kind: one of `ENCODINGS`.
        values: for kind `values`: pairs of a value in the files and its class number.
        ignored_colors: for kinds `palette` and `rgb`: colors of pixels that are not judged.
        reason: why it is thought so, where it was inferred.

    Raises:
        ValueError: an unknown kind, or `values` where they mean nothing or out of range.
    """

    kind: Kind = "index"
    values: tuple[tuple[int, int], ...] = ()
    ignored_colors: tuple[Color, ...] = ()
    reason: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"encoding {self.kind!r} is not one of {', '.join(ENCODINGS)}")
        if not all(0 <= value <= 65535 for value, _ in self.values):
            raise ValueError(f"values {dict(self.values)}; the values of a mask file are from 0 to 65535")
        if bool(self.values) != (self.kind == "values"):
            raise ValueError(f"`values` belong to the encoding `values` and only there; the encoding is {self.kind!r}")

    @property
    def by_color(self) -> bool:
        """Whether colors tell the classes, not numbers."""
        return self.kind in ("palette", "rgb")

    def meaning(self, classes: ClassTable) -> dict[int, int]:
        """The class (or `classes.ignored`) of each value that may stand in a file.

        The value `classes.ignore` is ignored, even where it is the number of a class; so is `classes.ignored` (255 or
        65535), which can be no class and is what `write_labels` writes, unless the encoding gives it one.

        Raises:
            ValueError: the encoding is by color.
        """
        meaning = {classes.ignored: classes.ignored}
        match self.kind:
            case "index":
                meaning.update((number, number) for number in range(len(classes)))
            case "binary":
                meaning.update({0: 0, 1: 1, 255: 1, 65535: 1})
                return meaning
            case "one-based":
                meaning.update((number + 1, number) for number in range(len(classes)))
                meaning[0] = classes.ignored
            case "cityscapes-ids":
                meaning.update((number, classes.ignored) for number in range(34))
                meaning.update((raw, number) for number, raw in enumerate(_CITYSCAPES_IDS))
            case "values":
                meaning.update(self.values)
                return meaning
            case _:
                raise ValueError(f"encoding {self.kind!r} goes by color, not by value")
        meaning[classes.ignore] = classes.ignored
        return meaning

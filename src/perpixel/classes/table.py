"""A class table: what each number in a label map means, and how it is drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

IGNORED_8 = 255
IGNORED_16 = 65535

Color = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class SegmentClass:
    """One class: its name, its RGB color, whether it is a countable thing, and the class it becomes in a mirror."""

    name: str
    color: Color
    thing: bool = False
    mirror: str | None = None


@dataclass(frozen=True)
class ClassTable:
    """The classes 0 .. K - 1 of a label map, in order.

    `ignore` is the value that mask *files* of this data set use for pixels that are not judged (CamVid: 11).
    In memory such pixels are always 255 in uint8 and 65535 in uint16 label maps, whatever the files say:
    `IGNORED_8`, `IGNORED_16`, or the table's own `ignored`. With more than 255 classes, 255 is a class, and `ignore`
    is 65535 where it was left at 255.

    Raises:
        ValueError: no classes, a name twice, a color or `ignore` out of range, or a mirror class that is not in the
            table or does not mirror back.
    """

    classes: tuple[SegmentClass, ...]
    ignore: int = IGNORED_8

    def __post_init__(self) -> None:
        if not self.classes:
            raise ValueError("a class table needs at least one class")
        if len(self.classes) > IGNORED_16:
            raise ValueError(f"{len(self.classes)} classes; a label map holds at most {IGNORED_16}")
        if not 0 <= self.ignore <= IGNORED_16:
            raise ValueError(f"ignore {self.ignore} is no value of a mask file; it must be from 0 to {IGNORED_16}")
        if self.ignore == IGNORED_8 and len(self.classes) > IGNORED_8:
            object.__setattr__(self, "ignore", IGNORED_16)
        names = self.names
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"class names must differ; found more than once: {', '.join(twice)}")
        for entry in self.classes:
            if len(entry.color) != 3 or not all(0 <= value <= 255 for value in entry.color):
                raise ValueError(f"class {entry.name!r}: color {entry.color} is not three numbers from 0 to 255")
            if entry.mirror is not None and self[self.index(entry.mirror)].mirror != entry.name:
                raise ValueError(f"class {entry.name!r} mirrors to {entry.mirror!r}, which does not mirror back")

    def __len__(self) -> int:
        return len(self.classes)

    def __iter__(self) -> Iterator[SegmentClass]:
        return iter(self.classes)

    def __getitem__(self, index: int) -> SegmentClass:
        return self.classes[index]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(entry.name for entry in self.classes)

    @property
    def colors(self) -> NDArray[np.uint8]:
        """(K, 3) uint8 RGB."""
        return np.array([entry.color for entry in self.classes], np.uint8)

    @property
    def dtype(self) -> type[np.uint8] | type[np.uint16]:
        """The type of label maps in memory: uint8 up to 255 classes, uint16 beyond."""
        return np.uint8 if len(self) <= IGNORED_8 else np.uint16

    @property
    def ignored(self) -> int:
        """The in-memory value of a pixel that is not judged: 255 in uint8, 65535 in uint16."""
        return int(np.iinfo(self.dtype).max)

    @property
    def mirror(self) -> NDArray[np.intp]:
        """(K,) class that each class becomes when the picture is mirrored left to right."""
        return np.array([i if c.mirror is None else self.index(c.mirror) for i, c in enumerate(self.classes)], np.intp)

    def index(self, name: str) -> int:
        """The number of the class with this name.

        Raises:
            ValueError: there is no such class; the message offers the nearest names.
        """
        if name in self.names:
            return self.names.index(name)
        near = get_close_matches(name, self.names, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"the classes are {', '.join(self.names)}"
        raise ValueError(f"there is no class {name!r}; {hint}")

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON or YAML data; `from_dict` reads it back."""
        return {"ignore": self.ignore, "classes": [_entry_to_dict(entry) for entry in self.classes]}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> ClassTable:
        entries = [_entry_from_dict(entry, number) for number, entry in enumerate(data["classes"])]
        return cls(tuple(entries), ignore=int(data.get("ignore", IGNORED_8)))

    @classmethod
    def named(cls, names: Sequence[str], *, ignore: int = IGNORED_8) -> ClassTable:
        """A table of these names with colors that are easy to tell apart."""
        return cls(tuple(SegmentClass(name, color_of(i)) for i, name in enumerate(names)), ignore=ignore)


def color_of(index: int) -> Color:
    """The color of class `index` in Pascal VOC's rule: its bits, dealt to red, green and blue from the top bit down."""
    red = green = blue = 0
    for shift in range(7, -1, -1):
        red |= (index & 1) << shift
        green |= (index >> 1 & 1) << shift
        blue |= (index >> 2 & 1) << shift
        index >>= 3
    return red, green, blue


def _entry_to_dict(entry: SegmentClass) -> dict[str, Any]:
    data: dict[str, Any] = {"name": entry.name, "color": list(entry.color)}
    if entry.thing:
        data["thing"] = True
    if entry.mirror is not None:
        data["mirror"] = entry.mirror
    return data


def _entry_from_dict(entry: Any, number: int) -> SegmentClass:
    if isinstance(entry, str):
        return SegmentClass(entry, color_of(number))
    unknown = set(entry) - {"name", "color", "thing", "mirror"}
    if unknown:
        raise ValueError(f"class {number}: unknown key {sorted(unknown)[0]!r}; known are name, color, thing, mirror")
    red, green, blue = entry.get("color", color_of(number))
    color = int(red), int(green), int(blue)
    return SegmentClass(str(entry["name"]), color, bool(entry.get("thing", False)), entry.get("mirror"))

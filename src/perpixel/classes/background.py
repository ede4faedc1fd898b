"""The class that stands for "nothing of what is sought": some formats need it, others must not have it."""

from __future__ import annotations

import re
from dataclasses import replace

from perpixel.classes.table import ClassTable, SegmentClass, color_of

_BACKGROUND = re.compile(r"_*(background|bg|none|none of these|nothing|unlabell?ed)_*", re.IGNORECASE)
_BLACK = (0, 0, 0)


def has_background(classes: ClassTable) -> bool:
    """Whether the first class is called background, and is not the only one."""
    return len(classes) > 1 and _BACKGROUND.fullmatch(classes[0].name) is not None


def with_background(classes: ClassTable) -> ClassTable:
    """The table with `background` (black, no thing) as the new first class."""
    name = "background" if "background" not in classes.names else "none of these"
    entries = tuple(
        replace(entry, color=color_of(number)) if entry.color == _BLACK else entry
        for number, entry in enumerate(classes, start=1)
    )
    return ClassTable((SegmentClass(name, _BLACK), *entries))


def without_background(classes: ClassTable) -> ClassTable:
    """The table without its first class."""
    return ClassTable(classes.classes[1:])

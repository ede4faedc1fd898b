"""The flags that tell what the files of a data set do not, alike in every command that learns or judges."""

from __future__ import annotations

from dataclasses import dataclass

from cyclopts import Group, Parameter


@Parameter(name="*", group=Group("Data", sort_key=4))
@dataclass(frozen=True, kw_only=True)
class DataFlags:
    """What the files do not tell.

    Attributes:
        classes: Class table: a name (camvid, cityscapes, voc) or a YAML or CSV file; by default what the data say.
        ignore: Value of mask pixels that are not judged; by default the class table's.
        encoding: How the masks code the classes (index, binary, rgb, ...); by default what they tell.
        masks: Folder of the masks below `data`, or a CSV file of run lengths, where the names do not tell or both are
            there.
    """

    classes: str | None = None
    ignore: int | None = None
    encoding: str | None = None
    masks: str | None = None

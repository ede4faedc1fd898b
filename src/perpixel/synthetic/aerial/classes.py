"""The classes of the Semantic Drone Dataset, in its order and its colors."""

from __future__ import annotations

from perpixel.classes import ClassTable, SegmentClass

_ROWS: tuple[tuple[str, tuple[int, int, int]], ...] = (
    ("unlabeled", (0, 0, 0)), ("paved-area", (128, 64, 128)), ("dirt", (130, 76, 0)), ("grass", (0, 102, 0)),
    ("gravel", (112, 103, 87)), ("water", (28, 42, 168)), ("rocks", (48, 41, 30)), ("pool", (0, 50, 89)),
    ("vegetation", (107, 142, 35)), ("roof", (70, 70, 70)), ("wall", (102, 102, 156)), ("window", (254, 228, 12)),
    ("door", (254, 148, 12)), ("fence", (190, 153, 153)), ("fence-pole", (153, 153, 153)), ("person", (255, 22, 96)),
    ("dog", (102, 51, 0)), ("car", (9, 143, 150)), ("bicycle", (119, 11, 32)), ("tree", (51, 51, 0)),
    ("bald-tree", (190, 250, 190)), ("ar-marker", (112, 150, 146)), ("obstacle", (2, 135, 115)),
    ("conflicting", (255, 0, 0)),
)  # fmt: skip
_THINGS = ("person", "dog", "car", "bicycle")

DRONE = ClassTable(tuple(SegmentClass(name, color, name in _THINGS) for name, color in _ROWS))


def class_csv() -> str:
    """The table as the data set's own file `class_dict_seg.csv` is written, blanks and all."""
    rows = (f"{entry.name}, {entry.color[0]}, {entry.color[1]}, {entry.color[2]}" for entry in DRONE)
    return "\n".join([" name, r, g, b", *rows]) + "\n"

"""Class tables: names, colors, things and stuff, the ignored value, mirror classes."""

from perpixel.classes.files import class_table, save_class_table
from perpixel.classes.palettes import CAMVID, CITYSCAPES, PALETTES, VOC
from perpixel.classes.table import IGNORED_8, IGNORED_16, ClassTable, Color, SegmentClass, color_of

__all__ = [
    "CAMVID",
    "CITYSCAPES",
    "IGNORED_8",
    "IGNORED_16",
    "PALETTES",
    "VOC",
    "ClassTable",
    "Color",
    "SegmentClass",
    "class_table",
    "color_of",
    "save_class_table",
]

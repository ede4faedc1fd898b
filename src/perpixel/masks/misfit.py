"""What to say of a value or color that means nothing: what was found, what is allowed, and the likely cure."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.masks.encoding import Encoding

_MANY = 64


def value_misfit(
    values: NDArray[Any],
    present: NDArray[np.intp],
    value: int,
    classes: ClassTable,
    encoding: Encoding,
    name: str,
) -> str:
    """The message for a value (of those `present`) that the encoding does not know.

    Args:
        values: (H, W) of the file.
        present: the values that occur in it.
        value: the first that has no class.
        classes: the class table.
        encoding: how the files are thought to be coded.
        name: of the file.
    """
    row, column = np.argwhere(values == value)[0]
    found = f"{name}: label {value} at row {row}, column {column} is not one of {_allowed(classes, encoding)}"
    return f"{found}. {_cure(present, value, classes, encoding)}"


def color_misfit(
    colors: NDArray[np.uint8],
    color: NDArray[np.uint8],
    classes: ClassTable,
    encoding: Encoding,
    name: str,
) -> str:
    """The message for a color of (H, W, 3) `colors` that no class has."""
    row, column = np.argwhere((colors == color).all(axis=2))[0]
    distance = np.abs(classes.colors.astype(int) - color).sum(axis=1)
    nearest = classes[int(distance.argmin())]
    if encoding.ignored_colors:
        ignored = f", nor ignored ({', '.join(map(str, encoding.ignored_colors))})"
    else:
        ignored = ""
    if distance.min() <= 24:
        cure = "Soft edges or lossy compression change colors: save masks as PNG, and resize them without smoothing"
    else:
        cure = "Add a class of this color to the class table"
    return (
        f"{name}: color {tuple(int(part) for part in color)} at row {row}, column {column} is not one of the colors of "
        f"the {len(classes)} classes{ignored}; the nearest is {nearest.color} ({nearest.name}). {cure}"
    )


def _allowed(classes: ClassTable, encoding: Encoding) -> str:
    count = len(classes)
    match encoding.kind:
        case "index":
            span = f"the {count} classes 0 to {count - 1}" if count > 1 else "the one class, 0"
            ignore = {classes.ignore, classes.ignored} - set(range(count))
            return f"{span}, nor {' or '.join(map(str, sorted(ignore)))} (ignore)"
        case "one-based":
            return f"the {count} classes 1 to {count}, nor 0 or {classes.ignored} (ignore)"
        case "binary":
            return "0 (background) and 255 or 1 (foreground)"
        case _:
            known = sorted(encoding.meaning(classes))
            return f"the known values {_short(known)} (encoding `{encoding.kind}`)"


def _cure(present: NDArray[np.intp], value: int, classes: ClassTable, encoding: Encoding) -> str:
    """The likeliest reason, told by the values that occur."""
    count, found = len(classes), set(present.tolist())
    if len(found) > _MANY and encoding.kind == "binary":
        return "The mask has soft edges: threshold it at 127 and save it as PNG"
    if encoding.kind != "index":
        return f"The masks are taken as `{encoding.kind}`; if they are not, add the right `encoding:` to classes.yaml"
    if found <= {0, 255} or found <= {0, 65535}:
        return "These look like a 0/255 mask: give a table of two classes, or add `encoding: binary` to classes.yaml"
    if count == 19 and max(found - {255}) <= 33:
        return "These look like Cityscapes raw ids: add `encoding: cityscapes-ids` to classes.yaml"
    if value == count and 0 not in found and min(found) >= 1:
        return "These look like class numbers from 1: add `encoding: one-based` to classes.yaml"
    if all(number % 257 == 0 for number in found) and value > 255:
        return "These look like 8-bit labels stretched to 16 bits: divide them by 257 and save the mask again"
    if len(found) > _MANY:
        return "So many values are a photo, soft edges or ids of things, not classes: give the masks of classes"
    if value == count or value in (254, 65534, 65535):
        return (
            f"If {value} marks pixels that are not judged, set `ignore: {value}`; if it is a class, add it to the table"
        )
    return "If it is a class, name it in the class table; if it marks pixels that are not judged, set `ignore` to it"


def _short(values: list[int]) -> str:
    return ", ".join(map(str, values[:8])) + (" ..." if len(values) > 8 else "")

"""Raw masks to label maps: every value must have its class."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.errors import MaskError
from perpixel.masks.colors import pack, packed_colors
from perpixel.masks.encoding import Encoding
from perpixel.masks.misfit import color_misfit, value_misfit
from perpixel.masks.raw import RawMask
from perpixel.results import LabelMap

_UNKNOWN = -1


def decode_labels(raw: RawMask, classes: ClassTable, encoding: Encoding, *, name: str = "mask") -> LabelMap:
    """Turn the values of a mask file into class numbers; those that are not judged become `classes.ignored`.

    Args:
        raw: as `read_raw` gives it.
        classes: what the numbers shall mean.
        encoding: how the file codes them.
        name: of the file, for errors.

    Raises:
        MaskError: a value or color that means nothing here, with its place and the likely cure.
    """
    if encoding.kind == "rgb":
        return LabelMap(_by_color(raw, classes, encoding, name), classes)
    values = _one_channel(raw.values, name)
    if encoding.kind == "palette":
        if raw.palette is None:
            raise MaskError(f"{name}: the mask has no palette, others of this data set have one; save them all alike")
        table = _palette_table(raw, raw.palette, classes, encoding, name)
    else:
        table = _value_table(classes, encoding)
        present = _present(values)
        unknown = present[table[present] == _UNKNOWN]
        if len(unknown):
            raise MaskError(value_misfit(values, present, int(unknown[0]), classes, encoding, name))
    if values.dtype == np.uint8 and classes.dtype is np.uint8:
        return LabelMap(cv2.LUT(values, table[:256].astype(np.uint8)), classes)
    return LabelMap(table.astype(classes.dtype)[values], classes)


def _one_channel(values: NDArray[Any], name: str) -> NDArray[Any]:
    """(H, W) of a mask whose numbers count; gray saved as RGB is gray."""
    if values.ndim == 2:
        return values
    gray = values[:, :, 0]
    odd = (values[:, :, 1] != gray) | (values[:, :, 2] != gray)
    if odd.any():
        row, column = (int(place) for place in np.argwhere(odd)[0])
        color = tuple(int(part) for part in values[row, column])
        raise MaskError(
            f"{name}: color {color} at row {row}, column {column}, where numbers are expected; "
            "if all masks of the data set are colored, add `encoding: rgb` to classes.yaml"
        )
    return np.ascontiguousarray(gray)


def _present(values: NDArray[Any]) -> NDArray[np.intp]:
    """Which values occur."""
    if values.dtype == np.uint8:
        return np.flatnonzero(cv2.calcHist([values], [0], None, [256], [0, 256]))
    return np.flatnonzero(np.bincount(values.ravel(), minlength=1))


@lru_cache(maxsize=8)
def _value_table(classes: ClassTable, encoding: Encoding) -> NDArray[np.int32]:
    table = np.full(65536, _UNKNOWN, np.int32)
    for value, number in encoding.meaning(classes).items():
        table[value] = number
    return table


def _palette_table(
    raw: RawMask, palette: NDArray[np.uint8], classes: ClassTable, encoding: Encoding, name: str
) -> NDArray[np.int32]:
    """The class of each number in this file's palette."""
    present = _present(raw.values)
    colors = np.zeros((max(len(palette), int(present[-1]) + 1), 3), np.uint8)
    colors[: len(palette)] = palette
    found = _color_table(classes, encoding)[packed_colors(colors[None])[0]] - 1
    unknown = present[found[present] == _UNKNOWN]
    if len(unknown):
        raise MaskError(color_misfit(colors[raw.values], colors[unknown[0]], classes, encoding, name))
    table = np.zeros(65536, np.int32)
    table[: len(found)] = np.maximum(found, 0)
    return table


def _by_color(raw: RawMask, classes: ClassTable, encoding: Encoding, name: str) -> NDArray[Any]:
    values = raw.values
    if values.ndim == 2:
        if raw.palette is not None:
            values = raw.palette[np.minimum(values.astype(np.intp), len(raw.palette) - 1)]
        else:
            values = np.repeat(values[:, :, None], 3, axis=2)
    if values.dtype != np.uint8:
        raise MaskError(f"{name}: a color mask of 16 bits; class colors have 8: save the mask as 8-bit RGB PNG")
    found = _color_table(classes, encoding)[packed_colors(values)]
    if not found.all():
        row, column = np.argwhere(found == 0)[0]
        raise MaskError(color_misfit(values, values[row, column], classes, encoding, name))
    labels: NDArray[Any] = (found - 1).astype(classes.dtype)
    return labels


@lru_cache(maxsize=4)
def _color_table(classes: ClassTable, encoding: Encoding) -> NDArray[np.int32]:
    """(2**24,) class + 1 of each color, 0 where there is none: only the pages that colors lie in take memory."""
    table = np.zeros(2**24, np.int32)
    for color in encoding.ignored_colors:
        table[pack(color)] = classes.ignored + 1
    for number in reversed(range(len(classes))):  # of two classes with one color, the first counts
        table[pack(classes[number].color)] = (classes.ignored if number == classes.ignore else number) + 1
    return table

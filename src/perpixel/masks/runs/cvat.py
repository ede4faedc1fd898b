"""CVAT's masks: run lengths along the rows of a box, with its corners behind them, or as attributes of an XML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perpixel.errors import MaskError
from perpixel.masks.runs.numbers import counts_of, numbers_of
from perpixel.masks.runs.runs import Runs, checked_size
from perpixel.masks.runs.vot import box_counts, from_box
from perpixel.pictures import MAX_PIXELS

_ATTRIBUTES = ("rle", "left", "top", "width", "height")


def to_cvat(runs: Runs) -> list[int]:
    """The `points` of CVAT's API: counts inside the tightest box, then left, top, right and bottom, *inclusive*.

    CVAT has no empty mask; as in VOT's format it becomes one pixel outside at the corner.
    """
    (x0, y0, x1, y1), counts = box_counts(runs)
    return [*counts, x0, y0, x1 - 1, y1 - 1]


def from_cvat(points: Sequence[float], size: tuple[int, int], *, max_pixels: int = MAX_PIXELS) -> Runs:
    """The reverse, for a picture of `size` (height, width).

    Raises:
        MaskError: no such list, or a mask that leaves the picture.
    """
    size = checked_size(size, max_pixels=max_pixels)
    numbers = counts_of(points, what="CVAT mask")
    if len(numbers) < 5:
        raise MaskError(f"CVAT mask: {len(numbers)} numbers; counts and left, top, right, bottom are at least 5")
    left, top, right, bottom = numbers[-4:]
    return from_box((left, top, right + 1, bottom + 1), numbers[:-4], size, what="CVAT mask")


def to_cvat_attributes(runs: Runs) -> dict[str, str]:
    """The attributes of `<mask rle="..." left=... top=... width=... height=...>` in CVAT's XML."""
    (x0, y0, x1, y1), counts = box_counts(runs)
    values = [", ".join(map(str, counts)), str(x0), str(y0), str(x1 - x0), str(y1 - y0)]
    return dict(zip(_ATTRIBUTES, values, strict=True))


def from_cvat_attributes(attributes: Mapping[str, str], size: tuple[int, int], *, max_pixels: int = MAX_PIXELS) -> Runs:
    """The reverse, for a picture of `size` (height, width); other attributes are passed over.

    Raises:
        MaskError: an attribute that is missing or no number, or a mask that leaves the picture.
    """
    size = checked_size(size, max_pixels=max_pixels)
    missing = [name for name in _ATTRIBUTES if name not in attributes]
    if missing:
        raise MaskError(f"CVAT mask without {' and '.join(missing)}; it has {', '.join(_ATTRIBUTES)}")
    sides = [numbers_of(str(attributes[name]), what=f"CVAT mask, {name}") for name in _ATTRIBUTES[1:]]
    if any(len(side) != 1 for side in sides):
        raise MaskError("CVAT mask: left, top, width and height are one number each")
    (left,), (top,), (width,), (height,) = sides
    counts = numbers_of(str(attributes["rle"]), what="CVAT mask, rle", between=r"\s,")
    return from_box((left, top, left + width, top + height), counts, size, what="CVAT mask")

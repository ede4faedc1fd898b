"""The masks of the VOT tracking challenge: a box and, inside it, run lengths along the rows."""

from __future__ import annotations

import numpy as np

from perpixel.errors import MaskError
from perpixel.masks.runs.numbers import check_counts, numbers_of, shown
from perpixel.masks.runs.runs import Runs, checked_size, encode_mask, mask_counts
from perpixel.pictures import MAX_PIXELS


def to_vot(runs: Runs) -> str:
    """`m` and x0, y0, width, height, counts: the counts inside the tightest box, outside first, along the *rows*.

    The format has no empty mask: it becomes one pixel outside at the corner, `m0,0,1,1,1`, as the toolkit writes it.
    """
    (x0, y0, x1, y1), counts = box_counts(runs)
    return "m" + ",".join(map(str, [x0, y0, x1 - x0, y1 - y0, *counts]))


def from_vot(text: str, size: tuple[int, int], *, max_pixels: int = MAX_PIXELS) -> Runs:
    """The reverse, for a picture of `size` (height, width), which the text does not tell.

    Raises:
        MaskError: text that is no mask, or one that leaves the picture.
    """
    size = checked_size(size, max_pixels=max_pixels)
    text = text.strip()
    if not text.startswith("m"):
        raise MaskError(f"VOT mask {shown(text)}: a mask begins with m; without it this may be a box or a polygon")
    numbers = numbers_of(text[1:], what="VOT mask", between=r"\s,")
    if len(numbers) < 5:
        raise MaskError(f"VOT mask: {len(numbers)} numbers; x0, y0, width, height and counts are at least 5")
    x0, y0, width, height = numbers[:4]
    return from_box((x0, y0, x0 + width, y0 + height), numbers[4:], size, what="VOT mask")


def box_counts(runs: Runs) -> tuple[tuple[int, int, int, int], list[int]]:
    """The tightest box (one pixel where the mask is empty) and the counts inside it along the rows."""
    x0, y0, x1, y1 = runs.box if runs.area else (0, 0, 1, 1)
    inside = runs.decode(max_pixels=runs.size[0] * runs.size[1])[y0:y1, x0:x1]
    counts: list[int] = mask_counts(np.ascontiguousarray(inside), columns=False).tolist()
    return (x0, y0, x1, y1), counts


def from_box(box: tuple[int, int, int, int], counts: list[int], size: tuple[int, int], *, what: str) -> Runs:
    """The runs of counts along the rows of a box, half-open.

    Raises:
        MaskError: a box that is empty or leaves the picture, or counts that do not fill it.
    """
    x0, y0, x1, y1 = box
    if not (0 <= x0 < x1 <= size[1] and 0 <= y0 < y1 <= size[0]):
        raise MaskError(
            f"{what}: the box of {x1 - x0} x {y1 - y0} (width x height) at x {x0}, y {y0} is not inside of "
            f"{size[0]} x {size[1]} (height x width); is it the size of another picture?"
        )
    shape = y1 - y0, x1 - x0
    believed = check_counts(counts, shape[0] * shape[1], what=what, of=f"its box of {shape[0]} x {shape[1]}")
    mask = np.zeros(size, np.bool_)
    mask[y0:y1, x0:x1] = Runs((shape[1], shape[0]), believed).decode(max_pixels=shape[0] * shape[1]).T
    return encode_mask(mask)

"""Pictures to look at: two of each class, the emptiest, the oddest, and pairs of one photo."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass, color_of
from perpixel.data.annotation import Annotation
from perpixel.data.formats.painting import paint
from perpixel.data.inspecting.inspection import Inspection
from perpixel.data.inspecting.item import Looked
from perpixel.data.pair import read_pair
from perpixel.data.sample import Sample
from perpixel.draw import as_shown, overlay
from perpixel.draw.depth import depth_beside
from perpixel.errors import DataError
from perpixel.masks import decode_labels, read_raw
from perpixel.pictures import MAX_PIXELS, encode_jpeg, read_picture
from perpixel.results import Depth, LabelMap

WIDEST = 320  # pixels of an example
_EACH = 2
_MOST_CLASSES = 30
_COLORS = 24

Example = tuple[str, bytes]
"""A caption and a JPEG."""


def examples(found: Inspection) -> dict[str, list[Example]]:
    """Titles and examples; what cannot be read is left out."""
    shares = found.shares
    sections: dict[str, list[Example]] = {}
    if not len(shares.counts):
        alone = [place for place, look in enumerate(found.looks) if look.header][: 2 * _EACH]
        return {"pictures": _shown(found, alone)}
    areas = np.maximum(shares.judged, 1)[:, None]
    parts = shares.counts / areas
    odd = np.abs(parts - parts.mean(axis=0)).sum(axis=1)
    first = 1 if found.source.kind in ("semantic", "mask") and parts.shape[1] > 1 else 0
    sections["the emptiest"] = _shown(found, _places(found, np.argsort(parts[:, first:].sum(axis=1), kind="stable")))
    sections["the oddest: shares least like the others"] = _shown(
        found, _places(found, np.argsort(-odd, kind="stable"))
    )
    for number in np.argsort(parts.mean(axis=0), kind="stable")[:_MOST_CLASSES].tolist():  # rare ones first
        order = np.argsort(-parts[:, number], kind="stable")
        here = order[: int((parts[:, number] > 0).sum())]
        chosen = here[[0, len(here) // 2]] if len(here) > 1 else here  # where it is largest, and where it is usual
        sections[f"class {number}: {shares.names[number]}"] = _shown(found, _places(found, chosen))
    by_name = {(look.item.split, look.item.name): place for place, look in enumerate(found.looks)}
    worst = sorted(found.copies, key=lambda group: -len(group.splits))[:3]
    pairs = [by_name[name] for group in worst for name in group.names[:2]]
    return {"pictures of one photo": _shown(found, pairs), **sections}


def _places(found: Inspection, rows: NDArray[np.intp]) -> list[int]:
    return [found.shares.places[row] for row in rows[:_EACH].tolist()]


def _shown(found: Inspection, places: list[int]) -> list[Example]:
    made = []
    for place in places:
        look = found.looks[place]
        try:
            made.append((f"{look.item.split}: {look.item.name}", _jpeg(_drawn(found, look))))
        except (DataError, ValueError, OSError):
            continue  # it is among the problems
    return made


def _drawn(found: Inspection, look: Looked) -> NDArray[np.uint8]:
    """The picture beside the picture with its truth over it."""
    item, classes, encoding = look.item, found.coding.classes, found.coding.encoding
    if item.mask is not None and classes is not None and encoding is not None:
        if item.picture is None:
            labels = decode_labels(read_raw(item.mask), classes, encoding, name=str(item.mask))
            return overlay(np.zeros((*labels.size, 3), np.uint8), labels, legend=False)
        sample = Sample(item.name, item.picture, item.mask)
        channels = 1 if look.header is not None and look.header.channels == 1 else 3
        image, truth = read_pair(sample, classes, encoding, channels=channels, max_pixels=MAX_PIXELS)
        return _beside(image, overlay(image, truth, legend=False))
    if item.picture is None:
        raise DataError(f"{item.name}: there is no picture to show")
    image = read_picture(item.picture)
    if item.read is None:
        return as_shown(image)
    layers = item.read()
    if isinstance(layers, Depth):
        return depth_beside(image, layers)
    if not isinstance(layers, Annotation):
        return _beside(image, overlay(image, layers, legend=False))
    return _beside(image, overlay(image, _regions(layers), legend=False))


def _regions(truth: Annotation) -> LabelMap:
    """Every region in a color, things that lie side by side mostly in others."""
    table = ClassTable(tuple(SegmentClass(str(n), color_of(n)) for n in range(1, _COLORS + 1)))
    numbers = [region.label if region.thing is None else number for number, region in enumerate(truth.regions, start=1)]
    painted = paint(
        [region.runs for region in truth.regions], [n % _COLORS for n in numbers], truth.size, background=255
    )
    return LabelMap(painted.astype(np.uint8), table)


def _beside(image: NDArray[Any], drawn: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.concatenate((as_shown(image), drawn), axis=1)


def _jpeg(image: NDArray[np.uint8]) -> bytes:
    scale = min(2 * WIDEST / image.shape[1], 1)
    size = max(round(image.shape[1] * scale), 1), max(round(image.shape[0] * scale), 1)
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return encode_jpeg(small, quality=80)

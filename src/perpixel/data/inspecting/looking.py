"""A look at every picture and its truth, on several threads; what is broken is told and never stops the others."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.data.annotation import Annotation
from perpixel.data.formats.painting import paint
from perpixel.data.inspecting.item import Distances, Item, Looked, Regions, Truth
from perpixel.data.inspecting.values import MaskValues, mask_values
from perpixel.data.pair import turn_of_mask
from perpixel.data.signatures import signature_of
from perpixel.errors import DataError
from perpixel.masks import RawMask
from perpixel.masks.runs import union
from perpixel.pictures import Header, read_bytes, read_header
from perpixel.results import Depth, Layers

_TOGETHER = 8  # pictures that a thread takes at once


def look_at_all(
    items: Sequence[Item], classes: int, *, max_pixels: int, progress: Callable[[int, int], None] | None = None
) -> list[Looked]:
    """A look at each, in order.

    Args:
        items: what to look at.
        classes: how many there are, where truths are regions.
        max_pixels: no larger picture is decoded.
        progress: called with how many are done, and of how many.
    """
    found = []
    for done, looked in enumerate(_in_order(items, classes, max_pixels), start=1):
        found.append(looked)
        if progress is not None:
            progress(done, len(items))
    return found


def look_at(item: Item, classes: int, *, max_pixels: int) -> Looked:
    """A look at one."""
    looked = Looked(item) if item.picture is None else _look_at_picture(item, item.picture, max_pixels)
    if not item.has_truth:
        return looked
    try:
        truth: MaskValues | Regions | Distances
        if item.mask is not None:
            truth = mask_values(item.mask, max_pixels=max_pixels)
            turned = looked.header and item.picture and _turned(truth, looked.header, item.mask, item.picture)
            looked = replace(looked, turned=True) if turned else looked
        else:
            truth = _facts(item.read(), classes) if item.read is not None else Regions((0, 0), np.zeros(0, int))
            if looked.header is not None and truth.size != looked.header.upright_size:
                (height, width), (tall, wide) = truth.size, looked.header.upright_size
                raise DataError(f"{item.picture}: the picture is {tall} x {wide}, its truth is {height} x {width}")
    except (DataError, ValueError, OSError) as error:
        return replace(looked, problems=(*looked.problems, str(error)))
    return replace(looked, truth=truth)


def distances(truth: Depth) -> Distances:
    """How far a depth map reaches, by one pixel of nine."""
    metres = truth.metres[::3, ::3][truth.valid[::3, ::3]]
    near, middle, far = np.percentile(metres, (1, 50, 99)).tolist() if metres.size else [np.nan] * 3
    return Distances(truth.size, int(np.count_nonzero(truth.valid)), near, middle, far)


def _facts(truth: Truth, classes: int) -> Regions | Distances:
    return distances(truth) if isinstance(truth, Depth) else count_regions(truth, classes)


def count_regions(truth: Annotation | Layers, classes: int) -> Regions:
    """The counts of a truth of layers or regions."""
    if not isinstance(truth, Annotation):
        masks = truth.masks if truth.judged is None else truth.masks & truth.judged
        ignored = 0 if truth.judged is None else int(np.count_nonzero(~truth.judged))
        counts = np.array([np.count_nonzero(mask) for mask in masks], np.int64)
        overlapping = bool(counts.sum() > np.count_nonzero(masks.any(axis=0)))
        return Regions(truth.size, counts, ignored, overlapping=overlapping)
    counts = np.zeros(classes, np.int64)
    for region in truth.regions:
        counts[region.label] += region.runs.area
    runs = [region.runs for region in truth.regions]
    overlapping = bool(runs) and int(counts.sum()) > union(runs).area
    things = [region.runs for region in truth.regions if region.thing is not None]
    touching = 0
    if len(things) > 1:
        touching = count_touching(paint(things, range(1, len(things) + 1), truth.size))
    ignored = 0 if truth.ignored is None else truth.ignored.area
    return Regions(truth.size, counts, ignored, len(things), touching, overlapping)


def count_touching(ids: NDArray[Any]) -> int:
    """How many of the things in (H, W), 0 where there is none, have a pixel side by side with one of another."""
    found = []
    for one, other in ((ids[:, :-1], ids[:, 1:]), (ids[:-1], ids[1:])):
        side_by_side = (one != other) & (one > 0) & (other > 0)
        found += [one[side_by_side], other[side_by_side]]
    return len(np.unique(np.concatenate(found)))


def _look_at_picture(item: Item, picture: Path, max_pixels: int) -> Looked:
    try:
        data = read_bytes(picture)
        header = read_header(data, max_pixels=max_pixels, name=str(picture))
    except DataError as error:
        return Looked(item, problems=(str(error),))
    signature = signature_of(data, max_pixels=max_pixels, name=str(picture))
    problems = (signature.problem,) if signature.problem else ()
    return Looked(item, header, signature, problems=problems)


def _turned(truth: MaskValues, header: Header, mask: Path, picture: Path) -> bool:
    """Whether the mask turns with its picture.

    Raises:
        MaskError: it has another size.
    """
    if truth.size == header.size and truth.orientation == header.orientation == 1:  # nearly always
        return False
    raw = RawMask(np.broadcast_to(np.uint8(0), truth.size), None, truth.orientation)
    return turn_of_mask(raw, header, mask_name=mask, picture_name=picture) != 1


def _in_order(items: Sequence[Item], classes: int, max_pixels: int) -> Iterator[Looked]:
    """A few ahead: decoding leaves Python's lock."""
    threads = min(os.cpu_count() or 1, 8)

    def look(start: int) -> list[Looked]:
        return [look_at(item, classes, max_pixels=max_pixels) for item in items[start : start + _TOGETHER]]

    with ThreadPoolExecutor(threads) as pool:
        waiting: list[Future[list[Looked]]] = []
        try:
            for start in range(0, len(items), _TOGETHER):
                waiting.append(pool.submit(look, start))
                if len(waiting) > 2 * threads:
                    yield from waiting.pop(0).result()
            while waiting:
                yield from waiting.pop(0).result()
        finally:
            for future in waiting:
                future.cancel()

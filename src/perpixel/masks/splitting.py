"""Instances without training: the connected pieces of a mask, cut at their waists where things barely touch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.kernels.grouping import hills
from perpixel.masks.components import components
from perpixel.results import Instances, LabelMap


def split(
    answer: NDArray[np.bool_] | LabelMap,
    *,
    depth: float | None = 1.0,
    least_area: int = 0,
    things: Sequence[str] | None = None,
) -> Instances:
    """Count what a mask or a label map shows: each piece that hangs together by the sides of its pixels is a thing.

    A piece with several round parts is cut between them: the watershed of how far inside each pixel is. That is enough
    for cells and cars that stand apart or touch at a narrow place; what overlaps broadly, has no waist, or is hidden in
    the middle by something else needs a network that was trained on instances.

        >>> mask = np.zeros((20, 40), bool)
        >>> mask[5:15, 3:13] = mask[5:15, 17:27] = mask[9:11, 13:17] = True  # two squares and a bridge
        >>> len(split(mask)), len(split(mask, depth=None))
        (2, 1)

    Args:
        answer: (H, W) bool, of one kind of thing; or a label map.
        depth: pixels by which a waist must be narrower, from its middle to its side, than the narrower of the two
            parts. Greater cuts less; None never cuts: connected components.
        least_area: pixels; smaller things are dropped, after cutting.
        things: names of the classes to count in a label map. None takes those that its class table calls things.

    Returns:
        Instances numbered class by class, and row by row in each. Scores are the mean confidence where the label map
        has one, else 1.

    Raises:
        ValueError: a mask that is not (H, W) bool, names for a mask, an unknown name, no class that is a thing, or a
            depth or area below 0.

    The depth is the dynamics of a summit of the distance transform: Soille, Morphological Image Analysis, 2003.
    """
    if (depth is not None and not depth >= 0) or least_area < 0:
        raise ValueError(f"depth {depth} and least_area {least_area}; neither may be below 0")
    if isinstance(answer, LabelMap):
        classes, confidence = answer.classes, answer.confidence
        chosen = counted_classes(classes, things)
        masks = [answer.labels == label for label in chosen]
    else:
        if answer.ndim != 2 or answer.dtype != np.bool_:
            raise ValueError(f"the mask is {answer.dtype} {answer.shape}; expected bool (H, W)")
        if things is not None:
            raise ValueError("a mask has no classes: leave out `things`")
        classes, confidence, chosen, masks = ClassTable.named(["thing"]), None, [0], [answer]
    pieces = [_pieces(mask, depth) for mask in masks]
    labels = np.repeat(np.array(chosen, np.intp), [int(piece.max(initial=0)) for piece in pieces])
    ids = np.zeros(masks[0].shape, np.int32)
    count = 0
    for piece in pieces:
        ids += np.where(piece > 0, piece + np.int32(count), 0)
        count += int(piece.max(initial=0))
    found = Instances(ids, labels, classes, _scores(ids, count, confidence))
    return found[found.areas >= max(least_area, 1)]


def counted_classes(classes: ClassTable, things: Sequence[str] | None) -> list[int]:
    """The numbers of the classes with these names, ascending; None takes those that the table calls things.

    Raises:
        ValueError: an unknown name, no name at all, or no class that is a thing.
    """
    if things is not None:
        if not things or isinstance(things, str):
            raise ValueError(f"things is {things!r}; give the names of one class or more in a list")
        return sorted({classes.index(name) for name in things})
    chosen = [number for number, entry in enumerate(classes) if entry.thing]
    if not chosen:
        raise ValueError(
            f"none of the classes {', '.join(classes.names)} is a thing in the class table: name those to be counted "
            "(things=[...], --things-of)"
        )
    return chosen


def _pieces(mask: NDArray[np.bool_], depth: float | None) -> NDArray[np.int32]:
    """Ids (H, W) from 1 on. What lies beyond the picture counts as more of the same."""
    if not mask.any():
        return np.zeros(mask.shape, np.int32)
    if depth is None:
        return components(mask)
    inside = np.ascontiguousarray(mask).view(np.uint8)
    return hills(cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), mask, depth=depth)


def _scores(ids: NDArray[np.int32], count: int, confidence: NDArray[Any] | None) -> NDArray[np.float32]:
    if confidence is None:
        return np.ones(count, np.float32)
    areas = np.bincount(ids.ravel(), minlength=count + 1)[1:]
    sums = np.bincount(ids.ravel(), weights=confidence.ravel(), minlength=count + 1)[1:]
    return np.clip(sums / areas, 0, 1).astype(np.float32)

"""Regions to maps of labels and ids, and back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.data.annotation import Annotation, Region
from perpixel.errors import MaskError
from perpixel.kernels.run_lengths import paint_runs
from perpixel.masks.runs import Runs, encode_mask, labels_to_runs
from perpixel.masks.runs.runs import together


def paint(masks: Sequence[Runs], values: Sequence[int], size: tuple[int, int], *, background: int = 0) -> NDArray[Any]:
    """A map (H, W) int32 with the value of the last mask that has the pixel, `background` where none has."""
    if not masks:
        return np.full(size, background, np.int32)
    return paint_runs(together(masks), np.array(values, np.int32), size, background=background)


def paint_labels(annotation: Annotation, classes: ClassTable) -> NDArray[Any]:
    """The label map (H, W) of an annotation; `classes.ignored` where nothing is or nothing is judged."""
    regions = annotation.regions
    labels = paint(
        [region.runs for region in regions],
        [region.label for region in regions],
        annotation.size,
        background=classes.ignored,
    ).astype(classes.dtype)
    if annotation.ignored is not None:
        labels[annotation.ignored.decode(max_pixels=labels.size)] = classes.ignored
    return labels


def labels_annotation(labels: NDArray[Any], classes: ClassTable) -> Annotation:
    """Every class that occurs in a label map as one region."""
    runs = labels_to_runs(labels)
    ignored = runs.pop(classes.ignored, None)
    return Annotation(labels.shape, tuple(Region(label, own) for label, own in runs.items()), ignored)


def layers_annotation(masks: NDArray[np.bool_], judged: NDArray[np.bool_] | None = None) -> Annotation:
    """Every mask of (K, H, W) with a pixel as one region of its class."""
    regions = tuple(Region(label, encode_mask(mask)) for label, mask in enumerate(masks) if mask.any())
    ignored = None if judged is None or judged.all() else encode_mask(~judged)
    return Annotation(masks.shape[1:], regions, ignored)


def things_annotation(
    labels: NDArray[Any], ids: NDArray[Any], classes: ClassTable, *, background: int | None = None, name: str
) -> Annotation:
    """A label map and a map of the ids of things together; what is of no thing is a region a class.

    Args:
        labels: (H, W) classes, `classes.ignored` where nothing is judged.
        ids: (H, W) 0 where there is no thing.
        classes: of `labels`.
        background: the class that is no region.
        name: of the file of the ids, for errors.

    Raises:
        MaskError: pixels of two classes have one id.
    """
    things = np.where(labels == classes.ignored, 0, ids).astype(np.int32)
    pairs = np.unique(things.astype(np.int64) << 16 | labels)
    owners = dict[int, int]()
    for number, label in zip((pairs >> 16).tolist(), (pairs & 0xFFFF).tolist(), strict=True):
        first = owners.setdefault(number, label)
        if number and first != label:
            raise MaskError(
                f"{name}: id {number} has pixels of {classes[first].name} and of {classes[label].name}; "
                "a thing has one class: give each its own id, or mend the map of the classes"
            )
    rest = labels_to_runs(np.where(things > 0, np.asarray(classes.ignored, labels.dtype), labels))
    regions = [Region(label, runs) for label, runs in rest.items() if label not in (classes.ignored, background)]
    regions += [
        Region(owners[number], runs, number)
        for number, runs in labels_to_runs(things, ignore=0).items()
        if owners[number] != background
    ]
    ignored = labels == classes.ignored
    return Annotation(labels.shape, tuple(regions), encode_mask(ignored) if ignored.any() else None)


def shifted(annotation: Annotation, by: int) -> Annotation:
    """The same with class numbers larger by `by`."""
    regions = tuple(replace(region, label=region.label + by) for region in annotation.regions)
    return replace(annotation, regions=regions)

"""A collection of one kind as one of another: the only place where things become classes, and backgrounds come and go.

- To semantic and panoptic, from regions alone: what is in none becomes the first class, `background`, and later regions
  cover earlier ones.
- To instance and multilabel, from label maps: a first class called background is no class any more. A class is one
  region as before: its parts are not made things, for nobody has said that they are.
- To semantic and multilabel: the things of a class become one region.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from perpixel.classes import ClassTable
from perpixel.classes.background import has_background, with_background, without_background
from perpixel.data.annotation import Annotation, Collection, Entry, Kind, Region
from perpixel.data.formats.format import Format
from perpixel.data.formats.painting import paint, shifted
from perpixel.masks.runs import Runs, encode_mask, labels_to_runs, union

Step = Callable[[Annotation], Annotation]

_PREFERRED: dict[Kind, tuple[Kind, ...]] = {
    "semantic": ("panoptic", "multilabel", "instance"),
    "multilabel": ("instance", "semantic", "panoptic"),
    "instance": ("panoptic", "semantic", "multilabel"),
    "panoptic": ("instance", "semantic", "multilabel"),
}
_WHOLE: tuple[Kind, ...] = ("semantic", "panoptic")  # every pixel has one class


@dataclass(frozen=True)
class Adaptation:
    """How truths of one kind become those of another.

    Attributes:
        kind: what they become.
        classes: what their numbers mean then.
        steps: what is done to each.
    """

    kind: Kind
    classes: ClassTable
    steps: tuple[Step, ...] = ()

    def __call__(self, annotation: Annotation) -> Annotation:
        """A truth as one of the kind."""
        for step in self.steps:
            annotation = step(annotation)
        return annotation


def adaptation(collection: Collection, form: Format) -> Adaptation:
    """How a collection becomes one that a format holds: of its own kind, or of the one that loses least."""
    source, classes = collection.kind, collection.classes
    target = next(kind for kind in (source, *_PREFERRED[source]) if kind in form.holds)
    steps = list[Step]()
    if source == target:
        return Adaptation(target, classes)
    if source in _WHOLE and target not in _WHOLE and has_background(classes):
        classes = without_background(classes)
        steps.append(_without_first)
    if source == "panoptic" and target == "instance" and "stuff" in form.lost:
        steps.append(_things)
    if source not in _WHOLE and target in _WHOLE:
        classes = with_background(_countable(classes, source == "instance"))
        steps.append(_over_background)
    if source == "semantic" and target == "panoptic":
        classes = _countable(classes, False)
    if target in ("semantic", "multilabel"):
        steps.append(_by_class)
    return Adaptation(target, classes, tuple(steps))


def adapt(collection: Collection, how: Adaptation) -> Collection:
    """A collection whose entries are adapted when they are read."""
    splits = {
        split: tuple(replace(entry, read=partial(_adapted, entry, how)) for entry in entries)
        for split, entries in collection.splits.items()
    }
    return replace(collection, kind=how.kind, classes=how.classes, splits=splits)


def _adapted(entry: Entry, how: Adaptation) -> Annotation:
    return how(entry.read())


def _countable(classes: ClassTable, thing: bool) -> ClassTable:
    return replace(classes, classes=tuple(replace(entry, thing=thing) for entry in classes))


def _without_first(annotation: Annotation) -> Annotation:
    regions = tuple(region for region in annotation.regions if region.label)
    return shifted(replace(annotation, regions=regions), -1)


def _things(annotation: Annotation) -> Annotation:
    regions = tuple(region for region in annotation.regions if region.thing is not None or region.crowd)
    return replace(annotation, regions=regions)


def _over_background(annotation: Annotation) -> Annotation:
    """Every pixel of one region at most, and the rest of a region of class 0."""
    regions = annotation.regions
    ids = paint([region.runs for region in regions], range(1, len(regions) + 1), annotation.size)
    ignored = annotation.ignored
    if ignored is not None:
        ids[ignored.decode(max_pixels=ids.size)] = -1
    runs = labels_to_runs(ids, ignore=-1)
    left = [Region(0, runs.pop(0))] if 0 in runs else []
    kept = [replace(regions[n - 1], label=regions[n - 1].label + 1, runs=own) for n, own in runs.items()]
    return Annotation(annotation.size, (*left, *kept), ignored)


def _by_class(annotation: Annotation) -> Annotation:
    """One region a class."""
    by_class: dict[int, list[Runs]] = {}
    for region in annotation.regions:
        by_class.setdefault(region.label, []).append(region.runs)
    regions = tuple(Region(label, union(by_class[label])) for label in sorted(by_class))
    return replace(annotation, regions=regions)


def shared_pixels(annotation: Annotation) -> Runs | None:
    """The pixels that several regions have; None if there are none."""
    regions = annotation.regions
    if not regions or sum(region.runs.area for region in regions) == union(each.runs for each in regions).area:
        return None
    counts = np.zeros(annotation.size, np.int32)
    for region in regions:
        counts += region.runs.decode(max_pixels=counts.size)
    return encode_mask(counts > 1)

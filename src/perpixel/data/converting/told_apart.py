"""Things of label maps, told apart without training as they are converted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from perpixel.data.annotation import Annotation, Collection, Region
from perpixel.data.formats.painting import paint_labels
from perpixel.errors import DataError
from perpixel.masks.counted import Counted, Way
from perpixel.masks.runs import labels_to_runs
from perpixel.results import LabelMap


@dataclass(frozen=True)
class ToldApart:
    """Makes instances of a collection of label maps.

    Attributes:
        way, names, least_area: as `masks.counted.Counted` has them.
    """

    way: Way
    names: Sequence[str] | None = None
    least_area: int = 0

    def __call__(self, collection: Collection) -> Collection:
        """The same pictures; each is read and split only when its truth is asked for.

        Raises:
            DataError: its truth is no label maps.
            ValueError: no class of it is counted.
        """
        if collection.kind != "semantic":
            raise DataError(
                f"{collection.root}: the truth is {collection.kind}; things are told apart in label maps, of which "
                "each pixel has one class (semantic)"
            )
        counted = Counted(collection.classes, self.way, self.names, self.least_area)
        splits = {
            split: tuple(replace(entry, read=partial(_read, entry.read, counted)) for entry in entries)
            for split, entries in collection.splits.items()
        }
        words = f"{collection.words}; things by {self.way}"
        return replace(collection, kind="instance", classes=counted.classes, splits=splits, words=words)


def _read(read: Callable[[], Annotation], counted: Counted) -> Annotation:
    truth = read()
    found = counted(LabelMap(paint_labels(truth, counted.of), counted.of))
    things = labels_to_runs(found.ids, ignore=0).items()
    regions = tuple(Region(int(found.labels[number - 1]), runs, number) for number, runs in things)
    return Annotation(truth.size, regions, truth.ignored)

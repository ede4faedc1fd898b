"""Data sets of small label maps and id maps, in memory, for tests of formats of masks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from small_collection import put_picture_of

from perpixel.classes import ClassTable, SegmentClass, color_of
from perpixel.data.annotation import Annotation, Collection, Entry, Kind
from perpixel.data.formats.format import Format, Reading
from perpixel.data.formats.painting import labels_annotation, things_annotation

IGNORED = 255
SIZES = st.tuples(st.integers(1, 6), st.integers(1, 7))
MAPS = SIZES.flatmap(lambda size: arrays(np.uint8, size, elements=st.sampled_from([0, 1, 2, IGNORED])))
"""Label maps of the three classes of `TABLE`, with pixels that are not judged; also of one row or column."""

TABLE = ClassTable(
    (
        SegmentClass("background", (0, 0, 0)),
        SegmentClass("cat", color_of(1), thing=True),
        SegmentClass("street lamp", color_of(2), thing=True),
    )
)
IDS = SIZES.flatmap(lambda size: arrays(np.int32, size, elements=st.sampled_from([0, 1, 2, 3])))
"""Maps of ids of up to three things."""

Maps = Mapping[str, Mapping[str, NDArray[Any]]]


def semantic(root: Path, maps: Maps, classes: ClassTable = TABLE) -> Collection:
    """Label maps by split and name, with gray pictures."""
    return _collection(
        root, {split: {name: labels_annotation(m, classes) for name, m in own.items()} for split, own in maps.items()},
        "semantic", classes,
    )  # fmt: skip


def panoptic(root: Path, maps: Maps, classes: ClassTable = TABLE) -> Collection:
    """Maps of ids: things 1 and 3 are cats, 2 is a lamp, 0 is background."""
    table = np.array([0, 1, 2, 1], np.uint8)
    truths = {
        split: {name: things_annotation(table[ids], ids, classes, name=name) for name, ids in own.items()}
        for split, own in maps.items()
    }
    return _collection(root, truths, "panoptic", classes)


def truths(collection: Collection) -> dict[tuple[str, str], Any]:
    """By split and picture: size, what is not judged, and class, pixels and being a thing of each region, sorted."""
    found = {}
    for split, entry in collection.entries:
        truth = entry.read()
        regions = sorted(
            (collection.classes[region.label].name, region.runs.counts.tolist(), region.thing is not None, region.crowd)
            for region in truth.regions
        )
        ignored = None if truth.ignored is None else truth.ignored.counts.tolist()
        found[split, entry.name] = (truth.size, ignored, regions)
    return found


def put(form: Format, drawn: Collection, out: Path, *, pictures: bool) -> None:
    """Write a collection."""
    assert form.write is not None
    out.mkdir(parents=True, exist_ok=True)
    form.write(drawn, out, pictures=pictures, progress=None)


def assert_comes_back(form: Format, drawn: Collection, *, pictures: bool = True) -> Collection:
    """Write and read again: recognized, of the same kind, and the same to the pixel."""
    with TemporaryDirectory() as folder:
        put(form, drawn, Path(folder), pictures=pictures)
        assert form.recognize(Path(folder))
        again = form.read(Path(folder), Reading())
        assert again.kind == drawn.kind
        assert truths(again) == truths(drawn)
        for _, entry in again.entries:
            assert (entry.picture is not None and entry.picture.is_file()) == pictures
    return again


def _collection(
    root: Path, truths: Mapping[str, Mapping[str, Annotation]], kind: Kind, classes: ClassTable
) -> Collection:
    splits = {
        split: tuple(
            Entry(name, put_picture_of(root / split / f"{name}.png", truth.size), lambda truth=truth: truth)  # type: ignore[misc]
            for name, truth in own.items()
        )
        for split, own in truths.items()
    }
    return Collection(root, "drawn", kind, classes, splits, "drawn")

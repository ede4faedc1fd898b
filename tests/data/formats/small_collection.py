"""Small data sets in memory, written and read back; and reading what is damaged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass, color_of
from perpixel.data.annotation import Annotation, Collection, Entry, Kind, Region
from perpixel.data.formats.format import Format, Reading
from perpixel.errors import DataError
from perpixel.masks.runs import Runs, encode_mask, union
from perpixel.pictures import write_png

Drawn = tuple[int, NDArray[np.bool_]]
"""The number of a class, and pixels (H, W)."""

NAMES = ("cat", "dog", "street lamp")


json_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(-5, 12), st.floats(), st.sampled_from(["", "a.png", "cat", "6230009"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["id", "size"]), inner)),
    max_leaves=6,
)
"""Whatever may stand in a JSON file."""


def put_picture_of(path: Path, size: tuple[int, int]) -> Path:
    """A gray picture of this size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_png(path, np.full(size, 100, np.uint8))
    return path


def table_of(names: Sequence[str] = NAMES, *, thing: bool = False) -> ClassTable:
    return ClassTable(tuple(SegmentClass(name, color_of(n), thing=thing) for n, name in enumerate(names, 1)))


def collection_of(
    root: Path,
    splits: Mapping[str, Mapping[str, Sequence[Drawn]]],
    *,
    kind: Kind = "instance",
    size: tuple[int, int] = (6, 9),
    names: Sequence[str] = NAMES,
) -> Collection:
    """A collection of these pictures; a picture without masks is of `size`."""
    found = {}
    for split, pictures in splits.items():
        entries = []
        for name, drawn in pictures.items():
            shape = drawn[0][1].shape if drawn else size
            picture = put_picture_of(root / split / f"{name}.png", (shape[0], shape[1]))
            things = kind in ("instance", "panoptic")
            regions = tuple(
                Region(label, encode_mask(mask), number if things else None)
                for number, (label, mask) in enumerate(drawn, start=1)
            )
            truth = Annotation((shape[0], shape[1]), regions)
            entries.append(Entry(name, picture, lambda truth=truth: truth))  # type: ignore[misc]
        found[split] = tuple(entries)
    return Collection(root, "drawn", kind, table_of(names), found, "drawn")


def written(form: Format, collection: Collection, out: Path, reading: Reading | None = None) -> Collection:
    """What is read of what was written; the format must recognize it."""
    out.mkdir()
    assert form.write is not None
    form.write(collection, out, pictures=True, progress=None)
    assert form.recognize(out)
    return form.read(out, reading or Reading())


def regions(collection: Collection) -> dict[tuple[str, str], list[tuple[str, Runs]]]:
    """By split and picture, class names and masks, in order."""
    return {
        (split, entry.name): [(collection.classes.names[region.label], region.runs) for region in entry.read().regions]
        for split, entry in collection.entries
    }


def by_class(collection: Collection) -> dict[tuple[str, str], dict[str, Runs]]:
    """By split and picture, the pixels of every class that occurs."""
    return {
        key: {name: union(runs for own, runs in found if own == name) for name in dict(found)}
        for key, found in regions(collection).items()
    }


def read_or_refuse(form: Format, path: Path, reading: Reading | None = None) -> None:
    """Read everything; nothing but a DataError may come of it."""
    form.recognize(path)
    with suppress(DataError):
        for _, entry in form.read(path, reading or Reading(max_pixels=1_000_000)).entries:
            with suppress(DataError):
                entry.read()


def random_masks(generator: np.random.Generator, count: int, size: tuple[int, int]) -> list[Drawn]:
    """Masks of random pixels and classes, none empty."""
    masks: list[Drawn] = []
    for _ in range(count):
        mask: NDArray[Any] = generator.random(size) < 0.4
        mask[generator.integers(size[0]), generator.integers(size[1])] = True
        masks.append((int(generator.integers(len(NAMES))), mask))
    return masks


def change(data: Any, place: int, value: Any) -> None:
    """Put the value at some place of a tree of lists and dicts."""
    places: list[tuple[Any, Any]] = []
    waiting = [data]
    while waiting:
        node = waiting.pop(0)
        keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
        places += [(node, key) for key in keys]
        waiting += [node[key] for key in keys]
    if places:
        node, key = places[place % len(places)]
        node[key] = value

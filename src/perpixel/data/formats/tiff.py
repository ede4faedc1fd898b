"""TIFF masks of several bands, one for each class; and of several pages, a layer each.

A page's name (TIFF's PageName) says what it is: `car` is the class, `car #2` a thing of it. Pages without names are the
classes in order, if there are as many, or else things. Where a picture has as many pages as its mask, see
`tiff_slices`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable, SegmentClass, color_of
from perpixel.data.annotation import Annotation, Collection, Entry, Kind, Region
from perpixel.data.formats.format import Format, Progress, Reading
from perpixel.data.formats.georeference import georeference
from perpixel.data.formats.index_png import save_table
from perpixel.data.formats.label_folders import mask_files
from perpixel.data.formats.painting import layers_annotation
from perpixel.data.formats.paired_files import paired, photo_of
from perpixel.data.formats.picture_files import place_of, put_picture, split_folder
from perpixel.data.formats.tiff_pages import Facts, Page, read_pages, tiff_facts, write_bands, write_pages
from perpixel.data.formats.tiff_slices import are_slices, read_slices
from perpixel.data.formats.writing import truths
from perpixel.data.sample import Sample
from perpixel.data.tables import stated_table
from perpixel.errors import DataError, MaskError
from perpixel.masks.runs import Runs, encode_mask
from perpixel.pictures import picture_size

_INSIDE, _NOTHING = 255, "nothing"
_NUMBER = re.compile(r" #\d+$")


def _first(path: Path, masks: str | None = None) -> Facts | None:
    try:
        files = mask_files(path, masks) if path.is_dir() else []
    except DataError:
        return None
    return tiff_facts(path / files[0]) if files else None


def _are_bands(path: Path) -> bool:
    facts = _first(path)
    return facts is not None and facts.pages == 1 and facts.bands > 1 and not facts.colors


def _are_pages(path: Path) -> bool:
    facts = _first(path)
    return facts is not None and (facts.pages > 1 or bool(facts.names[0]))


def _read(path: Path, reading: Reading, *, format: str) -> Collection:
    if _first(path, reading.masks) is None:
        raise DataError(f"{path}: there are no TIFF masks in a folder such as masks/; give the folder, or name it")
    masks = mask_files(path, reading.masks)
    splits = paired(path, masks, folder=reading.masks, pictures=reading.pictures)
    samples = [sample for own in splits.values() for sample in own]
    table = stated_table(path, reading.classes, None)[0]
    if format == "tiff-pages" and are_slices(samples[0]):
        return read_slices(path, splits, table, reading)
    classes, things = _of_pages(samples, table) if format == "tiff-pages" else (table or _bands(samples[0]), False)
    kind: Kind = "instance" if things else "multilabel"
    entries = {
        split: tuple(
            Entry(sample.name, photo_of(sample), _Truth(sample, classes, things, reading.max_pixels)) for sample in own
        )
        for split, own in splits.items()
    }
    what = "a thing" if things else "a class"
    words = f"TIFF masks, {what} a {'page' if format == 'tiff-pages' else 'band'}: {', '.join(classes.names[:8])}"
    return Collection(path, format, kind, classes, entries, words)


def _bands(sample: Sample) -> ClassTable:
    facts = tiff_facts(_mask(sample))
    return ClassTable.named([f"band_{number}" for number in range(1, (facts.bands if facts else 1) + 1)])


def _of_pages(samples: Sequence[Sample], table: ClassTable | None) -> tuple[ClassTable, bool]:
    """The classes, and whether pages are things."""
    every = [facts.names for sample in samples if (facts := tiff_facts(_mask(sample))) is not None]
    named = list(dict.fromkeys(name for names in every for name in names if name not in ("", _NOTHING)))
    if named:
        table = table or ClassTable.named(list(dict.fromkeys(_NUMBER.sub("", name) for name in named)))
        return table, any(name not in table.names and _NUMBER.search(name) for name in named)
    if table is not None and len(table) > 1 and all(len(names) == len(table) for names in every):
        return table, False
    return table or ClassTable((SegmentClass("thing", color_of(1), thing=True),)), True


@dataclass(frozen=True)
class _Truth:
    """Reads the layers of one picture."""

    sample: Sample
    classes: ClassTable
    things: bool
    max_pixels: int

    def __call__(self) -> Annotation:
        path, photo = _mask(self.sample), photo_of(self.sample)
        pages = read_pages(path, max_pixels=self.max_pixels)
        size = pages[0].values.shape if photo is None else picture_size(photo, max_pixels=self.max_pixels)
        for number, page in enumerate(pages, start=1):
            _check(path, number, page, size)
        if not self.things and not any(page.name for page in pages):
            return self._in_order(path, np.stack([page.values > 0 for page in pages]))
        found = [(page, encode_mask(page.values > 0)) for page in pages if page.values.any()]
        regions = tuple(
            Region(self._label(path, page), runs, number if self.things else None)
            for number, (page, runs) in enumerate(found, start=1)
        )
        return Annotation(size, regions)

    def _in_order(self, path: Path, masks: NDArray[np.bool_]) -> Annotation:
        if len(masks) != len(self.classes):
            raise MaskError(f"{path}: {len(masks)} layers, but {len(self.classes)} classes; each needs one")
        return layers_annotation(masks)

    def _label(self, path: Path, page: Page) -> int:
        if self.things and not page.name:
            return 0
        try:
            return self.classes.index(page.name if page.name in self.classes.names else _NUMBER.sub("", page.name))
        except ValueError as error:
            raise MaskError(f"{path}: a page is called {page.name!r}: {error}") from error


def _check(path: Path, number: int, page: Page, size: tuple[int, ...]) -> None:
    if page.values.shape != size:
        raise MaskError(f"{path}: layer {number} is {page.values.shape} (height, width), expected {tuple(size)}")
    inside = np.unique(page.values[page.values != 0])
    if inside.size > 1:
        raise MaskError(
            f"{path}: layer {number} has the values {inside[0]} and {inside[1]}; a layer has 0 and one other: give "
            "label maps as files of one page"
        )


def _mask(sample: Sample) -> Path:
    return sample.mask or sample.picture


def _write_pages(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """A page for each region, 0 and 255."""
    names = collection.classes.names
    save_table(collection.classes, out / "classes.yaml")
    things = collection.kind == "instance"
    for split, entry, truth in truths(collection, progress):
        if pictures:
            put_picture(collection, entry, split_folder(out / "images", split))
        pages = [
            Page(_layer(region.runs), f"{names[region.label]} #{number}" if things else names[region.label])
            for number, region in enumerate(truth.regions, start=1)
        ]
        place = place_of(split_folder(out / "masks", split), entry.name, ".tif")
        nothing = Page(np.zeros(truth.size, np.uint8), _NOTHING)
        write_pages(place, pages or [nothing], tags=georeference(entry.picture))


def _write_bands(collection: Collection, out: Path, *, pictures: bool, progress: Progress | None) -> None:
    """A band for each class, 0 and 255."""
    classes = collection.classes
    save_table(classes, out / "classes.yaml")
    for split, entry, truth in truths(collection, progress):
        if pictures:
            put_picture(collection, entry, split_folder(out / "images", split))
        bands = np.zeros((*truth.size, len(classes)), np.uint8)
        for region in truth.regions:
            bands[:, :, region.label] |= _layer(region.runs)
        place = place_of(split_folder(out / "masks", split), entry.name, ".tif")
        write_bands(place, bands, tags=georeference(entry.picture))


def _layer(runs: Runs) -> NDArray[np.uint8]:
    return np.where(runs.decode(max_pixels=runs.size[0] * runs.size[1]), np.uint8(_INSIDE), np.uint8(0))


TIFF_PAGES = Format(
    "TIFF masks of several pages: a class or a thing each; or, like their pictures, a slice each",
    _are_pages,
    partial(_read, format="tiff-pages"),
    _write_pages,
    frozenset({"crowd", "ignored", "stuff"}),
    ("instance", "multilabel"),
)
TIFF_BANDS = Format(
    "TIFF masks of several bands, one for each class",
    _are_bands,
    partial(_read, format="tiff-bands"),
    _write_bands,
    frozenset({"crowd", "things", "ignored"}),
    ("multilabel",),
)

"""Stacks of slices: a TIFF whose pages are pictures, and one whose pages are their label maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.data.annotation import Annotation, Collection, Entry
from perpixel.data.formats.format import Reading
from perpixel.data.formats.painting import labels_annotation
from perpixel.data.formats.tiff_pages import read_pages, tiff_facts
from perpixel.data.sample import Sample
from perpixel.errors import DataError
from perpixel.masks import Encoding, Evidence, RawMask, decode_labels, infer_encoding

_LOOKED_AT = 24


def are_slices(sample: Sample) -> bool:
    """Whether picture and mask have the same number of pages, more than one."""
    if sample.mask is None or sample.picture == sample.mask:
        return False
    picture, mask = tiff_facts(sample.picture), tiff_facts(sample.mask)
    return picture is not None and mask is not None and picture.pages == mask.pages > 1


def read_slices(
    root: Path, splits: Mapping[str, Sequence[Sample]], classes: ClassTable | None, reading: Reading
) -> Collection:
    """Each page as a picture of its own, called `NAME_0000` and so on.

    Raises:
        DataError: a picture and a mask of different numbers of pages.
        MaskError: the coding of the masks cannot be told.
    """
    samples = [sample for own in splits.values() for sample in own]
    for sample in samples:
        if not are_slices(sample):
            raise DataError(f"{sample.mask}: not as many pages as its picture {sample.picture}; give stacks alike")
    table, encoding = _coding(root, samples, classes, reading)
    entries = {
        split: tuple(entry for sample in own for entry in _entries(sample, table, encoding, reading.max_pixels))
        for split, own in splits.items()
    }
    words = f"TIFF stacks of slices; masks coded as {encoding.kind}: {encoding.reason}"
    return Collection(root, "tiff-pages", "semantic", table, entries, words)


def _coding(
    root: Path, samples: Sequence[Sample], classes: ClassTable | None, reading: Reading
) -> tuple[ClassTable, Encoding]:
    if reading.encoding is not None and classes is not None:
        return classes, Encoding(cast(Any, reading.encoding), reason="it was asked for")
    evidence = Evidence()
    for sample in samples[:: max(len(samples) // _LOOKED_AT, 1)]:
        for page in read_pages(_mask(sample), max_pixels=reading.max_pixels):
            evidence.look(RawMask(page.values))
    inferred = infer_encoding(evidence, classes, ignore=reading.ignore, name=str(root))
    return inferred.classes, inferred.encoding


def _entries(sample: Sample, classes: ClassTable, encoding: Encoding, max_pixels: int) -> list[Entry]:
    facts = tiff_facts(_mask(sample))
    return [
        Entry(
            f"{sample.name}_{page:04d}",
            None,
            partial(_annotation, sample, page, classes, encoding, max_pixels),
            partial(_picture, sample.picture, page, max_pixels),
        )
        for page in range(facts.pages if facts is not None else 0)
    ]


def _annotation(sample: Sample, page: int, classes: ClassTable, encoding: Encoding, max_pixels: int) -> Annotation:
    (found,) = read_pages(_mask(sample), max_pixels=max_pixels, only=page)
    name = f"{sample.mask}, page {page + 1}"
    return labels_annotation(decode_labels(RawMask(found.values), classes, encoding, name=name).labels, classes)


def _picture(path: Path, page: int, max_pixels: int) -> NDArray[Any]:
    bands = [band.values for band in read_pages(path, max_pixels=max_pixels, only=page)]
    return np.stack(bands, axis=2)


def _mask(sample: Sample) -> Path:
    return sample.mask or sample.picture

"""How the masks of a data set are coded, told from some of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from perpixel.classes import PALETTES, ClassTable
from perpixel.data.layout import Layout
from perpixel.data.sample import Sample, spread
from perpixel.errors import DataError
from perpixel.masks import Encoding, Evidence, Inferred, decode_labels, infer_encoding, read_raw

_LOOKED_AT = 24  # masks that the encoding is told from; `census` checks all
_ENOUGH_PIXELS = 60_000_000  # of large masks, fewer


def coding_of(
    root: Path,
    layout: Layout,
    table: ClassTable | None,
    stated: Encoding | None,
    ignore: int | None,
    max_pixels: int,
) -> Inferred:
    """Classes and encoding of the masks of a layout, by what was stated and by some masks from all over.

    Args:
        root: the folder, for messages.
        layout: the samples, and what it knows of their masks.
        table, stated: class table and encoding, where they are stated.
        ignore: the value of pixels that are not judged, where it is known without a table.
        max_pixels: no larger mask is decoded.

    Raises:
        MaskError: they cannot be told, or a value has no class.
        DataError: an encoding without the class table that it needs, or a mask that cannot be read.
    """
    looked, evidence = _look(layout.samples, max_pixels)
    if not looked:
        return Inferred(table or ClassTable.named(("unknown",)), stated or Encoding(reason="there are no masks"))
    inferred = told_by(evidence, layout, table, stated, ignore=ignore, root=root)
    for sample in looked:  # a value without a class stops here, with its place, not after an hour
        if sample.mask is not None:
            raw_mask = read_raw(sample.mask, max_pixels=max_pixels)
            decode_labels(raw_mask, inferred.classes, inferred.encoding, name=str(sample.mask))
    return inferred


def told_by(
    evidence: Evidence,
    layout: Layout,
    table: ClassTable | None,
    stated: Encoding | None,
    *,
    ignore: int | None,
    root: Path,
) -> Inferred:
    """Classes and encoding by what occurs in masks, by what was stated, and by the layout.

    Raises:
        MaskError: they cannot be told.
        DataError: an encoding without the class table that it needs.
    """
    if table is None and layout.known is not None:
        known = PALETTES[layout.known]
        known = known if ignore is None else replace(known, ignore=ignore)
        raw = Encoding("cityscapes-ids", reason="the masks are called labelIds")
        guess = raw if layout.raw_ids else Encoding()
        if evidence.colored or evidence.values <= guess.meaning(known).keys():
            table, stated = known, stated or (raw if layout.raw_ids else None)
    if stated is None:
        return infer_encoding(evidence, table, ignore=ignore, name=str(root))
    if table is None:
        raise DataError(f"{root}: the encoding `{stated.kind}` needs a class table; write `classes:` into classes.yaml")
    return Inferred(table, stated)


def _look(samples: Sequence[Sample], max_pixels: int) -> tuple[list[Sample], Evidence]:
    """Some samples from all over, and what occurs in their masks; on, while nothing but one value was seen."""
    evidence, looked, pixels = Evidence(), list[Sample](), 0
    for sample in spread([sample for sample in samples if sample.mask is not None], _LOOKED_AT):
        if sample.mask is None:
            continue
        raw = read_raw(sample.mask, max_pixels=max_pixels)
        evidence.look(raw)
        looked.append(sample)
        pixels += raw.values.size
        enough = len(looked) >= _LOOKED_AT or pixels >= _ENOUGH_PIXELS
        if enough and len(evidence.values) + len(evidence.colors) > 1:
            break
    return looked, evidence


def said_of(inferred: Inferred) -> str:
    """In words for the user."""
    reason = f": {inferred.encoding.reason}" if inferred.encoding.reason else ""
    return f"{len(inferred.classes)} classes; masks coded as {inferred.encoding.kind}{reason}"

"""What is wrong with pictures and masks, told from a look at each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from perpixel.data.inspecting.coding import SOFT, Coding, rare_values, shown_value
from perpixel.data.inspecting.item import Distances, Looked, Regions
from perpixel.data.inspecting.orphans import Orphans
from perpixel.data.inspecting.problem import Level, Problem
from perpixel.data.inspecting.shares import Shares
from perpixel.data.inspecting.source import Source
from perpixel.data.inspecting.values import MaskValues
from perpixel.masks.colors import unpack

_FEW_PICTURES = 3
_MANY_TOUCH = 0.05


def find_problems(source: Source, looks: Sequence[Looked], coding: Coding, shares: Shares) -> Iterator[Problem]:
    """All of them, but for copies."""
    root = source.root if source.root.is_dir() else source.root.parent
    yield from source.problems
    yield from _orphans(source.orphans)
    yield from _broken(root, looks)
    yield from _masks(root, looks, soft_too=source.kind in ("semantic", "mask"))
    if coding.problem:
        yield Problem("coding", "error", " ".join(coding.problem.split()))
    yield from _values(root, looks, coding, shares)
    yield from _classes(root, source, looks, shares)
    yield from _things(looks)
    yield from _depths(root, looks)
    yield from _pictures(root, looks)


def _orphans(orphans: Orphans) -> Iterator[Problem]:
    for alone, what, other in ((orphans.pictures, "picture", "mask"), (orphans.masks, "mask", "picture")):
        if alone:
            text = f"{_counted(len(alone), what)} without a {other}"
            cure = f"add the {other}, or take the {what} out; names must be alike but for `_mask` and its like"
            yield Problem("orphans", "error", text, tuple(map(str, alone)), cure)


def _broken(root: Path, looks: Sequence[Looked]) -> Iterator[Problem]:
    broken = [(look, text) for look in looks for text in look.problems]
    for look, text in broken[:20]:
        yield Problem("broken", "error", _below(root, text), tuple(_files(root, [look])))
    if len(broken) > 20:
        yield Problem(
            "broken",
            "error",
            f"{len(broken) - 20} more are broken",
            tuple(_files(root, [look for look, _ in broken[20:]])),
        )


def _masks(root: Path, looks: Sequence[Looked], *, soft_too: bool) -> Iterator[Problem]:
    masks = [look for look in looks if isinstance(look.truth, MaskValues)]
    lossy = [look for look in masks if isinstance(look.truth, MaskValues) and look.truth.lossy]
    if lossy:
        text = f"{_counted(len(lossy), 'mask')} saved as JPEG, which changes labels"
        yield Problem("jpeg masks", "error", text, tuple(_masks_of(root, lossy)), "export them again as PNG")
    soft = [
        look
        for look in masks
        if isinstance(look.truth, MaskValues) and not look.truth.lossy and len(look.truth.values) > SOFT
    ]
    if soft and soft_too:
        text = f"{_counted(len(soft), 'mask')} with more than {SOFT} values: soft edges, a photo, or ids of things"
        cure = "threshold soft edges at 127; give masks of classes instead of ids"
        yield Problem("soft edges", "error", text, tuple(_masks_of(root, soft)), cure)
    deep = [look for look in masks if isinstance(look.truth, MaskValues) and look.truth.bits == 16]
    if deep:
        text = f"{_counted(len(deep), 'mask')} of 16 bits"
        yield Problem("16 bits", "note", text, tuple(_masks_of(root, deep)))
    turned = [look for look in looks if look.turned]
    if turned:
        text = f"{_counted(len(turned), 'mask')} made on the picture as stored, which EXIF turns"
        cure = "nothing to do here, they are turned together; other tools may not do it"
        yield Problem("orientation", "warning", text, tuple(_masks_of(root, turned)), cure)


def _values(root: Path, looks: Sequence[Looked], coding: Coding, shares: Shares) -> Iterator[Problem]:
    for value, pixels in sorted(shares.unknown.items())[:12]:
        own = [looks[place] for place in pixels]
        what = _named(value, own)
        text = f"{what} has no class, in {_counted(len(own), 'mask')} and {sum(pixels.values())} pixels"
        cure = f"add it to the class table, or `ignore: {value}` if it is not judged"
        colored = isinstance(own[0].truth, MaskValues) and own[0].truth.colored
        yield Problem(
            "unknown value",
            "error",
            text,
            tuple(_masks_of(root, own)),
            "add the color to the table" if colored else cure,
        )
    if len(shares.unknown) > 12:
        yield Problem("unknown value", "error", f"{len(shares.unknown) - 12} more values have no class")
    for value, own in list(rare_values(looks).items())[:12]:
        if value not in shares.unknown:
            text = f"{_named(value, own)} occurs in {_counted(len(own), 'mask')} of {len(looks)}"
            yield Problem("rare value", "warning", text, tuple(_masks_of(root, own)), "see whether it is meant")


def _classes(root: Path, source: Source, looks: Sequence[Looked], shares: Shares) -> Iterator[Problem]:
    if not len(shares.counts):
        return
    present = shares.counts > 0
    first = 1 if source.kind in ("semantic", "mask") and present.shape[1] > 1 else 0
    empty = [looks[place] for row, place in zip(present, shares.places, strict=True) if not row[first:].any()]
    if empty:
        what = f"nothing but {shares.names[0]}" if first else "nothing in them"
        text = f"{_counted(len(empty), 'mask')} with {what}"
        yield Problem("empty masks", "note", text, tuple(_files(root, empty)))
    pictures = present.sum(axis=0)
    never = [name for name, count in zip(shares.names, pictures.tolist(), strict=True) if not count]
    if never:
        text = f"{_some(never)} never occur{'s' if len(never) == 1 else ''}"
        yield Problem("class never", "note", text)
    few = [f"{name} ({n})" for name, n in zip(shares.names, pictures.tolist(), strict=True) if 0 < n < _FEW_PICTURES]
    if few and len(present) >= 2 * _FEW_PICTURES:
        text = f"classes of fewer than {_FEW_PICTURES} pictures: {_some(few)}"
        yield Problem("class rare", "warning", text, cure="what cannot be both learned and judged scores nothing")
    splits = np.array(shares.splits)
    for split in dict.fromkeys(shares.splits):
        here = present[splits == split].any(axis=0)
        missing = [
            name for name, any_here, n in zip(shares.names, here, pictures.tolist(), strict=True) if n and not any_here
        ]
        if missing and split in ("train", "val"):
            text = f"the split {split} has no {_some(missing)}, which other splits have"
            yield Problem("class missing", "warning", text, cure="split the pictures anew, or judge without it")


def _things(looks: Sequence[Looked]) -> Iterator[Problem]:
    regions = [look.truth for look in looks if isinstance(look.truth, Regions)]
    things, touching = (
        (sum(values) for values in zip(*((r.things, r.touching) for r in regions), strict=True)) if regions else (0, 0)
    )
    if things and touching / things >= _MANY_TOUCH:
        text = f"{touching} of {things} things ({touching / things:.0%}) touch another"
        cure = "as a map of classes they grow together: learn a border too, or things one by one"
        yield Problem("touching", "note", text, cure=cure)


def _depths(root: Path, looks: Sequence[Looked]) -> Iterator[Problem]:
    maps = [look for look in looks if isinstance(look.truth, Distances)]
    empty = [look for look in maps if isinstance(look.truth, Distances) and not look.truth.valid]
    if empty:
        text = f"{_counted(len(empty), 'depth map')} without any depth"
        level: Level = "error" if len(empty) == len(maps) else "warning"
        yield Problem("empty depth", level, text, tuple(_files(root, empty)), "take the pictures out")


def _pictures(root: Path, looks: Sequence[Looked]) -> Iterator[Problem]:
    kinds = Counter((look.header.bits, look.header.palette, look.header.channels) for look in looks if look.header)
    if len(kinds) > 1:
        told = ", ".join(f"{count} of {_kind(*kind)}" for kind, count in kinds.most_common(4))
        yield Problem("mixed pictures", "note", f"the pictures differ: {told}", cure="all are read as one kind")


def _kind(bits: int, palette: bool, channels: int) -> str:
    return "palette" if palette else f"{channels} channel{'s' if channels > 1 else ''} with {bits} bits"


def _named(value: int, looks: Sequence[Looked]) -> str:
    truth = looks[0].truth
    return shown_value(value, truth) if isinstance(truth, MaskValues) else str(unpack(value))


def _masks_of(root: Path, looks: Sequence[Looked]) -> list[str]:
    return [_below(root, str(look.item.mask or look.item.name)) for look in looks]


def _files(root: Path, looks: Sequence[Looked]) -> list[str]:
    return [_below(root, str(look.item.mask or look.item.picture or look.item.name)) for look in looks]


def _below(root: Path, text: str) -> str:
    return text.replace(f"{root}/", "")


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more

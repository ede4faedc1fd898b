"""Everything that a look at a data set found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.data.dividing import divide
from perpixel.data.inspecting.coding import Coding, tell_coding
from perpixel.data.inspecting.copies import Copies, find_copies, photos, problems_of_copies
from perpixel.data.inspecting.finding import find_problems
from perpixel.data.inspecting.item import Distances, Item, Looked, Regions
from perpixel.data.inspecting.looking import look_at_all
from perpixel.data.inspecting.problem import Problem, by_weight
from perpixel.data.inspecting.shares import Shares, count_shares
from perpixel.data.inspecting.source import Source, find_source
from perpixel.data.inspecting.values import MaskValues
from perpixel.data.layout import Layout
from perpixel.data.sample import Sample
from perpixel.masks import Encoding
from perpixel.pictures import MAX_PIXELS


@dataclass(frozen=True)
class Inspection:
    """What a data set is and what is wrong with it.

    Attributes:
        source: what was recognized.
        looks: what a look at each picture found, in the order of `source.items`.
        coding: classes and encoding.
        shares: of the classes.
        copies: pictures of one photo.
        problems: the worst first.
    """

    source: Source
    looks: tuple[Looked, ...]
    coding: Coding
    shares: Shares
    copies: tuple[Copies, ...]
    problems: tuple[Problem, ...]

    @property
    def sizes(self) -> Counter[tuple[int, int]]:
        """How many pictures (or masks alone) have each (height, width), upright."""
        sizes = Counter[tuple[int, int]]()
        for look in self.looks:
            if look.header is not None:
                sizes[look.header.upright_size] += 1
            elif look.truth is not None:
                sizes[look.truth.size] += 1
        return sizes

    @property
    def splits(self) -> dict[str, int]:
        """Pictures of each split."""
        return dict(Counter(item.split for item in self.source.items))

    @property
    def overlapping(self) -> bool:
        """Whether any pixel is in two regions."""
        return any(isinstance(look.truth, Regions) and look.truth.overlapping for look in self.looks)

    @property
    def things(self) -> tuple[int, int]:
        """Things, and those that touch another."""
        regions = [look.truth for look in self.looks if isinstance(look.truth, Regions)]
        return sum(one.things for one in regions), sum(one.touching for one in regions)

    @property
    def distances(self) -> dict[str, float] | None:
        """Of depth maps: metres, the median over the maps of what is near, in the middle and far; `without`, the share
        of pixels without a depth. None where there are no depth maps, or none has a depth.
        """
        maps = [look.truth for look in self.looks if isinstance(look.truth, Distances)]
        if not any(own.valid for own in maps):
            return None
        reach = np.array([(own.near, own.middle, own.far) for own in maps if own.valid])
        near, middle, far = np.nanmedian(reach, axis=0).round(3).tolist()
        valid = sum(own.valid for own in maps) / max(sum(own.size[0] * own.size[1] for own in maps), 1)
        return {"near": near, "middle": middle, "far": far, "without": round(1 - valid, 6)}

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data."""
        coding, classes = self.coding, self.coding.classes
        return {
            "root": str(self.source.root),
            "layout": self.source.words,
            "kind": self.source.kind,
            "splits": self.splits,
            "sizes": {f"{height}x{width}": count for (height, width), count in self.sizes.most_common()},
            "pictures": _headers(self.looks),
            "masks": _mask_facts(self.looks),
            "encoding": None if coding.encoding is None else coding.encoding.kind,
            "reason": "" if coding.encoding is None else coding.encoding.reason,
            "ignore": None if classes is None else classes.ignore,
            "ignored": self.shares.ignored,
            "classes": self.shares.rows(),
            "distances": self.distances,
            "overlapping": self.overlapping,
            "things": self.things[0],
            "touching": self.things[1],
            "copies": [
                {"exact": group.exact, "pictures": [{"split": split, "name": name} for split, name in group.names]}
                for group in self.copies
            ],
            "problems": [problem.to_dict() for problem in self.problems],
        }


def inspect_data(
    path: str | Path,
    *,
    masks: str | None = None,
    classes: str | Path | ClassTable | None = None,
    ignore: int | None = None,
    encoding: str | None = None,
    max_pixels: int = MAX_PIXELS,
    progress: Callable[[int, int], None] | None = None,
) -> Inspection:
    """Look at every picture and truth of a folder or file and say what it is. Broken files are told, not raised.

    Args:
        path: a folder in any layout or format, or a file: a mask, a table of run lengths, annotations.
        masks: folder or file of the truth below `path`, where names do not tell or several are there.
        classes: class table, as `open_dataset` takes it.
        ignore: value in mask files of pixels that are not judged.
        encoding: of mask files.
        max_pixels: no larger picture is decoded.
        progress: called with how many pictures are done, and of how many.

    Raises:
        DataError: there is nothing at `path`, or nothing that is known.
        ValueError: an unknown encoding.
    """
    stated = None if encoding is None else Encoding(cast(Any, encoding), reason="it was asked for")
    source = find_source(
        Path(path), masks=masks, classes=classes, ignore=ignore, encoding=stated, max_pixels=max_pixels
    )
    known = 0 if source.classes is None else len(source.classes)
    looks = look_at_all(source.items, known, max_pixels=max_pixels, progress=progress)
    numbers = photos(looks)
    if source.layout is not None and source.layout.undivided is not None:
        source, looks, numbers = _divided(source, source.layout, looks, numbers)
    copies = find_copies(looks, numbers)
    coding = Coding(source.classes, source.encoding)
    if any(item.mask for item in source.items):
        coding = tell_coding(source, looks, ignore=ignore)
    shares = count_shares(looks, coding)
    problems = [*find_problems(source, looks, coding, shares), *problems_of_copies(copies)]
    return Inspection(source, tuple(looks), coding, shares, tuple(copies), tuple(by_weight(problems)))


def _divided(
    source: Source, layout: Layout, looks: list[Looked], numbers: NDArray[np.intp]
) -> tuple[Source, list[Looked], NDArray[np.intp]]:
    """All in the splits that `open_dataset` makes; the pictures of one photo are known already."""
    number_of = {look.item.sample: number for look, number in zip(looks, numbers.tolist(), strict=True)}
    layout = divide(layout, 0, lambda samples: [number_of[sample] for sample in samples])
    split_of = {sample: split for split, samples in layout.splits.items() for sample in samples}
    moved = [replace(look, item=replace(look.item, split=_split(look.item, split_of))) for look in looks]
    places = {split: place for place, split in enumerate(layout.splits)}
    order = sorted(range(len(moved)), key=lambda place: places[moved[place].item.split])
    looks = [moved[place] for place in order]
    items = tuple(look.item for look in looks)
    return replace(source, words=layout.words, layout=layout, items=items), looks, numbers[order]


def _split(item: Item, split_of: Mapping[Sample, str]) -> str:
    return item.split if item.sample is None else split_of[item.sample]


def _headers(looks: tuple[Looked, ...]) -> list[dict[str, Any]]:
    headers = [look.header for look in looks if look.header]
    kinds = Counter((h.format, 3 if h.palette else h.channels, h.bits, h.orientation) for h in headers)
    return [
        {"format": form, "channels": channels, "bits": bits, "orientation": turn, "count": count}
        for (form, channels, bits, turn), count in kinds.most_common()
    ]


def _mask_facts(looks: tuple[Looked, ...]) -> dict[str, Any]:
    masks = [look.truth for look in looks if isinstance(look.truth, MaskValues)]
    values = sorted({value for found in masks if not found.colored for value in found.values.tolist()})
    return {
        "files": len(masks),
        "bits": dict(Counter(str(found.bits) for found in masks)),
        "colored": sum(found.colored for found in masks),
        "palette": sum(bool(found.palette.size) for found in masks),
        "values": values[:256],
        "distinct": len(values),
    }

"""How mask files code their classes, told from all of them, and which values mean nothing or occur in few."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.data.inspecting.item import Looked
from perpixel.data.inspecting.source import Source
from perpixel.data.inspecting.values import MaskValues
from perpixel.data.layout import Layout
from perpixel.data.mask_coding import told_by
from perpixel.errors import DataError
from perpixel.masks import Encoding, Evidence
from perpixel.masks.colors import pack, unpack

SOFT = 64  # more values than this are soft edges, a photo or ids of things
_RARE = 0.01  # of all masks
_ENOUGH = 8  # masks, before a value of few files is rare


@dataclass(frozen=True)
class Coding:
    """What the values of a data set's mask files mean.

    Attributes:
        classes: the class table; None where it cannot be told.
        encoding: how it is coded; None where it cannot be told.
        problem: why it cannot be told.
    """

    classes: ClassTable | None
    encoding: Encoding | None
    problem: str = ""

    def counts(self, found: MaskValues) -> tuple[NDArray[np.int64], int, dict[int, int]]:
        """Of one mask the pixels of each class, those that are not judged, and those of each value without meaning."""
        if self.classes is None or self.encoding is None:
            return np.zeros(0, np.int64), 0, {}
        counts, ignored, unknown = np.zeros(len(self.classes), np.int64), 0, dict[int, int]()
        not_judged = self.classes.ignored
        for value, label, pixels in zip(found.values.tolist(), self._labels(found), found.counts.tolist(), strict=True):
            if label is None:
                unknown[value] = pixels
            elif label == not_judged:
                ignored += pixels
            else:
                counts[label] += pixels
        return counts, ignored, unknown

    def _labels(self, found: MaskValues) -> list[int | None]:
        if self.encoding is not None and not self.encoding.by_color:
            return [None if found.colored else self._meaning.get(value) for value in found.values.tolist()]
        if found.colored:
            seen = found.values.tolist()
        elif found.palette.size:
            seen = found.palette.tolist()
        else:
            seen = [value * 0x010101 for value in found.values.tolist()]
        return [self._meaning.get(color) for color in seen]

    @cached_property
    def _meaning(self) -> Mapping[int, int]:
        """The label of each value, or of each packed color."""
        classes, encoding = self.classes, self.encoding
        if classes is None or encoding is None:
            return {}
        if not encoding.by_color:
            return encoding.meaning(classes)
        colors = {pack(color): classes.ignored for color in encoding.ignored_colors}
        for number in reversed(range(len(classes))):
            ignored = number == classes.ignore
            colors[pack(classes[number].color)] = classes.ignored if ignored else number
        return colors


def tell_coding(source: Source, looks: Sequence[Looked], *, ignore: int | None) -> Coding:
    """The coding of a source of mask files. Values of few files, soft edges and JPEG masks do not count for it."""
    masks = [look.truth for look in looks if isinstance(look.truth, MaskValues)]
    clean = [found for found in masks if not found.lossy and (found.colored or len(found.values) <= SOFT)] or masks
    if not clean:
        return Coding(source.classes, source.encoding, "no mask can be read")
    layout = source.layout or Layout({}, source.words)
    problem = ""
    for chosen in (_common(clean), _evidence(clean, None)):
        try:
            told = told_by(chosen, layout, source.classes, source.encoding, ignore=ignore, root=source.root)
        except (DataError, ValueError) as error:
            problem = problem or str(error)
        else:
            return Coding(told.classes, told.encoding)
    return Coding(source.classes, None, problem)


def rare_values(looks: Sequence[Looked]) -> dict[int, list[Looked]]:
    """Values that occur in hardly any file of many, and in which; of soft masks there are too many to name."""
    masks = [look for look in looks if isinstance(look.truth, MaskValues)]
    files: dict[int, list[Looked]] = defaultdict(list)
    for look in masks:
        if isinstance(look.truth, MaskValues) and len(look.truth.values) <= SOFT and not look.truth.lossy:
            for value in look.truth.values.tolist():
                files[value].append(look)
    if len(masks) < _ENOUGH:
        return {}
    return {value: own for value, own in sorted(files.items()) if len(own) <= max(_RARE * len(masks), 1)}


def shown_value(value: int, found: MaskValues) -> str:
    """A value as one says it: a number, or a color."""
    return f"color {unpack(value)}" if found.colored else f"value {value}"


def _common(masks: Sequence[MaskValues]) -> Evidence:
    """What occurs in more than a few."""
    files: dict[int, int] = defaultdict(int)
    for found in masks:
        for value in found.values.tolist():
            files[value] += 1
    few = max(_RARE * len(masks), 1) if len(masks) >= _ENOUGH else 0
    return _evidence(masks, {value for value, count in files.items() if count > few})


def _evidence(masks: Sequence[MaskValues], among: set[int] | None) -> Evidence:
    evidence = Evidence(masks=len(masks))
    for found in masks:
        values = [value for value in found.values.tolist() if among is None or value in among]
        if found.colored:
            evidence.colors.update(unpack(value) for value in values)
            continue
        evidence.values.update(values)
        if found.palette.size:
            for value, color in zip(found.values.tolist(), found.palette.tolist(), strict=True):
                if value in values:
                    evidence.palette.setdefault(value, set()).add(unpack(color))
    return evidence

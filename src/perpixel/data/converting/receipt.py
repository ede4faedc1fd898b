"""The receipt of a conversion: counts, agreement, and what was lost, for people and for machines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from perpixel.data.annotation import Annotation, Collection
from perpixel.data.converting.losses import WORDS, Concerned
from perpixel.data.formats.format import Loss


@dataclass
class Counts:
    """Of a split."""

    pictures: int = 0
    regions: int = 0
    things: int = 0

    def add(self, annotation: Annotation) -> None:
        """Take a picture in."""
        self.pictures += 1
        self.regions += len(annotation.regions)
        self.things += sum(region.thing is not None for region in annotation.regions)


@dataclass(frozen=True)
class Receipt:
    """What a conversion has done.

    Attributes:
        source: what was read.
        target: what was written, as it was read again.
        read: counts by split.
        written: counts by split.
        pixels: by class: pixels in both, and pixels in either, over the whole set; regions of a class are taken
            together.
        exact: regions that came back with the same class and the same pixels.
        expected: regions that were written.
        losses: what the target cannot hold and the source has.
        unneeded: what the target cannot hold and the source does not have.
        notes: what else has changed.
    """

    source: Collection
    target: Collection
    read: Mapping[str, Counts]
    written: Mapping[str, Counts]
    pixels: Mapping[str, tuple[int, int]]
    exact: int
    expected: int
    losses: Mapping[Loss, Concerned]
    unneeded: tuple[Loss, ...]
    notes: tuple[str, ...]

    @property
    def ious(self) -> dict[str, float | None]:
        """Intersection over union by class; None for one that does not occur."""
        return {name: common / either if either else None for name, (common, either) in self.pixels.items()}

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data."""
        return {
            "source": _side(self.source, self.read),
            "target": _side(self.target, self.written),
            "iou": self.ious,
            "regions": {"written": self.expected, "same": self.exact},
            "losses": {
                loss: {"regions": found.regions, "pictures": found.pictures, "files": found.files}
                for loss, found in self.losses.items()
            },
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        """Lines for people."""
        lines = [*_told("read", self.source, self.read), *_told("written", self.target, self.written)]
        lines.append(f"read again: {self.exact} of {_many(self.expected, 'region')} are the same to the pixel")
        lines.append(f"IoU: {self._agreement()}")
        lines += [
            f"lost: {WORDS[loss]}: {_count(loss, found)} ({_files(found)})" for loss, found in self.losses.items()
        ]
        if self.unneeded:
            named = ", ".join(WORDS[loss] for loss in self.unneeded)
            lines.append(f"{self.target.format} does not hold {named}; there are none")
        if not self.losses and self.exact == self.expected:
            lines.append("nothing was lost")
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)

    def _agreement(self) -> str:
        parts = [f"{name} {_exact(*self.pixels[name])}" for name in self.pixels if self.pixels[name][1]]
        absent = len(self.pixels) - len(parts)
        left = f"; {absent} classes do not occur" if absent > 1 else "; one class does not occur" if absent else ""
        return (", ".join(parts) or "no region") + left


def _side(collection: Collection, counts: Mapping[str, Counts]) -> dict[str, Any]:
    return {
        "path": str(collection.root),
        "format": collection.format,
        "kind": collection.kind,
        "classes": list(collection.classes.names),
        "splits": {split: vars(own) for split, own in counts.items()},
    }


def _told(what: str, collection: Collection, counts: Mapping[str, Counts]) -> list[str]:
    classes = _many(len(collection.classes), "class")
    head = f"{what}: {collection.root}: {collection.format} ({collection.kind}), {classes}"
    return [
        head,
        *(
            f"  {split}: {_many(own.pictures, 'picture')}, {_many(own.regions, 'region')}, {_many(own.things, 'thing')}"
            for split, own in counts.items()
        ),
    ]


def _exact(common: int, either: int) -> str:
    """1 only if no pixel differs."""
    return "1" if common == either else f"{min(common / either, 0.999999):.6f}"


def _count(loss: Loss, found: Concerned) -> str:
    if loss == "ignored":
        return _many(found.pictures, "picture")
    return f"{_many(found.regions, 'region')} in {_many(found.pictures, 'picture')}"


def _files(found: Concerned) -> str:
    more = found.pictures - len(found.files)
    return ", ".join(found.files) + (f" and {more} more" if more else "")


def _many(count: int, what: str) -> str:
    plural = f"{what}es" if what.endswith("s") else f"{what}s"
    return f"{count} {what if count == 1 else plural}"

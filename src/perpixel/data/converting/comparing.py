"""What was read beside what was written, picture by picture."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

from perpixel.classes import ClassTable
from perpixel.data.adapting import Adaptation
from perpixel.data.annotation import Annotation, Collection, Entry
from perpixel.data.converting.losses import Concerned, count_losses
from perpixel.data.converting.receipt import Counts, Receipt
from perpixel.data.formats.format import Format, Loss
from perpixel.data.formats.written_names import flat
from perpixel.errors import DataError
from perpixel.masks.runs import Runs, union

ANY_CLASS = "any class"


def compare(
    read: Collection,
    how: Adaptation,
    written: Collection,
    form: Format,
    *,
    progress: Callable[[int, int], None] | None,
) -> Receipt:
    """The receipt of a conversion. Both sides are read once more, a picture at a time.

    Args:
        read: the source.
        how: what was done to its truths before they were written.
        written: the target, as it was read again.
        form: of the target.
        progress: told of each picture.

    Raises:
        DataError: what was written cannot be read, has not all pictures, or one of another size.
    """
    found, tally = _Found(written), _Tally(read, how, written, form)
    for done, (split, entry) in enumerate(read.entries, start=1):
        there_split, there = found.entry(split, entry.name)
        before, after = entry.read(), there.read()
        if before.size != after.size:
            raise DataError(f"{written.root}: {there.name} was written as {after.size}, but is {before.size}")
        tally.add(entry.name, (split, before), (there_split, after))
        if progress is not None:
            progress(done, len(read.entries))
    return tally.receipt()


class _Tally:
    """What is counted picture by picture."""

    def __init__(self, read: Collection, how: Adaptation, written: Collection, form: Format) -> None:
        self.collections, self.how = (read, written), how
        self.counts = defaultdict[str, Counts](Counts), defaultdict[str, Counts](Counts)
        self.common, self.either = Counter[str](), Counter[str]()
        self.losses: dict[Loss, Concerned] = {loss: Concerned() for loss in sorted(form.lost)}
        self.exact = self.expected = 0
        self.together = "classes" in form.lost and len(how.classes) > 1

    def add(self, name: str, before: tuple[str, Annotation], after: tuple[str, Annotation]) -> None:
        """Take in a picture: its split and truth on either side."""
        for counts, (split, truth) in zip(self.counts, (before, after), strict=True):
            counts[split].add(truth)
        read, written = self.collections
        for loss, regions in count_losses(before[1], read, self.losses).items():
            self.losses[loss].add(name, regions)
        self._regions(self.how(before[1]), after[1])
        mine, theirs = self._by_name(before[1], read.classes), self._by_name(after[1], written.classes)
        for own in mine.keys() | theirs.keys():
            areas = [side[own].area for side in (mine, theirs) if own in side]
            common = (mine[own] & theirs[own]).area if len(areas) == 2 else 0
            self.common[own] += common
            self.either[own] += sum(areas) - common

    def receipt(self) -> Receipt:
        """All of it."""
        read, written = self.collections
        names = (ANY_CLASS,) if self.together else read.classes.names
        return Receipt(
            read,
            written,
            dict(self.counts[0]),
            dict(self.counts[1]),
            {name: (self.common[name], self.either[name]) for name in names},
            self.exact,
            self.expected,
            {loss: concerned for loss, concerned in self.losses.items() if concerned.regions},
            tuple(loss for loss, concerned in self.losses.items() if not concerned.regions),
            tuple(self._notes()),
        )

    def _regions(self, wanted: Annotation, found: Annotation) -> None:
        """Count the regions of the source's classes that came back with the same class and pixels."""
        tables = self.how.classes, self.collections[1].classes
        sides = [Counter(self._named(truth, table)) for truth, table in zip((wanted, found), tables, strict=True)]
        self.exact += (sides[0] & sides[1]).total()
        self.expected += sides[0].total()

    def _named(self, truth: Annotation, classes: ClassTable) -> Iterator[tuple[str, Runs]]:
        """The regions of the source's classes, without a background that came with the target's kind."""
        for region in truth.regions:
            name = classes[region.label].name
            if self.together or name in self.collections[0].classes.names:
                yield ANY_CLASS if self.together else name, region.runs

    def _by_name(self, truth: Annotation, classes: ClassTable) -> dict[str, Runs]:
        """The pixels of each class by its name, or of all together."""
        found: dict[str, list[Runs]] = defaultdict(list)
        for name, runs in self._named(truth, classes):
            found[name].append(runs)
        return {name: union(runs) for name, runs in found.items()}

    def _notes(self) -> Iterator[str]:
        """What adapting has done."""
        read = self.collections[0]
        before, after = read.classes.names, self.how.classes.names
        if len(after) > len(before):
            yield f"pixels of no region became the class {after[0]!r}"
        if len(after) < len(before):
            yield f"the class {before[0]!r} is no class any more: its pixels are of no region"
        if read.kind == "semantic" and self.how.kind != "semantic":
            yield "a class of a picture is one region; its parts were not made things"
        if read.kind == "panoptic" and self.how.kind == "instance" and "stuff" not in self.losses:
            yield "what is of no thing was written as one region a class, like a thing"
        if "overlaps" in self.losses and self.losses["overlaps"].regions:
            yield "where regions overlap, the later covers the earlier"


class _Found:
    """The entries of what was written, by whatever name the target allowed."""

    def __init__(self, written: Collection) -> None:
        self.root = written.root
        self.exact = {(split, entry.name): entry for split, entry in written.entries}
        self.by_name: dict[str, list[tuple[str, Entry]]] = defaultdict(list)
        for split, entry in written.entries:
            for name in {entry.name, entry.name.rpartition("/")[2]}:
                self.by_name[name].append((split, entry))

    def entry(self, split: str, name: str) -> tuple[str, Entry]:
        """The split and entry that one read has become.

        Raises:
            DataError: there is none, or it cannot be told which.
        """
        last = name.rpartition("/")[2]
        names = dict.fromkeys((name, flat(name), flat(last)))
        for candidate in names:
            if (split, candidate) in self.exact:
                return split, self.exact[split, candidate]
        for candidate in (flat(f"{split}/{name}"), *names, last):
            own = self.by_name.get(candidate, [])
            inside = [pair for pair in own if pair[0] == split]
            if len(own) == 1 or len(inside) == 1:
                return (inside or own)[0]
        raise DataError(f"{self.root}: the picture {name} of {split} is not found again in what was written")

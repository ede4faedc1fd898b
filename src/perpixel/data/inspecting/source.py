"""What a folder or file is: its pictures and their truth, found without stopping at what does not fit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from perpixel.classes import ClassTable
from perpixel.data import camvid, class_folders, depth_pairs, folders, run_length_table, voc
from perpixel.data.depths import read_depth
from perpixel.data.formats import Reading, find_format, read_collection
from perpixel.data.inspecting.item import Item, Truth
from perpixel.data.inspecting.orphans import Orphans, find_orphans
from perpixel.data.inspecting.problem import Problem
from perpixel.data.layered import LayeredDataset
from perpixel.data.layout import Layout
from perpixel.data.listing import is_picture, list_files
from perpixel.data.names import role_of
from perpixel.data.sample import Sample
from perpixel.data.solids import are_slices
from perpixel.data.tables import stated_table
from perpixel.errors import DataError
from perpixel.masks import Encoding

_NO_ORPHANS = Orphans((), (), 0)


@dataclass(frozen=True)
class Source:
    """What was recognized.

    Attributes:
        root: the folder or file.
        kind: semantic, multilabel, instance, panoptic, depth or slices; pictures where there is no truth; mask for one
            file alone.
        words: what it was recognized as.
        items: all pictures, split by split.
        classes: the class table, where it is stated or the format has one.
        encoding: of mask files, where it is stated.
        layout: where masks were recognized in folders.
        orphans: what has no partner.
        problems: what was in the way.
    """

    root: Path
    kind: str
    words: str
    items: tuple[Item, ...]
    classes: ClassTable | None = None
    encoding: Encoding | None = None
    layout: Layout | None = None
    orphans: Orphans = field(default=_NO_ORPHANS)
    problems: tuple[Problem, ...] = ()


def find_source(
    path: Path,
    *,
    masks: str | None,
    classes: str | Path | ClassTable | None,
    ignore: int | None,
    encoding: Encoding | None,
    max_pixels: int,
) -> Source:
    """Recognize a folder or file.

    Raises:
        DataError: there is nothing, or nothing that is known.
    """
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder")
    if path.is_file():
        return _of_file(path, classes, ignore, encoding)
    files = list_files(path)
    table, stated = stated_table(path, classes, ignore)
    stated = encoding or stated
    problems = list[Problem]()
    tables = [] if masks is not None else run_length_table.find_tables(path, files)
    truths = [f"{name}/" for name in _mask_folders(files)]
    if tables and (truths or len(tables) > 1):
        problems.append(_two_truths(path, [*truths, *map(str, tables)]))
    if masks is not None and (path / masks).is_file():
        return _of_collection(path, Reading(classes=table, ignore=ignore, masks=masks, max_pixels=max_pixels), [])
    if masks is None and (source := _class_folders(path, files, table, max_pixels)) is not None:
        return source
    layout, orphans, found = _layout(path, files, masks)
    if layout is not None and any(sample.mask for samples in layout.splits.values() for sample in samples):
        items = tuple(
            Item(split, sample.name, sample.picture, sample.mask, sample=sample)
            for split, samples in layout.splits.items()
            for sample in samples
        )
        every = (*problems, *found)
        return Source(path, "semantic", layout.words, items, table, stated, layout, orphans, every)
    try:
        reading = Reading(classes=table, ignore=ignore, masks=masks, max_pixels=max_pixels)
        return _of_collection(path, reading, problems)
    except (DataError, ValueError) as error:
        if masks is None and depth_pairs.has_depths(files):
            return _depths(path, files, max_pixels, problems)
        return _pictures_alone(path, files, layout, orphans, [*problems, *(found or [_no_truth(layout, error)])])


def _of_file(
    path: Path, classes: str | Path | ClassTable | None, ignore: int | None, encoding: Encoding | None
) -> Source:
    if not is_picture(path):
        return _of_collection(path, Reading(ignore=ignore), [])
    table, stated = stated_table(path.parent, classes, ignore)
    layout = Layout({"all": (Sample(path.stem, path, path),)}, "one mask file")
    item = Item("all", path.name, None, path)
    return Source(path, "mask", layout.words, (item,), table, encoding or stated, layout)


def _class_folders(path: Path, files: Sequence[Path], table: ClassTable | None, max_pixels: int) -> Source | None:
    """Folders of masks of each class; broken ones are left to the other ways of reading."""
    try:
        found = class_folders.recognize(path, files, table=table)
    except DataError as error:
        return Source(path, "pictures", "a folder of masks for every class", (), problems=(_in_the_way(error),))
    if found is None:
        return None
    layout, classes = found
    dataset = LayeredDataset(path, classes, Encoding("binary"), layout.splits, layout.words, 3, max_pixels)
    items = tuple(
        Item(split, sample.name, sample.picture, read=_reader(dataset, sample), sample=sample)
        for split, samples in layout.splits.items()
        for sample in samples
    )
    kind = "slices" if are_slices(classes) else "multilabel"
    return Source(path, kind, layout.words, items, classes, Encoding("binary"), layout)


def _depths(path: Path, files: Sequence[Path], max_pixels: int, problems: Sequence[Problem]) -> Source:
    """Pictures with depth maps, split as training does."""
    try:
        layout = depth_pairs.recognize(path, files, depths=None)
    except DataError as error:
        return _pictures_alone(path, files, None, _NO_ORPHANS, [*problems, _in_the_way(error)])
    items = tuple(
        Item(split, sample.name, sample.picture, read=partial(read_depth, sample.mask, max_pixels=max_pixels))
        for split, samples in layout.splits.items()
        for sample in samples
        if sample.mask is not None
    )
    return Source(path, "depth", layout.words, items, problems=tuple(problems))


def _reader(dataset: LayeredDataset, sample: Sample) -> Callable[[], Truth] | None:
    return partial(dataset.read_truth, sample) if sample.has_truth else None


def _layout(path: Path, files: Sequence[Path], masks: str | None) -> tuple[Layout | None, Orphans, tuple[Problem, ...]]:
    """The layout of folders of masks; without orphans and then without lists where they are in the way."""
    try:
        return _recognized(path, files, masks), _NO_ORPHANS, ()
    except DataError as error:
        problems: tuple[Problem, ...] = (_in_the_way(error),)
    orphans = find_orphans(files, masks)
    if not orphans.paired:
        return None, _NO_ORPHANS, problems
    alone = {*orphans.pictures, *orphans.masks}
    without = [file for file in files if file not in alone]
    unlisted = [file for file in without if file.suffix.lower() != ".txt"]
    for tried in (without, unlisted):
        try:
            layout = _recognized(path, tried, masks)
        except DataError as error:
            told = _in_the_way(error)
            problems = (*problems, told) if told not in problems else problems
        else:
            is_voc = layout.known == "voc"  # most of its pictures have no mask
            return layout, _NO_ORPHANS if is_voc else orphans, () if tried is without else problems
    return None, orphans, problems


def _recognized(path: Path, files: Sequence[Path], masks: str | None) -> Layout:
    if masks is None and (known := camvid.recognize(path, files) or voc.recognize(path, files)):
        return known
    return folders.recognize(path, files, masks=masks)


def _of_collection(path: Path, reading: Reading, problems: Sequence[Problem]) -> Source:
    collection = read_collection(path, find_format(path), reading)
    items = tuple(
        Item(split, entry.name, entry.picture, read=entry.read)
        for split, entries in collection.splits.items()
        for entry in entries
    )
    words = f"{collection.format}: {collection.words}"
    return Source(path, collection.kind, words, items, collection.classes, problems=tuple(problems))


def _pictures_alone(
    path: Path, files: Sequence[Path], layout: Layout | None, orphans: Orphans, problems: list[Problem]
) -> Source:
    every = [file for file in files if is_picture(file)]
    pictures = [file for file in every if role_of(file.parts[0]) not in ("masks", "other")]
    aside = tuple(file.as_posix() for file in every if file not in set(pictures))
    if not pictures:
        text = problems[0].text if problems else f"{path}: no pictures"
        raise DataError(text)
    if aside:
        text = f"{len(aside)} files are called like masks, ids of things, depth or drawings and were left aside"
        problems = [*problems, Problem("aside", "note", text, aside, "see one of them by `perpixel inspect FILE`")]
    items = tuple(Item("all", file.with_suffix("").as_posix(), path / file) for file in pictures)
    words = layout.words if layout is not None else "pictures whose truth was not understood"
    return Source(path, "pictures", words, items, orphans=orphans, problems=tuple(problems))


def _no_truth(layout: Layout | None, error: Exception) -> Problem:
    if layout is None:
        return _in_the_way(error)
    return Problem("no masks", "warning", layout.words, cure="to train, add masks (PNG, TIFF, BMP) or annotations")


def _two_truths(root: Path, truths: Sequence[str]) -> Problem:
    choices = " or ".join(f"`--masks {truth.rstrip('/')}`" for truth in truths)
    text = f"{' and '.join(truths)} are both the truth of these pictures"
    return Problem("two truths", "error", text, cure=f"choose by {choices}")


def _in_the_way(error: Exception) -> Problem:
    return Problem("layout", "error", " ".join(str(error).split()))


def _mask_folders(files: Sequence[Path]) -> list[str]:
    """Folders of the root that are called like masks and have some."""
    below = [file for file in files if len(file.parts) > 1 and role_of(file.parts[0]) == "masks"]
    return sorted({file.parts[0] for file in below if is_picture(file)})

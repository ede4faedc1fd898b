"""Kaggle's tables of run lengths: `train.csv` and a folder of pictures, in the three ways that competitions have them.

Pixels are numbered from 1 *down the columns*. Sizes come from the pictures. A picture without a row has no mask; but a
whole split without rows (`test_images/`) has no truth, and is left out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from perpixel.classes import ClassTable, SegmentClass, color_of
from perpixel.data.annotation import Annotation, Collection, Entry, Region
from perpixel.data.formats.format import Format, Loss, Reading
from perpixel.data.formats.kaggle_rows import write_kaggle
from perpixel.data.formats.picture_files import PictureFile, PictureFiles, check_names
from perpixel.data.formats.truth import truth_place
from perpixel.data.kaggle_csv import COLUMNS, KaggleCsv, Row, Style, class_rows, read_kaggle_csv, style_of
from perpixel.data.listing import some
from perpixel.data.names import in_order, split_of
from perpixel.data.tables import stated_table
from perpixel.errors import DataError, MaskError
from perpixel.masks.runs import from_kaggle
from perpixel.pictures import picture_size

__all__ = [
    "KAGGLE_CLASS",
    "KAGGLE_CLASS_JOINED",
    "KAGGLE_OBJECT",
    "KaggleCsv",
    "class_rows",
    "read_kaggle_csv",
]

_NAMES: dict[Style, str] = {"class": "kaggle-class", "class-joined": "kaggle-class-joined", "object": "kaggle-object"}


@dataclass(frozen=True)
class _Truth:
    """Reads the masks of one picture."""

    csv: Path
    picture: Path
    rows: tuple[Row, ...]
    labels: Mapping[int, int]
    things: bool
    max_pixels: int

    def __call__(self) -> Annotation:
        size = picture_size(self.picture, max_pixels=self.max_pixels)
        regions = list[Region]()
        for row in self.rows:
            try:
                runs = from_kaggle(row.text, size, max_pixels=self.max_pixels)
            except MaskError as error:
                raise MaskError(f"{self.csv}: line {row.line}, {self.picture.name}: {error}") from error
            if runs.area:
                regions.append(Region(self.labels[row.class_id], runs, len(regions) + 1 if self.things else None))
        return Annotation(size, tuple(regions))


def _recognize(path: Path, *, style: Style) -> bool:
    try:
        return bool(_tables(path, style))
    except OSError:
        return False


def _read(path: Path, reading: Reading, *, style: Style) -> Collection:
    chosen = _tables(truth_place(path, reading.masks), style)
    if not chosen:
        raise DataError(f"{path}: no CSV file with the columns {','.join(COLUMNS[style])} is there")
    root = path.parent if path.is_file() else path
    files = PictureFiles(reading.pictures or root)
    tables = [read_kaggle_csv(table) for table in chosen]
    classes = reading.classes or stated_table(root, None, None)[0] or _told_classes(path, tables)
    labels = {table.path: _labels(table, classes) for table in tables}
    splits: dict[str, list[Entry]] = {}
    for split, table, file, rows in _owned(path, tables, files):
        truth = _Truth(table.path, file.path, rows, labels[table.path], style == "object", reading.max_pixels)
        splits.setdefault(split, []).append(Entry(file.name, file.path, truth, file=table.path))
    entries = {split: tuple(sorted(splits[split], key=lambda entry: entry.name)) for split in in_order(list(splits))}
    for every in entries.values():
        check_names(every, source=path)
    words = f"a Kaggle table ({','.join(COLUMNS[style])}): {some([table.name for table in chosen])}"
    return Collection(path, _NAMES[style], "instance" if style == "object" else "multilabel", classes, entries, words)


def _tables(path: Path, style: Style) -> list[Path]:
    """The tables of a style: the file itself, or those in the folder that are no submissions."""
    if path.is_dir():
        found = sorted(file for file in path.glob("*.csv") if file.is_file() and "submission" not in file.stem.lower())
    else:
        found = [path] if path.suffix.lower() == ".csv" else []
    return [file for file in found if style_of(file) == style]


def _told_classes(path: Path, tables: Sequence[KaggleCsv]) -> ClassTable:
    """The classes of all tables together.

    Raises:
        DataError: some have names and others numbers, or there is no class.
    """
    if tables[0].style == "object":
        return ClassTable((SegmentClass("object", color_of(1), thing=True),))
    named = {table.named for table in tables if table.names}
    if len(named) > 1:
        raise DataError(f"{path}: the classes of one table are numbers, those of another names; give one kind to all")
    longest = max((table.names for table in tables), key=len)
    names = sorted({name for table in tables for name in table.names}) if True in named else longest
    if not names:
        raise DataError(f"{path}: no row has a class; write the class names into a file classes.yaml beside the table")
    return ClassTable(tuple(SegmentClass(name, color_of(number)) for number, name in enumerate(names, 1)))


def _labels(table: KaggleCsv, classes: ClassTable) -> dict[int, int]:
    """The class that each class of a table is.

    Raises:
        DataError: one that the class table does not have.
    """
    if table.style == "object":
        return {1: 0}
    if not table.named:
        if len(table.names) > len(classes):
            raise DataError(
                f"{table.path}: class {len(table.names)} occurs, but the class table has {len(classes)}: 1 is "
                f"{classes.names[0]!r}; it lists all classes in order, without a background"
            )
        return {number: number - 1 for number in range(1, len(table.names) + 1)}
    try:
        return {number: classes.index(name) for number, name in enumerate(table.names, start=1)}
    except ValueError as error:
        raise DataError(f"{table.path}: {error}") from error


Owned = tuple[str, KaggleCsv, PictureFile, tuple[Row, ...]]


def _owned(path: Path, tables: Sequence[KaggleCsv], files: PictureFiles) -> Iterator[Owned]:
    """Every picture with its rows, which may be none, and the split it is of.

    Raises:
        DataError: rows without a picture, or several tables that are of no split.
    """
    if len(tables) == 1:
        found = _found(tables[0], files, split=split_of(tables[0].path.stem))
        judged = {file.split for file in found}
        for file in files.files:
            if file.split in judged:
                yield file.split or "all", tables[0], file, found.get(file, ())
        return
    for table in tables:
        split = split_of(table.path.stem) or table.path.stem
        own = [file for file in files.files if split in (file.split, *file.folders)]
        if not own:
            raise DataError(
                f"{path}: {len(tables)} tables ({some([table.path.name for table in tables])}), and no folder of "
                f"pictures is called {split}; take the others out of the folder, or give one table as the path"
            )
        found = _found(table, files, split=split)
        for file in dict.fromkeys((*own, *found)):
            yield split, table, file, found.get(file, ())


def _found(table: KaggleCsv, files: PictureFiles, split: str | None) -> dict[PictureFile, tuple[Row, ...]]:
    """The pictures of a table.

    Raises:
        DataError: rows without a picture, or two names for one.
    """
    found: dict[PictureFile, str] = {}
    missing = list[str]()
    for image in table.rows:
        file = files.find(image, split=split, source=table.path)
        if file is None:
            missing.append(image)
        elif found.setdefault(file, image) != image:
            raise DataError(f"{table.path}: {found[file]!r} and {image!r} are both {file.path}; leave one of them")
    if missing:
        raise DataError(
            f"{table.path}: {len(missing)} of {len(table.rows)} pictures are not below {files.root}: {some(missing)}; "
            "add them, or say which folder has the pictures"
        )
    return {file: table.rows[image] for file, image in found.items()}


_FOR_CLASSES = frozenset[Loss]({"things", "crowd", "ignored"})
_FOR_THINGS = frozenset[Loss]({"classes", "crowd", "ignored", "stuff"})


def _format(style: Style, words: str) -> Format:
    return Format(
        f"Kaggle CSV, {words}: {','.join(COLUMNS[style])}",
        partial(_recognize, style=style),
        partial(_read, style=style),
        partial(write_kaggle, style=style),
        _FOR_THINGS if style == "object" else _FOR_CLASSES,
        ("instance",) if style == "object" else ("multilabel",),
    )


KAGGLE_CLASS = _format("class", "a row a picture and class")
KAGGLE_CLASS_JOINED = _format("class-joined", "a row a picture and class")
KAGGLE_OBJECT = _format("object", "a row an object")

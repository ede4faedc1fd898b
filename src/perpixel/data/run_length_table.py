"""Pictures whose masks are rows of a CSV file: `ImageId,ClassId,EncodedPixels`, as competitions give them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from perpixel.classes import ClassTable, SegmentClass, color_of
from perpixel.data.kaggle_csv import read_kaggle_csv, style_of
from perpixel.data.layout import Layout
from perpixel.data.listing import is_picture, some
from perpixel.data.names import in_order, role_of, split_of
from perpixel.data.sample import Sample
from perpixel.data.splitting import by_lists, find_lists, undivided
from perpixel.errors import DataError


@dataclass(frozen=True, slots=True)
class _Picture:
    """A picture, its path without the folders that tell role and split, and its split."""

    path: Path
    key: PurePosixPath
    split: str | None


def recognize(
    root: Path, files: Sequence[Path], table: Path, *, classes: ClassTable | None
) -> tuple[Layout, ClassTable]:
    """Pictures anywhere below the folder, and what a table of run lengths says of them.

    ClassId counts from 1. A picture without a row has no mask, which is a truth like any other; but where none of the
    pictures in a `test` folder has a row, that split has no truth. Splits are by folders or by lists.

    Args:
        root: the folder.
        files: all files below it.
        table: the CSV file.
        classes: the stated class table; by default the names in the table of run lengths, or `class_1` and so on, as
            many as the highest ClassId.

    Raises:
        DataError: a table that cannot be read, rows of no picture or of several, or a ClassId beyond the class table.
    """
    rows, names = _rows(table)
    pictures = _pictures(root, files)
    classes = classes or _table_of(table, names)
    _check_ids(table, rows, classes)
    found = _matched(root, table, rows, pictures)
    samples = {picture: _sample(root, picture, found.get(picture, {}), classes) for picture in pictures}
    splits, how, listed = _split(root, files, samples, set(found))
    words = f"{len(pictures)} pictures, {len(found)} of them with run lengths of {len(classes)} classes in {table.name}"
    return Layout(splits, f"{words}{how}", undivided=None if listed else undivided(splits)), classes


def _pictures(root: Path, files: Sequence[Path]) -> list[_Picture]:
    """Those below a folder that is called like pictures; where there is no such folder, all but masks."""
    every = [path for path in files if is_picture(path)]
    roles = {path: [role_of(folder) for folder in path.parts[:-1]] for path in every}
    chosen = [path for path in every if "pictures" in roles[path]]
    chosen = chosen or [path for path in every if not {"masks", "other"} & set(roles[path])]
    if not chosen:
        raise DataError(f"{root}: there are no pictures; expected them in images/, train_images/ or beside the table")
    pictures = []
    for path in chosen:
        split = next((own for folder in path.parts[:-1] if (own := split_of(folder))), None)
        kept = [folder for folder in path.parts[:-1] if role_of(folder) is None and split_of(folder) is None]
        pictures.append(_Picture(path, PurePosixPath(*kept, path.name), split))
    return pictures


def _rows(table: Path) -> tuple[dict[str, dict[int, str]], tuple[str, ...]]:
    """By picture and ClassId the run lengths, and the names of the classes."""
    found = read_kaggle_csv(table)
    if found.style == "object":
        raise DataError(
            f"{table}: each row is a thing without a class, and this is read as classes; to learn them, convert them "
            "first: `perpixel convert`"
        )
    return {image: {row.class_id: row.text for row in rows} for image, rows in found.rows.items()}, found.names


def _table_of(table: Path, names: Sequence[str]) -> ClassTable:
    if not names:
        raise DataError(f"{table}: there is no row with a class; give the classes by --classes")
    return ClassTable(tuple(SegmentClass(name, color_of(number)) for number, name in enumerate(names, start=1)))


def _check_ids(table: Path, rows: Mapping[str, Mapping[int, str]], classes: ClassTable) -> None:
    for name, own in rows.items():
        for number in own:
            if not 1 <= number <= len(classes):
                raise DataError(
                    f"{table}: {name} has ClassId {number}, and the class table has {len(classes)} classes, which "
                    f"ClassId numbers from 1 to {len(classes)}; add the class to the table"
                )


def _matched(
    root: Path, table: Path, rows: Mapping[str, Mapping[int, str]], pictures: Sequence[_Picture]
) -> dict[_Picture, Mapping[int, str]]:
    """The rows of each picture that has any."""
    by_name: dict[str, list[_Picture]] = defaultdict(list)
    for picture in pictures:
        parts = picture.key.parts
        for start in range(len(parts)):
            end = PurePosixPath(*parts[start:])
            by_name[str(end)].append(picture)
            by_name[str(end.with_suffix(""))].append(picture)
    found: dict[_Picture, Mapping[int, str]] = {}
    missing = [name for name in rows if name.replace("\\", "/") not in by_name]
    if missing:
        raise DataError(
            f"{table}: {len(missing)} of {len(rows)} ImageIds are of no picture in {root}: {some(missing)}; add the "
            "pictures or take out the rows"
        )
    for name, own in rows.items():
        named = by_name[name.replace("\\", "/")]
        if len(named) > 1:
            paths = some([picture.path for picture in named])
            raise DataError(f"{table}: {name} may be any of {len(named)} pictures: {paths}; write the folder too")
        if named[0] in found:
            raise DataError(f"{table}: {named[0].path} is named in two ways, one of them {name}; write it in one")
        found[named[0]] = own
    return found


def _sample(root: Path, picture: _Picture, own: Mapping[int, str], classes: ClassTable) -> Sample:
    runs = tuple(own.get(number, "") for number in range(1, len(classes) + 1))
    return Sample(str(picture.key.with_suffix("")), root / picture.path, runs=runs)


def _split(
    root: Path, files: Sequence[Path], samples: Mapping[_Picture, Sample], known: set[_Picture]
) -> tuple[dict[str, tuple[Sample, ...]], str, bool]:
    """The splits, how they were told, and whether by lists."""
    aside = [picture for picture in samples if picture.split == "test" and picture not in known]
    if any(picture in known for picture in samples if picture.split == "test"):
        aside = []
    test = {"test": tuple(_alone(samples[picture]) for picture in aside)} if aside else {}
    rest = {picture: sample for picture, sample in samples.items() if picture not in set(aside)}
    named = {picture.split for picture in rest} - {None}
    if len(named) < 2 and (lists := find_lists(root, files)):
        splits, unused = by_lists(root, list(rest.values()), lists)
        told = f"; {unused} pictures are in no list" if unused else ""
        return splits | test, f"; split by the lists {', '.join(lists)}{told}", True
    if not named:
        return {"train" if test else "all": tuple(rest.values())} | test, "", False
    if outside := [picture.path for picture in rest if picture.split is None]:
        raise DataError(
            f"{root}: {len(outside)} pictures lie outside of the split folders {', '.join(sorted(map(str, named)))}: "
            f"{some(outside)}; move them into one, or take them out"
        )
    members = {name: tuple(sample for picture, sample in rest.items() if picture.split == name) for name in named}
    splits = {name: members[name] for name in in_order([str(name) for name in named])} | test
    return splits, f"; split by folders {', '.join(splits)}", False


def _alone(sample: Sample) -> Sample:
    return Sample(sample.name, sample.picture)


def find_tables(root: Path, files: Sequence[Path]) -> list[Path]:
    """The tables of run lengths in the root of a data set that may be its truth: not the sample of a submission."""
    return [
        path
        for path in files
        if len(path.parts) == 1 and path.suffix.lower() == ".csv"
        if "submission" not in path.stem.lower() and style_of(root / path) in ("class", "class-joined")
    ]


def find_truth(root: Path, files: Sequence[Path], masks: str | None) -> Path | None:
    """The table that has the masks: the one that is asked for, or the only truth that there is.

    Raises:
        DataError: there are masks too, or several tables, and nothing was asked for.
    """
    if masks is not None:
        asked = root / masks if (root / masks).is_file() else Path(masks)
        if Path(masks).suffix.lower() == ".csv" and not asked.is_file():
            raise DataError(f"{root / masks}: there is no such table of run lengths")
        return asked if asked.is_file() else None
    tables = find_tables(root, files)
    folders = sorted({path.parts[0] for path in files if is_picture(path) and role_of(path.parts[0]) == "masks"})
    if not tables or (len(tables) == 1 and not folders):
        return root / tables[0] if tables else None
    truths = [*(f"{folder}/" for folder in folders), *map(str, tables)]
    choices = " or ".join(f"--masks {truth.rstrip('/')}" for truth in truths)
    raise DataError(f"{root}: {' and '.join(truths)} are both the truth of these pictures; choose by {choices}")

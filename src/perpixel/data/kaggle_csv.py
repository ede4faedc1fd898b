"""The table of a Kaggle competition, row by row, without a look at the pictures."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from perpixel.errors import DataError
from perpixel.masks.runs import EMPTY_TOKENS

Style = Literal["class", "class-joined", "object"]
"""A row a picture and class, in columns of their own or joined as `name.jpg_1`; or a row an object."""

COLUMNS: dict[Style, tuple[str, ...]] = {
    "class": ("ImageId", "ClassId", "EncodedPixels"),
    "class-joined": ("ImageId_ClassId", "EncodedPixels"),
    "object": ("ImageId", "EncodedPixels"),
}
"""The columns as they are written."""

MOST_CLASSES = 1000
_LONGEST = 2**28  # characters of one cell: Python's csv stops at 2**17, and one mask of a large picture has more
_IMAGE = ("imageid", "image_id", "image", "img", "id", "filename", "file_name")
_CLASS = ("classid", "class_id", "class", "label")
_JOINED = ("imageid_classid", "image_label", "image_class", "image_id_class_id")
_PIXELS = ("encodedpixels", "encoded_pixels", "rle_mask", "rle", "encoding", "segmentation", "annotation")
_WITH_SUFFIX = re.compile(r"(.+\.(?:jpe?g|png|tiff?|bmp|webp))_(.+)", re.IGNORECASE)
_NUMBER = re.compile(r"([0-9]{1,9})(?:\.0+)?")  # pandas writes 1.0 where a column has gaps


@dataclass(frozen=True, slots=True)
class Row:
    """One mask: its class, counted from 1; Kaggle's text, empty where there is no pixel; and its line in the file."""

    class_id: int
    text: str
    line: int


@dataclass(frozen=True)
class KaggleCsv:
    """What a table says.

    Attributes:
        path: the file.
        style: how the rows are meant.
        names: of the classes 1, 2, ... in order: those that the table has, else `class_1` and so on up to the highest
            number; the one class `object` where a row is an object.
        named: whether the table has names.
        rows: by picture, as the table calls it; a picture with no more than an empty row has none that say anything.
    """

    path: Path
    style: Style
    names: tuple[str, ...]
    named: bool
    rows: Mapping[str, tuple[Row, ...]]


@dataclass(frozen=True)
class _Header:
    style: Style
    image: int
    label: int | None
    pixels: int


def class_rows(path: Path) -> dict[str, dict[int, str]]:
    """Picture to class, counted from 1, to Kaggle's text; an empty text is a class that does not occur.

    Raises:
        DataError: no such table, or one with a row an object (`read_kaggle_csv` reads both).
    """
    table = read_kaggle_csv(path)
    if table.style == "object":
        raise DataError(
            f"{path}: each row is an object, without a class; a row a picture and class has the columns "
            "ImageId, ClassId, EncodedPixels or ImageId_ClassId, EncodedPixels"
        )
    return {image: {row.class_id: row.text for row in rows} for image, rows in table.rows.items()}


def read_kaggle_csv(path: Path) -> KaggleCsv:
    """Read a table: ImageId,ClassId,EncodedPixels or ImageId_ClassId,EncodedPixels or ImageId,EncodedPixels.

    The columns may have any order, and the names that other competitions gave them (`id`, `class`, `rle`, ...). Classes
    are numbers from 1, or names, which are numbered in the order of the alphabet.

    Raises:
        DataError: the file cannot be read, has other columns, a class that is none, or two rows for a picture and
            class.
    """
    found: dict[str, list[tuple[str, str, int]]] = {}
    header: _Header | None = None
    for line, cells in _lines(path):
        if header is None:
            header = _header(cells)
            if header is None:
                raise DataError(
                    f"{path}: the columns are {', '.join(cells)[:200]}; expected ImageId,ClassId,EncodedPixels or "
                    "ImageId_ClassId,EncodedPixels or ImageId,EncodedPixels"
                )
            continue
        image, label, text = _cells(path, line, cells, header)
        rows = found.setdefault(image, [])
        if label or text:
            rows.append((label, text, line))
    if header is None:
        raise DataError(f"{path}: the table is empty; expected a line of column names and a row a mask")
    return _numbered(path, header.style, found)


def style_of(path: Path) -> Style | None:
    """The style that the first line tells; None if it is no such table, or cannot be read."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline(4096)
        header = _header(next(csv.reader([first]), []))
    except (OSError, UnicodeDecodeError, csv.Error):
        return None
    return None if header is None else header.style


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and cells of every row that is not empty."""
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST))
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            for cells in reader:
                if any(cells):
                    yield reader.line_num, cells
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: the table cannot be read: {error}") from error


def _header(cells: list[str]) -> _Header | None:
    names = [cell.strip().lower() for cell in cells]

    def place(known: tuple[str, ...]) -> int | None:
        return next((names.index(name) for name in known if name in names), None)

    pixels, joined, image, label = (place(known) for known in (_PIXELS, _JOINED, _IMAGE, _CLASS))
    if pixels is None:
        return None
    if joined is not None:
        return _Header("class-joined", joined, None, pixels)
    if image is None:
        return None
    return _Header("object" if label is None else "class", image, label, pixels)


def _cells(path: Path, line: int, cells: list[str], header: _Header) -> tuple[str, str, str]:
    """Picture, class and text of a row; the last two empty where it says that there is nothing."""
    needed = max(header.image, header.pixels, header.label or 0)
    if len(cells) == needed == header.pixels:  # some leave the last comma out
        cells = [*cells, ""]
    if len(cells) <= needed:
        raise DataError(f"{path}: line {line} has {len(cells)} cells, the columns are {needed + 1} or more")
    image, text = cells[header.image].strip().replace("\\", "/"), cells[header.pixels].strip()
    text = "" if text in EMPTY_TOKENS else text
    if header.style == "class-joined":
        joined = _WITH_SUFFIX.fullmatch(image)
        image, _, label = (joined[1], "", joined[2]) if joined else image.rpartition("_")
        if not image or not label:
            raise DataError(f"{path}: line {line}: {cells[header.image]!r} is no picture and class, as `name.jpg_1` is")
    else:
        label = "object" if header.label is None else cells[header.label].strip()
        label = "" if label in EMPTY_TOKENS or (header.label is None and not text) else label
    if not image:
        raise DataError(f"{path}: line {line} names no picture")
    if text and not label:
        raise DataError(f"{path}: line {line}: {image} has pixels of no class")
    return image, label, text


def _numbered(path: Path, style: Style, found: Mapping[str, list[tuple[str, str, int]]]) -> KaggleCsv:
    labels = {label for rows in found.values() for label, _, _ in rows}
    named = style != "object" and not all(_NUMBER.fullmatch(label) for label in labels)
    names: tuple[str, ...] = ("object",)
    if style == "object":
        numbers = {"object": 1}
    elif not named:
        numbers = {label: int(float(label)) for label in labels}
        for label, number in numbers.items():
            if not 1 <= number <= MOST_CLASSES:
                raise DataError(f"{path}: class {label} is not from 1 to {MOST_CLASSES}; Kaggle's classes begin at 1")
        names = tuple(f"class_{number}" for number in range(1, max(numbers.values(), default=0) + 1))
    else:
        names = tuple(sorted(labels))
        if len(names) > MOST_CLASSES:
            raise DataError(f"{path}: {len(names)} classes, such as {names[0]!r}; at most {MOST_CLASSES} are read")
        numbers = {name: number for number, name in enumerate(names, start=1)}
    rows = {}
    for image, said in found.items():
        rows[image] = tuple(Row(numbers[label], text, line) for label, text, line in said)
        if style != "object":
            _check_once(path, image, rows[image])
    return KaggleCsv(path, style, names, named, rows)


def _check_once(path: Path, image: str, rows: tuple[Row, ...]) -> None:
    lines = dict[int, int]()
    for row in rows:
        first = lines.setdefault(row.class_id, row.line)
        if first != row.line:
            raise DataError(
                f"{path}: lines {first} and {row.line} are both of {image}, class {row.class_id}; expected one row for "
                "a picture and class: join their run lengths, or leave the class out where each row is an object"
            )

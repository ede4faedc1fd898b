"""Class tables in small YAML, CSV and text files."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import yaml

from perpixel.classes.palettes import PALETTES
from perpixel.classes.table import IGNORED_8, ClassTable, SegmentClass, color_of
from perpixel.errors import DataError
from perpixel.files import atomic_write

_SYNONYMS = {"class": "name", "class_name": "name", "label": "name", "red": "r", "green": "g", "blue": "b"}
_LINE = re.compile(r"(?:(?P<r>\d+)[ ,\t]+(?P<g>\d+)[ ,\t]+(?P<b>\d+)[ ,\t]+|(?P<id>\d+)[ ,:\t]+)?(?P<name>\S.*)")


def class_table(name_or_file: str | Path) -> ClassTable:
    """A known table by its name (camvid, cityscapes, voc), or one read from a YAML, CSV or text file.

    YAML: `classes:` a known table's name, or a list of names or of mappings with `name`, `color: [r, g, b]`, `thing`,
    `mirror`; and `ignore:`.
    CSV: a header with `name` and, if wanted, `id`, `r`, `g`, `b`, `thing`, `mirror`; one class a row, in the order of
    the numbers; a row named `ignore` or `void` with an `id` sets the ignored value.
    Text: a name a line, in the order of the numbers, if wanted after its number or its `r g b`.

    Raises:
        DataError: no such name or file, or a file that is not a class table.
    """
    if str(name_or_file) in PALETTES:
        return PALETTES[str(name_or_file)]
    path = Path(name_or_file)
    if not path.is_file():
        raise DataError(
            f"{name_or_file}: neither a known class table ({', '.join(PALETTES)}) nor a YAML, CSV or text file of one"
        )
    read = {".csv": _from_csv, ".txt": _from_text}.get(path.suffix.lower(), _from_yaml)
    try:
        return read(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, KeyError, TypeError, yaml.YAMLError, csv.Error) as error:
        what = f"missing {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise DataError(f"{path}: not a class table: {what}") from error


def save_class_table(table: ClassTable, path: Path) -> None:
    """Write a table as YAML; `class_table` reads it back.

    Raises:
        PerpixelError: the file cannot be written.
    """
    text = yaml.safe_dump(table.to_dict(), sort_keys=False, default_flow_style=None, allow_unicode=True)
    atomic_write(path, text.encode())


def _from_yaml(path: Path) -> ClassTable:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if isinstance(data, list):
        data = {"classes": data}
    if isinstance(data, dict) and data.get("classes") in list(PALETTES):
        known = PALETTES[data["classes"]]
        return replace(known, ignore=int(data.get("ignore", known.ignore)))
    if not isinstance(data, dict) or not isinstance(data.get("classes"), list):
        raise ValueError(f"expected a list, or {', '.join(PALETTES)}, under `classes:`")
    return ClassTable.from_dict(data)


def _from_csv(path: Path) -> ClassTable:
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    delimiter = ";" if lines and ";" in lines[0] else ","
    rows = []
    for row in csv.DictReader(lines, skipinitialspace=True, delimiter=delimiter):
        cells = {key.strip().lower(): value.strip() for key, value in row.items() if key and value is not None}
        rows.append({_SYNONYMS.get(key, key): value for key, value in cells.items()})
    if not rows or "name" not in rows[0]:
        raise ValueError("expected a header with a `name` column")
    return _from_rows(rows)


def _from_text(path: Path) -> ClassTable:
    rows = []
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        found = _LINE.fullmatch(line.strip())
        if found and not found["name"].startswith("#") and found["name"] != "__ignore__":  # the latter is labelme's
            rows.append({key: value for key, value in found.groupdict().items() if value is not None})
    if not rows:
        raise ValueError("expected a class name a line")
    return _from_rows(rows)


def _from_rows(rows: list[dict[str, str]]) -> ClassTable:
    entries: list[SegmentClass] = []
    ignore = IGNORED_8
    for row in rows:
        if row["name"].lower() in ("ignore", "void") and row.get("id"):
            ignore = int(row["id"])
            continue
        number = len(entries)
        if row.get("id") and int(row["id"]) != number:
            raise ValueError(
                f"class {row['name']!r} has id {row['id']} and is number {number}; list the classes by id, from 0"
            )
        color = (int(row["r"]), int(row["g"]), int(row["b"])) if row.get("r") else color_of(number)
        thing = row.get("thing", "").lower() in ("1", "true", "yes")
        entries.append(SegmentClass(row["name"], color, thing, row.get("mirror") or None))
    return ClassTable(tuple(entries), ignore=ignore)

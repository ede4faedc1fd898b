"""Class tables in small YAML and CSV files."""

from __future__ import annotations

import csv
from pathlib import Path

import yaml

from perpixel.classes.palettes import PALETTES
from perpixel.classes.table import ClassTable, SegmentClass, color_of
from perpixel.errors import DataError


def class_table(name_or_file: str | Path) -> ClassTable:
    """A known table by its name (camvid, cityscapes, voc), or one read from a YAML or CSV file.

    YAML: `classes:` a list of names, or of mappings with `name`, `color: [r, g, b]`, `thing`, `mirror`; and `ignore:`.
    CSV: a header with `name` and, if wanted, `r`, `g`, `b`, `thing`, `mirror`; one class a row, in the order of the
    numbers; a row named `ignore` or `void` with an `id` column sets the ignored value.

    Raises:
        DataError: no such name or file, or a file that is not a class table.
    """
    if str(name_or_file) in PALETTES:
        return PALETTES[str(name_or_file)]
    path = Path(name_or_file)
    if not path.is_file():
        raise DataError(
            f"{name_or_file}: neither a known class table ({', '.join(PALETTES)}) nor a YAML or CSV file of one"
        )
    try:
        return _from_csv(path) if path.suffix.lower() == ".csv" else _from_yaml(path)
    except (ValueError, KeyError, TypeError, yaml.YAMLError, UnicodeDecodeError, csv.Error) as error:
        what = f"missing {error}" if isinstance(error, KeyError) else str(error).replace("\n", " ")
        raise DataError(f"{path}: not a class table: {what}") from error


def save_class_table(table: ClassTable, path: Path) -> None:
    """Write a table as YAML; `class_table` reads it back."""
    path.write_text(yaml.safe_dump(table.to_dict(), sort_keys=False, default_flow_style=None), encoding="utf-8")


def _from_yaml(path: Path) -> ClassTable:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if isinstance(data, list):
        data = {"classes": data}
    if not isinstance(data, dict) or not isinstance(data.get("classes"), list):
        raise ValueError("expected a list under `classes:`")
    return ClassTable.from_dict(data)


def _from_csv(path: Path) -> ClassTable:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = [
            {key.strip().lower(): value.strip() for key, value in row.items() if key and value is not None}
            for row in csv.DictReader(file, skipinitialspace=True)
        ]
    if not rows or "name" not in rows[0]:
        raise ValueError("expected a header with a `name` column")
    entries, ignore = [], 255
    for row in rows:
        if row["name"].lower() in ("ignore", "void") and row.get("id"):
            ignore = int(row["id"])
            continue
        number = len(entries)
        if row.get("id") and int(row["id"]) != number:
            raise ValueError(f"class {row['name']!r} has id {row['id']}, but stands in row {number}; ids count from 0")
        color = (int(row["r"]), int(row["g"]), int(row["b"])) if row.get("r") else color_of(number)
        thing = row.get("thing", "").lower() in ("1", "true", "yes")
        entries.append(SegmentClass(row["name"], color, thing, row.get("mirror") or None))
    return ClassTable(tuple(entries), ignore=ignore)

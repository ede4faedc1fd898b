"""The class table that lies in a data set's folder, and what it says of the encoding."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import yaml

from perpixel.classes import ClassTable, class_table
from perpixel.errors import DataError
from perpixel.masks import Encoding

_NAMES = (
    "classes.yaml",
    "classes.yml",
    "classes.csv",
    "class_dict*.csv",
    "class_names.txt",
    "classes.txt",
    "labels.txt",
)


def find_table(root: Path) -> Path | None:
    """The class table in the root of a data set; of several, the one whose name says most."""
    for name in _NAMES:
        found = sorted(path for path in root.glob(name) if path.is_file())
        if found:
            return found[0]
    return None


def stated_table(
    root: Path, classes: str | Path | ClassTable | None, ignore: int | None
) -> tuple[ClassTable | None, Encoding | None]:
    """The class table and the encoding that someone wrote down: what is asked for first, then what lies in the folder.

    Raises:
        DataError: a table that cannot be read.
    """
    beside = find_table(root)
    if isinstance(classes, ClassTable):
        table: ClassTable | None = classes
    elif classes is not None:
        table = class_table(classes)
        beside = Path(classes) if Path(classes).is_file() else beside
    else:
        table = class_table(beside) if beside is not None and not _encoding_alone(beside) else None
    if table is not None and ignore is not None:
        table = replace(table, ignore=ignore)
    return table, None if beside is None else stated_encoding(beside, table)


def stated_encoding(table: Path, classes: ClassTable | None) -> Encoding | None:
    """The `encoding:` that a YAML class table states, with `values: {128: road, ...}` for kind `values`; None if none.

    Raises:
        DataError: an unknown encoding or class, or values that are not numbers.
    """
    data = _yaml(table)
    if not isinstance(data, dict) or not data.keys() & {"encoding", "values"}:
        return None
    try:
        values = tuple((int(value), _number(name, classes)) for value, name in (data.get("values") or {}).items())
        kind = data.get("encoding", "values")
        return Encoding(cast(Any, kind), values, reason=f"{table.name} says so")
    except (ValueError, TypeError, AttributeError) as error:
        raise DataError(f"{table}: {error}") from error


def _yaml(table: Path) -> Any:
    """What is in a YAML file; None if it is none, or is another kind of file."""
    if table.suffix.lower() not in (".yaml", ".yml"):
        return None
    try:
        return yaml.safe_load(table.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise DataError(f"{table}: not YAML: {' '.join(str(error).split())}") from error


def _encoding_alone(table: Path) -> bool:
    data = _yaml(table)
    return isinstance(data, dict) and "encoding" in data and "classes" not in data


def _number(name: Any, classes: ClassTable | None) -> int:
    if classes is None:
        raise ValueError("`values` need the `classes:` that they name")
    if name == "ignore":
        return classes.ignored
    number = name if isinstance(name, int) else classes.index(str(name))
    if not 0 <= number < len(classes):
        raise ValueError(f"class {number} is not one of the {len(classes)} classes 0 to {len(classes) - 1}")
    return number

"""The class table that lies beside label maps. It is found or it is not; it is never guessed."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from perpixel.classes import PALETTES, ClassTable, class_table
from perpixel.data.tables import find_table, stated_encoding
from perpixel.errors import DataError
from perpixel.masks import Encoding

PREDICTIONS = "predictions.json"


@dataclass(frozen=True)
class Found:
    """A class table, where it was, and how it says that the truth's files code the classes (None if it does not)."""

    classes: ClassTable
    where: str
    encoding: Encoding | None = None


def classes_for(
    predictions: Path,
    truth: Path,
    *,
    classes: str | Path | ClassTable | None = None,
    ignore: int | None = None,
) -> Found:
    """The class table that is named, or else the one that lies beside the predictions or the truth.

    It is looked for in the predictions' folder and the one above, in the truth's and two above (`DATA/masks/val`). The
    ignored value comes from the table beside the truth if both sides have one.

    Args:
        predictions: a folder or file of label maps.
        truth: a folder or file of masks.
        classes: a known table's name, a file, or a table.
        ignore: the ignored value in the truth's files, whatever the table says.

    Raises:
        DataError: there is no table, a broken one, or two that differ; or one of the paths is not there.
    """
    if isinstance(classes, ClassTable):
        found = Found(classes, "the caller")
    elif classes is not None:
        found = _read(Path(classes)) if Path(classes).is_file() else Found(class_table(classes), str(classes))
    else:
        found = _beside_both(predictions, truth)
    return found if ignore is None else replace(found, classes=replace(found.classes, ignore=ignore))


def _beside_both(predictions: Path, truth: Path) -> Found:
    by_prediction, by_truth = _beside(predictions, above=1), _beside(truth, above=2)
    if by_truth and by_prediction and by_truth.classes.names != by_prediction.classes.names:
        raise DataError(
            f"{by_prediction.where} has the classes {', '.join(by_prediction.classes.names)}, but {by_truth.where} has "
            f"{', '.join(by_truth.classes.names)}; say which counts with --classes"
        )
    if by_truth:
        return by_truth
    if by_prediction:
        return replace(by_prediction, encoding=None)  # what a tool says of its own files says nothing of the truth's
    raise DataError(
        f"no class table lies beside {predictions} or {truth} (classes.yaml, classes.csv, {PREDICTIONS}); "
        f"give one with --classes: {', '.join(PALETTES)}, or a YAML or CSV file"
    )


def _beside(path: Path, *, above: int) -> Found | None:
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder")
    start = path.resolve() if path.is_dir() else path.resolve().parent
    for folder in (start, *start.parents[:above]):
        table = find_table(folder)
        if table is not None:
            return _read(table)
        if (folder / PREDICTIONS).is_file():
            return _of_predictions(folder / PREDICTIONS)
    return None


def _read(path: Path) -> Found:
    table = class_table(path)
    return Found(table, str(path), stated_encoding(path, table))


def _of_predictions(path: Path) -> Found:
    """The table in what `perpixel predict` wrote."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Found(ClassTable.from_dict(data["classes"]), str(path))
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(f"{path}: holds no class table ({error!r}); give one with --classes") from error

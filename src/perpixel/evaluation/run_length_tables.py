"""A submission judged by its truth, both tables of run lengths, as the Severstal and cloud competitions do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.data.kaggle_csv import KaggleCsv, Row, read_kaggle_csv
from perpixel.data.listing import some
from perpixel.errors import DataError, MaskError
from perpixel.masks.runs import Runs, from_kaggle

Progress = Callable[[int, int], None]


def score_tables(submission: Path, truth: Path, *, progress: Progress | None = None) -> dict[str, Any]:
    """The mean over all pairs of a picture and a class of their Dice, 1 where both are empty.

    The pictures are those of the submission. Where the truth has a row for every pair (ImageId_ClassId), both must have
    the same pictures; where it has rows of what occurs alone (ImageId, ClassId), a picture without a row is empty.

    Returns:
        "image_mean_dice", "filled_mean_dice" over the pairs whose truth is not empty, "empty_mean_dice" over the
        others; None without such a pair; the same for each class.

    Raises:
        DataError: a table that cannot be read, pictures or rows that are missing, or run lengths that are none.
    """
    found, true = read_kaggle_csv(submission), read_kaggle_csv(truth)
    classes = max(len(found.names), len(true.names))
    names = true.names if len(true.names) == classes else found.names
    _check(found, true, classes)
    dice, filled = np.zeros((len(found.rows), classes)), np.zeros((len(found.rows), classes), np.bool_)
    for place, (image, rows) in enumerate(found.rows.items()):
        mine, theirs = _by_class(rows), _by_class(true.rows.get(image, ()))
        for number in range(1, classes + 1):
            one, other = mine.get(number), theirs.get(number)
            dice[place, number - 1] = _dice(found.path, true.path, one, other)
            filled[place, number - 1] = other is not None
        if progress is not None:
            progress(place + 1, len(found.rows))
    return {
        "task": "run-lengths",
        "images": len(found.rows),
        "pairs": dice.size,
        **_means(dice, filled),
        "per_class": {name: _means(dice[:, n], filled[:, n]) for n, name in enumerate(names)},
    }


def _means(dice: NDArray[Any], filled: NDArray[Any]) -> dict[str, Any]:
    def mean(values: NDArray[Any]) -> float | None:
        return float(values.mean()) if values.size else None

    return {
        "image_mean_dice": mean(dice),
        "filled_mean_dice": mean(dice[filled]),
        "empty_mean_dice": mean(dice[~filled]),
        "filled": int(filled.sum()),
    }


def _check(found: KaggleCsv, true: KaggleCsv, classes: int) -> None:
    for table in (found, true):
        if table.style == "object":
            raise DataError(
                f"{table.path}: each row is an object without a class; rows of pictures and classes are read"
            )
        if not table.rows:
            raise DataError(f"{table.path}: there is no row; expected one for each picture and class")
    missing = sorted(true.rows.keys() - found.rows.keys())
    if missing:
        raise DataError(
            f"{found.path}: {len(missing)} of the {len(true.rows)} pictures of {true.path} are missing: "
            f"{some(missing)}; a submission has rows for every picture"
        )
    unknown = sorted(found.rows.keys() - true.rows.keys())
    if unknown and true.style == "class-joined":
        raise DataError(f"{true.path}: {len(unknown)} pictures of {found.path} are not in it: {some(unknown)}")
    if found.style != "class-joined":
        return
    for image, rows in found.rows.items():
        lacking = set(range(1, classes + 1)) - {row.class_id for row in rows}
        if lacking:
            raise DataError(f"{found.path}: {image} has no row for class {min(lacking)}; an empty one is needed too")


def _by_class(rows: tuple[Row, ...]) -> dict[int, Row]:
    """The rows that are not empty."""
    return {row.class_id: row for row in rows if row.text}


def _dice(found: Path, true: Path, mine: Row | None, theirs: Row | None) -> float:
    if mine is None or theirs is None:
        return float(mine is theirs)
    pixels = max(_end(mine.text), _end(theirs.text), 1)
    one, other = _runs(mine, pixels, found), _runs(theirs, pixels, true)
    return 2 * (one & other).area / (one.area + other.area)


def _runs(row: Row, pixels: int, path: Path) -> Runs:
    """As a picture of one column: Dice needs no more than the numbers of the pixels."""
    try:
        return from_kaggle(row.text, (pixels, 1), max_pixels=pixels)
    except MaskError as error:
        raise DataError(f"{path}: line {row.line}: {error}") from error


def _end(text: str) -> int:
    """The last pixel of a text, if it is one of run lengths; else 0, and reading it says what is wrong."""
    parts = text.split()
    if len(parts) < 2 or not all(part.isdecimal() and len(part) < 11 for part in parts[-2:]):
        return 0
    return int(parts[-2]) + int(parts[-1]) - 1

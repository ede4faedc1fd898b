"""A competition's sample of a submission: which columns it wants, and rows of which pictures."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from perpixel.classes import ClassTable
from perpixel.data.kaggle_csv import read_kaggle_csv
from perpixel.data.listing import some
from perpixel.errors import DataError
from perpixel.predict.submission import Columns


@dataclass(frozen=True)
class SampleSubmission:
    """What `read_sample` found.

    Attributes:
        path: the file.
        header: names of the columns.
        columns: whether picture and class are one column.
        classes: how many the rows name.
        images: the ImageIds.
    """

    path: Path
    header: tuple[str, ...]
    columns: Columns
    classes: int
    images: frozenset[str]

    def check(self, pictures: Mapping[str, Path], classes: ClassTable) -> None:
        """Refuse to predict what will be refused.

        Raises:
            DataError: pictures that are not there, or another number of classes.
        """
        there = {f"{name}{path.suffix}" for name, path in pictures.items()} | set(pictures)
        missing = sorted(self.images - there)
        if missing:
            raise DataError(
                f"{self.path}: {len(missing)} of its {len(self.images)} pictures are not there: {some(missing)}; "
                "give the folder of the test pictures"
            )
        if self.classes != len(classes):
            raise DataError(
                f"{self.path} has {self.classes} classes, the model has {len(classes)} ({', '.join(classes.names)}); "
                "take the model of this competition"
            )


def read_sample(path: Path) -> SampleSubmission:
    """Read `sample_submission.csv`.

    Raises:
        DataError: it cannot be read, or has other columns.
    """
    table = read_kaggle_csv(path)
    if table.style == "object":
        raise DataError(f"{path}: its rows are objects without classes; this writes rows of pictures and classes")
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = tuple(next(csv.reader(file)))
    columns: Columns = "joined" if table.style == "class-joined" else "apart"
    wanted = 2 if columns == "joined" else 3
    if len(header) != wanted:
        raise DataError(f"{path}: the columns are {', '.join(header)}; expected {wanted} of them, in this order")
    return SampleSubmission(path, header, columns, len(table.names), frozenset(table.rows))

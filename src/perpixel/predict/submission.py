"""A competition's submission: the run lengths of every picture and class, in a CSV file."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.classes.background import has_background, without_background
from perpixel.data.kaggle_csv import COLUMNS
from perpixel.errors import DataError, PictureError
from perpixel.files import whole_file
from perpixel.masks.runs import encode_mask, to_kaggle
from perpixel.predict.source import Frame, Source
from perpixel.results import LabelMap, Layers
from perpixel.spec import ModelSpec

Columns = Literal["joined", "apart"]
HEADERS: dict[Columns, tuple[str, ...]] = {"joined": COLUMNS["class-joined"], "apart": COLUMNS["class"]}


@dataclass(frozen=True)
class SubmissionSink:
    """Writes a row for every picture and class, in the order of the pictures and then of the classes.

    Attributes:
        writer: of the CSV file; `submission` opens it.
        classes: as `submitted_classes` gives them; ClassId 1 is the first.
        columns: "joined": `name.jpg_1,3 3 7 1`; "apart": `name.jpg,1,3 3 7 1`.
        empty: what is written for a class without a pixel.
        size: (height, width) that masks are brought to, if the competition wants one; None leaves the pictures'.
    """

    writer: Any
    classes: ClassTable
    columns: Columns
    empty: str = ""
    size: tuple[int, int] | None = None

    def write(self, frame: Frame, answer: LabelMap | Layers) -> int:
        """Write a picture's rows; and give how many of its masks are not empty."""
        filled = 0
        for number, mask in enumerate(self._masks(answer), start=1):
            text = to_kaggle(encode_mask(_resized(mask, self.size)), empty=self.empty)
            filled += bool(mask.any())
            self._row(image_id(frame), number, text)
        return filled

    def write_empty(self, frame: Frame) -> None:
        """Write the rows of a picture without an answer: a submission that lacks a picture is refused as a whole."""
        for number in range(1, len(self.classes) + 1):
            self._row(image_id(frame), number, self.empty)

    def _masks(self, answer: LabelMap | Layers) -> Iterator[NDArray[np.bool_]]:
        """Of the classes that have rows, in order: these are the answer's last ones."""
        for number in range(len(answer.classes) - len(self.classes), len(answer.classes)):
            yield answer.masks[number] if isinstance(answer, Layers) else answer.labels == number

    def _row(self, name: str, number: int, text: str) -> None:
        joined = self.columns == "joined"
        self.writer.writerow([f"{name}_{number}", text] if joined else [name, number, text])


@contextmanager
def submission(
    path: Path,
    classes: ClassTable,
    *,
    columns: Columns = "joined",
    header: Sequence[str] | None = None,
    empty: str = "",
    size: tuple[int, int] | None = None,
) -> Iterator[SubmissionSink]:
    """Open a submission; the file is whole when the block ends well, else not there.

    Args:
        path: of the CSV file.
        classes, columns, empty, size: as `SubmissionSink` has them.
        header: names of the columns; by default `HEADERS`.

    Raises:
        DataError: the folder is not there.
        PerpixelError: the system cannot write.
    """
    if not path.parent.is_dir():
        raise DataError(f"{path}: there is no folder {path.parent}; make it first")
    with whole_file(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header or HEADERS[columns])
        yield SubmissionSink(writer, classes, columns, empty, size)


def answer_all(
    source: Source, predictor: Callable[[NDArray[Any]], LabelMap | Layers], sink: SubmissionSink
) -> Iterator[tuple[Frame, int, str]]:
    """Answer every picture of a source and write its rows, one picture a turn.

    Yields:
        The frame, how many of its masks are not empty, and why it has no answer, if it has none.
    """
    for frame in source:
        problem, filled = frame.problem, 0
        if frame.image is not None:
            try:
                filled = sink.write(frame, predictor(frame.image))
            except PictureError as error:  # one that the model does not take, such as of seven channels
                problem = f"{frame.path}: {error}"
        if problem:
            sink.write_empty(frame)
        yield frame, filled, problem


def submitted_classes(spec: ModelSpec) -> ClassTable:
    """The classes that have rows: all, but of label maps not a first one that is called background."""
    if spec.task == "semantic" and has_background(spec.classes):
        return without_background(spec.classes)
    return spec.classes


def image_id(frame: Frame) -> str:
    """The picture's path below the folder that was given, with its suffix."""
    suffix = "" if frame.path is None else frame.path.suffix
    return frame.name if frame.name.endswith(suffix) else frame.name + suffix


def _resized(mask: NDArray[np.bool_], size: tuple[int, int] | None) -> NDArray[np.bool_]:
    """By the pixel in the middle: a mean that is rounded down would make every mask smaller."""
    if size is None or mask.shape == size:
        return mask
    return cv2.resize(mask.view(np.uint8), size[::-1], interpolation=cv2.INTER_NEAREST_EXACT) > 0

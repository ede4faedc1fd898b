"""What an evaluation leaves on disk: numbers for machines and for people, and the pictures to look at first."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from perpixel.draw.confusion_chart import confusion_chart
from perpixel.evaluation.evaluation import Evaluation
from perpixel.files import atomic_write
from perpixel.metrics import SemanticScore
from perpixel.pictures import write_jpeg, write_png

_MOST_DRAWN = 200


def write_report(evaluation: Evaluation, out: Path, *, about: Mapping[str, str] | None = None) -> None:
    """Write scores, confusion matrix, one row for each picture, and the worst pictures into a folder.

    `scores.json`, `confusion.csv` (counts; rows are truth), `confusion.png` (up to 200 classes), `pictures.csv`, and
    `worst/01-NAME.jpg`, the worst first: picture, truth, prediction and errors. An older report there is replaced.

    Args:
        evaluation: what `evaluate` or `score_folders` gave.
        out: the folder; it is made if it is not there.
        about: what was judged (model, data, split), for `scores.json`.

    Raises:
        PerpixelError: the folder cannot be written.
    """
    worst = out / "worst"
    worst.mkdir(parents=True, exist_ok=True)
    scores = json.dumps({**evaluation.compute(), **(about or {})}, indent=2, allow_nan=False)
    atomic_write(out / "scores.json", scores.encode() + b"\n")
    if isinstance(evaluation.score, SemanticScore):  # where classes overlap, none is mistaken for another
        _write_confusion(evaluation.score, out)
    rows = evaluation.rows()
    atomic_write(out / "pictures.csv", _csv(rows[0] if rows else [], (row.values() for row in rows)))
    for old in worst.glob("[0-9][0-9]-*.jpg"):
        old.unlink()
    for place, case in enumerate(evaluation.worst, start=1):
        write_jpeg(worst / f"{place:02d}-{case.name.replace('/', '_')}.jpg", case.drawn)


def _write_confusion(score: SemanticScore, out: Path) -> None:
    matrix = score.matrix
    names = matrix.classes.names
    counts = ([name, *row] for name, row in zip(names, matrix.counts.tolist(), strict=True))
    atomic_write(out / "confusion.csv", _csv(["truth \\ prediction", *names], counts))
    if len(names) <= _MOST_DRAWN:
        write_png(out / "confusion.png", confusion_chart(matrix.counts, matrix.classes))


def _csv(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode()

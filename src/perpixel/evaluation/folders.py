"""Label maps on disk, made by any tool, judged by label maps on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np

from perpixel.classes import ClassTable
from perpixel.errors import DataError
from perpixel.evaluation.beside import classes_for
from perpixel.evaluation.cases import WorstCases
from perpixel.evaluation.evaluation import Evaluation, Progress, judge
from perpixel.evaluation.pairs import Pair, pair_files
from perpixel.masks import Encoding, Evidence, RawMask, decode_labels, infer_encoding, read_raw
from perpixel.metrics import SemanticScore
from perpixel.results import LabelMap

_LOOKED_AT = 32


def score_folders(
    predictions: Path,
    truth: Path,
    *,
    classes: str | Path | ClassTable | None = None,
    ignore: int | None = None,
    encoding: str | None = None,
    truth_encoding: str | None = None,
    boundary: bool = True,
    worst: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Judge a folder of label maps by a folder of masks, or one file by another.

    They pair by their path inside the folder without the suffix, or by the stem alone where no stem is there twice.
    Overlays and all that is not PNG, TIFF or BMP are skipped. A prediction may hold any value where the truth is
    ignored.

    Args:
        predictions: label maps: values 0 .. K - 1, or the classes' colors.
        truth: masks of the same pictures, at the same size.
        classes: a known table's name, a YAML or CSV file, or a table. By default the one that lies beside the
            predictions or the truth: `classes.yaml`, `classes.csv`, or `predictions.json` of `perpixel predict`.
        ignore: the value of pixels in the truth that are not judged; by default the class table's.
        encoding: how the predictions code the classes, one of `perpixel.masks.ENCODINGS`; by default told from them.
        truth_encoding: the same of the truth; by default what a class table beside it says, or told from it.
        boundary: also compute boundary F1.
        worst: how many of the worst pictures are drawn.
        progress: called with the number of pictures that are judged, and of all.

    Raises:
        DataError: no class table, files without a partner, sizes that differ, or values that are no class.
        ValueError: an unknown encoding.
    """
    pairs = pair_files(predictions, truth)
    found = classes_for(predictions, truth, classes=classes, ignore=ignore)
    table = found.classes
    stated = found.encoding if truth_encoding is None else _stated(truth_encoding)
    of_truth = stated or _encoding([pair.truth for pair in pairs], table, truth)
    of_predictions = _stated(encoding) if encoding else _encoding([p.prediction for p in pairs], table, predictions)
    score, cases = SemanticScore(table, boundary=boundary), WorstCases(worst)
    for done, pair in enumerate(pairs, start=1):
        raw, answer = read_raw(pair.truth), read_raw(pair.prediction)
        if raw.size != answer.size:
            raise DataError(
                f"{pair.prediction} is {answer.size[0]} x {answer.size[1]}, {pair.truth} is {raw.size[0]} x "
                f"{raw.size[1]} (height x width); predictions are judged at the size of the truth: make them anew at it"
            )
        judged = decode_labels(raw, table, of_truth, name=str(pair.truth))
        prediction = _prediction(answer, judged, of_predictions, pair)
        judge(score, cases, None, truth=judged, prediction=prediction, name=pair.name)
        if progress is not None:
            progress(done, len(pairs))
    return Evaluation(score, tuple(cases.cases()), found.where)


def _stated(kind: str) -> Encoding:
    return Encoding(cast(Any, kind), reason="it was asked for")


def _encoding(files: list[Path], table: ClassTable, folder: Path) -> Encoding:
    """How these files code the classes, told from up to 32 of them, spread over all."""
    evidence = Evidence()
    for place in np.unique(np.linspace(0, len(files) - 1, _LOOKED_AT).astype(int)):
        evidence.look(read_raw(files[place]))
    return infer_encoding(evidence, table, name=str(folder)).encoding


def _prediction(raw: RawMask, truth: LabelMap, encoding: Encoding, pair: Pair) -> LabelMap:
    """What a tool predicted; a value that is no class is an error only where the truth is judged."""
    classes = truth.classes
    if encoding.kind != "index" or raw.values.ndim != 2:
        return decode_labels(raw, classes, encoding, name=str(pair.prediction))
    unknown = raw.values >= len(classes)
    misfit = unknown & (truth.labels != classes.ignored)
    if misfit.any():
        row, column = np.argwhere(misfit)[0]
        raise DataError(
            f"{pair.prediction}: label {raw.values[row, column]} at row {row}, column {column} is not one of the "
            f"{len(classes)} classes 0 to {len(classes) - 1}, and {pair.truth} is judged there; "
            "every judged pixel needs a class: check --classes, or the tool that made the labels"
        )
    return LabelMap(np.where(unknown, classes.ignored, raw.values).astype(classes.dtype), classes)

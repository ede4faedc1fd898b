"""`perpixel score`: label maps, or run lengths in a table, against their truth."""

from __future__ import annotations

import sys
from pathlib import Path


def score(
    predictions: Path,
    truth: Path,
    *,
    classes: str | None = None,
    ignore: int | None = None,
    encoding: str | None = None,
    truth_encoding: str | None = None,
    boundary: bool = True,
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Judge label maps that any tool made.

    The files pair by name, whatever their suffix; overlays are skipped. The evaluator is that of `perpixel evaluate`.
    All scores are fractions. Two CSV files of run lengths are judged as competitions do: the mean over pictures and
    classes of each one's Dice, 1 where both are empty.

    Example: `perpixel score out/ DATA/masks/val --classes camvid --json`
    Example: `perpixel score submission.csv train.csv`

    Args:
        predictions: a folder of label maps (PNG, TIFF, BMP: class numbers or class colors), or one file; or a CSV file.
        truth: a folder of masks of the same pictures, or one file; or a CSV file.
        classes: camvid, cityscapes, voc, or a YAML or CSV file; by default the one beside the predictions or the truth.
        ignore: the value in the truth of pixels that are not judged; by default the class table's.
        encoding: how the predictions code the classes (index, one-based, binary, palette, rgb ...), if not told right.
        truth_encoding: the same of the truth.
        boundary: judge the boundaries too.
        out: a folder for a report: confusion matrix, scores of each picture, the twelve worst pictures.
        json: print the scores as JSON.
    """
    from json import dumps

    from rich.console import Console
    from rich.progress import Progress

    from perpixel.evaluation import score_folders, score_tables, write_report
    from perpixel.evaluation.table import scores_table, tables_table

    if predictions.suffix.lower() == ".csv" or truth.suffix.lower() == ".csv":
        if predictions.suffix.lower() != truth.suffix.lower():
            raise ValueError("one is a CSV file and the other is not; give two tables of run lengths, or two folders")
        scores = score_tables(predictions, truth)
        if json:
            sys.stdout.write(dumps(scores, indent=2) + "\n")
        else:
            Console().print(tables_table(scores))
        return
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        bar = bars.add_task("judging", total=None)
        judged = score_folders(
            predictions,
            truth,
            classes=classes,
            ignore=ignore,
            encoding=encoding,
            truth_encoding=truth_encoding,
            boundary=boundary,
            worst=0 if out is None else 12,
            progress=lambda done, total: bars.update(bar, completed=done, total=total),
        )
    if classes is None:
        sys.stderr.write(f"classes: {', '.join(judged.score.classes.names)} (from {judged.classes_from})\n")
    if out is not None:
        write_report(judged, out, about={"predictions": str(predictions), "truth": str(truth)})
        sys.stderr.write(f"report: {out}\n")
    if json:
        sys.stdout.write(dumps(judged.compute(), indent=2, allow_nan=False) + "\n")
    else:
        Console().print(scores_table(judged.compute()))

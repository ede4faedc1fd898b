"""`perpixel score`: label maps, run lengths in a table, COCO's JSON files or files of lanes against their truth."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perpixel.commands.arguments import parse_size

if TYPE_CHECKING:
    from rich.table import Table


def score(
    predictions: Path,
    truth: Path,
    *,
    classes: str | None = None,
    ignore: int | None = None,
    encoding: str | None = None,
    truth_encoding: str | None = None,
    boundary: bool = True,
    max_detections: int = 100,
    size: str = "590x1640",
    out: Path | None = None,
    json: bool = False,
) -> None:
    """Judge what any tool made: label maps, run lengths, COCO's JSON.

    The files pair by name, whatever their suffix; overlays are skipped. The evaluator is that of `perpixel evaluate`.
    All scores are fractions. Two CSV files of run lengths are judged as competitions do: the mean over pictures and
    classes of each one's Dice, 1 where both are empty. Two JSON files of COCO are judged as pycocotools (instances: AP
    of masks and boxes, and boundary AP) and the panoptic API do (panoptic quality; the PNGs are in a folder of the
    file's name). Lanes are judged as TuSimple does (two files of JSON lines: accuracy, fp, fn) or CULane (two folders
    of `.lines.txt`: F1).

    Example: `perpixel score out/ DATA/masks/val --classes camvid --json`
    Example: `perpixel score submission.csv train.csv`
    Example: `perpixel score results.json instances_val2017.json`
    Example: `perpixel score lanes.json test_label.json --json`

    Args:
        predictions: a folder of label maps (PNG, TIFF, BMP: class numbers or class colors), or one file; a CSV file; or
            a JSON file: a list of COCO results with masks or boxes, a COCO file, COCO panoptic, or TuSimple's lanes; or
            a folder of CULane's lanes.
        truth: a folder of masks of the same pictures, or one file; a CSV file; a JSON file of COCO or TuSimple; or a
            folder of CULane's lanes.
        classes: camvid, cityscapes, voc, or a YAML or CSV file; by default the one beside the predictions or the truth.
        ignore: the value in the truth of pixels that are not judged; by default the class table's.
        encoding: how the predictions code the classes (index, one-based, binary, palette, rgb ...), if not told right.
        truth_encoding: the same of the truth.
        boundary: judge the boundaries too: F1 of label maps, AP of COCO's instances.
        max_detections: of COCO instances, how many of a class are judged in a picture, the surest; 1000 for cells.
        size: HEIGHTxWIDTH of the pictures of CULane's lanes.
        out: a folder for a report: confusion matrix, scores of each picture, the twelve worst pictures.
        json: print the scores as JSON.
    """
    from rich.console import Console
    from rich.progress import Progress

    from perpixel.evaluation import are_lanes, score_coco, score_folders, score_lanes, score_tables, write_report
    from perpixel.evaluation.table import TABLES, tables_table
    from perpixel.metrics import SemanticScore

    suffix, lanes = _suffix(predictions, truth), are_lanes(predictions, truth)
    if suffix == ".csv":
        scores = score_tables(predictions, truth)
        _print(scores, tables_table, as_json=json)
        return
    notes: list[str] = []
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        bar = bars.add_task("judging", total=None)

        def progress(done: int, total: int) -> None:
            bars.update(bar, completed=done, total=total)

        if lanes:
            judged = score_lanes(predictions, truth, size=parse_size(size), progress=progress, tell=notes.append)
        elif suffix == ".json":
            judged = score_coco(
                predictions,
                truth,
                max_detections=max_detections,
                boundary=boundary,
                progress=progress,
                tell=notes.append,
            )
        else:
            judged = score_folders(
                predictions,
                truth,
                classes=classes,
                ignore=ignore,
                encoding=encoding,
                truth_encoding=truth_encoding,
                boundary=boundary,
                worst=0 if out is None else 12,
                progress=progress,
            )
            if classes is None and isinstance(judged.score, SemanticScore):
                notes.append(f"classes: {', '.join(judged.score.classes.names)} (from {judged.classes_from})")
    if out is not None:
        write_report(judged, out, about={"predictions": str(predictions), "truth": str(truth)})
        notes.append(f"report: {out}")
    sys.stderr.writelines(f"{note}\n" for note in notes)
    _print(judged.compute(), TABLES[judged.score.task], as_json=json)


def _suffix(predictions: Path, truth: Path) -> str:
    """`.csv` or `.json` of two such files; else ""."""
    suffixes = {predictions.suffix.lower(), truth.suffix.lower()}
    for suffix, words in ((".csv", "two tables of run lengths"), (".json", "two JSON files of COCO")):
        if suffixes == {suffix}:
            return suffix
        if suffix in suffixes:
            kind = suffix[1:].upper()
            raise ValueError(f"one is a {kind} file and the other is not; give {words}, or two folders")
    return ""


def _print(scores: dict[str, Any], table: Callable[[dict[str, Any]], Table], *, as_json: bool) -> None:
    from json import dumps

    from rich.console import Console

    if as_json:
        sys.stdout.write(dumps(scores, indent=2, allow_nan=False) + "\n")
    else:
        Console().print(table(scores))

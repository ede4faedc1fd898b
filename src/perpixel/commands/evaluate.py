"""`perpixel evaluate`: a model against the truth."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

from perpixel.commands.arguments import comma_separated
from perpixel.commands.data_flags import DataFlags


def evaluate(
    data: Path,
    *,
    model: str = "street",
    split: str = "val",
    flip: bool = False,
    tile: int | None = None,
    threads: int | None = None,
    boundary: bool = True,
    out: Path | None = None,
    json: bool = False,
    told: DataFlags = DataFlags(),
) -> None:
    """Judge a model on a data set, at the pictures' own size.

    One confusion matrix over the split; pixels whose truth is ignored count nowhere, and a class that occurs neither
    in the truth nor in the prediction has no score. All scores are fractions.

    Example: `perpixel evaluate DATA --model runs/a --split val --json`

    Args:
        data: a data set: `images/` and `masks/`, CamVid, Pascal VOC, or any folder that looks like one of them.
        model: an embedded model's name, a run, a folder of folds, a checkpoint folder, or an ONNX file that perpixel
            wrote; several, separated by commas, are averaged, and so are folds.
        split: which part of the data set.
        flip: average with the answer to the mirrored picture.
        tile: answer larger pictures in square parts of this side, as `perpixel predict` does.
        threads: of the network's runtime; by default all.
        boundary: judge the boundaries too: F1 of label maps, AP of things.
        out: a folder for a report: confusion matrix, scores of each picture, the twelve worst pictures.
        json: print the scores as JSON.
    """
    from json import dumps

    from rich.console import Console
    from rich.progress import Progress

    from perpixel.evaluation import evaluate as evaluate_model
    from perpixel.evaluation import not_held_out, open_for_model, write_report
    from perpixel.evaluation.table import TABLES
    from perpixel.predict import Predictor
    from perpixel.predict.folds import fold_pictures

    predictor = Predictor(comma_separated(model), flip=flip, confidence="none", tile=tile, threads=threads)
    dataset, by_model = open_for_model(data, predictor.spec.classes, task=predictor.spec.task, **asdict(told))
    if by_model:
        sys.stderr.write(f"{data} names no classes; its numbers are taken to be those of {model}\n")
    folds = set().union(*map(fold_pictures, comma_separated(model)))
    names = [sample.name for sample in dataset.samples(split)]
    seen = sum(f"{split}/{name}" in folds for name in names)
    if seen:
        sys.stderr.write(
            f"{seen} of the {len(names)} pictures of {split} were learnt from by folds of {model}: "
            "how well it does on unseen ones, its folds.json tells\n"
        )
    for warning in filter(None, (not_held_out(one, dataset, split) for one in comma_separated(model))):
        sys.stderr.write(f"{warning}\n")
    with Progress(console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bars:
        bar = bars.add_task(f"judging {split}", total=None)
        judged = evaluate_model(
            dataset,
            predictor,
            split=split,
            boundary=boundary,
            worst=0 if out is None else 12,
            progress=lambda done, total: bars.update(bar, completed=done, total=total),
        )
    if out is not None:
        write_report(judged, out, about={"model": model, "data": str(data), "split": split})
        sys.stderr.write(f"report: {out}\n")
    if json:
        sys.stdout.write(dumps(judged.compute(), indent=2, allow_nan=False) + "\n")
    else:
        Console().print(TABLES[judged.compute()["task"]](judged.compute()))

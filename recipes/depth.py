"""Depth as classes on a recording: learn from its first four fifths, judge on the last, beside a constant.

    python -m recipes.depth learn RECORDING OUT --minutes 12
    python -m recipes.depth judge RECORDING RUN          # the numbers of docs/depth.md
    python -m recipes.depth picture RECORDING RUN out.jpg

RECORDING is a folder that `perpixel train --task depth` takes. Two constants stand beside the model: the median of the
depths that were learnt from, and that of the very pixels that are judged.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from cyclopts import App

from perpixel.data import Dataset, open_dataset
from perpixel.draw.depth import depth_beside, span_of
from perpixel.evaluation import evaluate
from perpixel.evaluation.depth_cases import draw_depths
from perpixel.pictures import write_jpeg
from perpixel.predict import Predictor
from perpixel.results import Depth

SHOWN = ("abs_rel", "rmse", "a1", "a2", "a3")

app = App(help=__doc__)


@app.command
def learn(recording: Path, out: Path, *, minutes: float = 12, bins: str = "increasing:64") -> None:
    """Learn by the plan that follows from the data, in so many minutes, and judge."""
    from perpixel.training import train

    run = train(open_dataset(recording, task="depth", bins=bins), out=out, given={"minutes": minutes})
    print(f"{len(run.history)} epochs, the best {run.best_epoch}")
    judge(recording, out)


@app.command
def judge(recording: Path, run: Path) -> None:
    """The model's numbers and those of both constants, as JSON."""
    dataset = open_dataset(recording, task="depth")
    scores = evaluate(dataset, Predictor(run), split="val").compute()
    constant = _learnt_median(dataset)
    blind = evaluate(
        dataset,
        lambda image: Depth(np.full(image.shape[:2], constant, np.float32), np.ones(image.shape[:2], np.bool_)),
        split="val",
    ).compute()
    told: dict[str, Any] = {"pictures": scores["images"], "learnt from": len(dataset.samples("train"))}
    told["model"] = {name: round(scores[name], 4) for name in SHOWN}
    told[f"median of the judged pixels, {scores['constant']['metres']:.3f} m"] = {
        name: round(scores["constant"][name], 4) for name in SHOWN
    }
    told[f"median of the learnt, {constant:.3f} m"] = {name: round(blind[name], 4) for name in SHOWN}
    of_both = [scores["abs_rel"] / scores["constant"]["abs_rel"], (1 - scores["a1"]) / (1 - scores["constant"]["a1"])]
    told["abs rel, and 1 - a1, in shares of the judged median's"] = [round(share, 3) for share in of_both]
    print(json.dumps(told, indent=2))


@app.command
def picture(recording: Path, run: Path, out: Path, *, number: int = -1, truth: bool = True) -> None:
    """A frame that was held out, with its depth and the truth, as a JPEG."""
    dataset = open_dataset(recording, task="depth")
    image, true = dataset.read(dataset.samples("val")[number])
    found = Predictor(run)(image)
    known: Any = true
    sheet = draw_depths(image, truth=known, prediction=found) if truth else depth_beside(image, found, span_of(found))
    write_jpeg(out, sheet)


def _learnt_median(dataset: Dataset) -> float:
    truths: list[Any] = [dataset.read_truth(sample) for sample in dataset.samples("train")]
    return float(np.median(np.concatenate([truth.metres[truth.valid] for truth in truths])))


if __name__ == "__main__":
    app()

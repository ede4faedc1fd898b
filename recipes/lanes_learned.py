"""Learned lanes: a network of drawn streets, judged on streets of unseen seeds; the numbers of docs/lanes.md.

    export OMP_NUM_THREADS=1
    python -m recipes.lanes_learned train --out runs/lanes            # three quarters of an hour, one core
    python -m recipes.lanes_learned train --out runs/lanes --resume   # after an interruption
    python -m recipes.lanes_learned judge --model runs/lanes          # seeds 100000 to 100099 at 720x1280
    python -m recipes.lanes_learned photos DATA --model runs/lanes    # any data that `--task lanes` reads

Learnt from are streets of 288x512 pixels, seeds 0 to 799, of which every twentieth decides which epoch is the best.
They are drawn once, below `--out`'s neighbor `lanes-drawn`. Judged are those that `recipes.lanes` judges, each alone.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from cyclopts import App

from perpixel.data import Dataset, open_dataset
from perpixel.evaluation import evaluate
from perpixel.metrics.lanes import LaneScore
from perpixel.predict import Predictor
from perpixel.results.lanes import Lanes
from perpixel.synthetic import draw_street, street
from perpixel.training import train as train_network
from perpixel.training.display import Bar
from recipes.intervals import intervals
from recipes.lanes import SIZE, UNSEEN

LEARNT = 800

app = App(help=__doc__)


def data(folder: Path) -> Dataset:
    """Drawn streets and their lanes."""
    if not (folder / "done").exists():
        draw_street(folder, count=LEARNT, size=(288, 512), val=0.05, truth="all")
        (folder / "done").touch()  # last, so that half a set is never taken for a whole one
    return open_dataset(folder, task="lanes")


@app.command
def train(
    *,
    out: Path,
    epochs: int | None = None,
    minutes: float | None = None,
    seed: int = 0,
    resume: bool = False,
) -> None:
    """Train by the plan that `perpixel train --task lanes` makes."""
    flags = {"epochs": epochs, "minutes": minutes, "seed": seed}
    given = {name: value for name, value in flags.items() if value is not None}
    with Bar() as bar:
        run = train_network(data(out.with_name("lanes-drawn")), out=out, given=given, resume=resume, progress=bar)
    print(f"best accuracy {run.best_score} in epoch {run.best_epoch}: {run.folder / 'best'}")


@app.command
def judge(*, model: str, count: int = 100, seed: int = UNSEEN) -> None:
    """TuSimple's numbers on drawn streets of 720x1280, as JSON, with intervals."""
    predictor, score = Predictor(model), LaneScore()
    for number in range(seed, seed + count):
        scene = street(number, size=SIZE)
        truth = Lanes.of_lines(scene.lanes.lines, SIZE)
        score.update(truth=truth, prediction=predictor(scene.image), name=str(number))
    print(json.dumps({"seeds": [seed, seed + count - 1], **_told(score)}, indent=2))


@app.command
def photos(folder: Path, *, model: str, split: str | None = None) -> None:
    """The numbers of other data, or of one split of them, as JSON."""
    opened = open_dataset(folder, task="lanes", split_seed=None)
    every = tuple(sample for samples in opened.splits.values() for sample in samples)
    dataset = replace(opened, splits={**opened.splits, "every": every})
    found = evaluate(dataset, Predictor(model), split=split or "every", boundary=False)
    print(json.dumps(found.compute(), indent=2))


def _told(score: Any) -> dict[str, Any]:
    return {**intervals(score, lambda scores: {part: scores[part] for part in ("accuracy", "fp", "fn")})}


if __name__ == "__main__":
    app()

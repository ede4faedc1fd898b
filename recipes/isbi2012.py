"""U-Net on its own data: membranes of the ISBI challenge of 2012, 25 pictures learnt, 5 held out.

    export OMP_NUM_THREADS=1
    python -m recipes.isbi2012 ISBI --out runs/isbi2012    # 25 minutes of one core; run again to go on
    python -m recipes.isbi2012 ISBI --out runs/isbi2012 --tell docs/isbi2012.md    # judge again

ISBI is a folder with the 30 pictures of 512 x 512 pixels and their masks (0 membrane, 1 cell), in any layout that
`perpixel train` reads. Every sixth picture is held out: 05, 11, 17, 23 and 29. The 30 are consecutive slices of one
block of tissue, 50 nanometers apart, so the neighbors of each of these were learnt: scores are better than those of
another block would be. No epoch is chosen by them: the last weights are judged.

What is the paper's: five levels of valid convolutions; border weights (w0 10, sigma 5) added to balanced classes;
elastic deformation of 10 pixels on a 3 x 3 grid, turns and flips; one tile a step; overlap-tile with mirrored borders.
What is not: an eighth of the width, tiles of 444 x 444 pixels in and 260 x 260 out to learn from (there 572 and 388),
batch normalization, AdamW in the place of SGD with momentum 0.99, a moving average of the weights, and minutes of one
core where the paper has 10 hours of a GPU.
"""

from __future__ import annotations

import csv
import math
from dataclasses import replace
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from cyclopts import App
from numpy.typing import NDArray

from perpixel.data import Dataset, open_dataset
from perpixel.files import atomic_write
from perpixel.masks.components import components
from perpixel.metrics import SemanticScore, rand_error
from perpixel.plan import Augmentation, Plan
from perpixel.predict import Predictor
from perpixel.results import LabelMap
from perpixel.spec import Terms
from perpixel.training import train
from perpixel.training.display import Bar
from perpixel.training.folders import holds_run

EPOCHS = 18
HELD_OUT = 6  # every sixth
TILE = 388
CELL = 1  # the class
THRESHOLDS = (0.01, 0.02, *(round(0.05 * step, 2) for step in range(1, 20)), 0.98, 0.99)
TERMS = Terms(licence="Apache-2.0 for the file's form", data="ISBI 2012 (Cardona et al., 2010); terms not stated")
PROTOCOL = """\
U-Net with valid convolutions at an eighth of the paper's width, learnt on 25 pictures for {steps} steps of one tile of
260 x 260 pixels in {minutes:.0f} minutes on one thread of a busy machine, and judged on 5 held-out pictures ({names})
in tiles of {tile} pixels, with the last weights. The pictures are slices of one block, so those held out have learnt
neighbors: these numbers are not the challenge's. The paper's are of the challenge's own test pictures, whose truth is
secret.
"""
NOTES = """\
Pixel error: the share of wrong pixels. Rand error: 1 less the F-score of the pairs of pixels that are together, inside
the truth's cells, the mean over the pictures. Cells are the components (4 neighbors) of the pixels whose probability of
cell is above a threshold; IoU is at one half. The challenge takes the best threshold of each submission on the judged
pictures themselves; so do the columns "best". The challenge's warping error, which counts changes of topology only, is
not computed.
"""
PAPER = "| U-Net, Ronneberger et al., 2015, secret test set | | | | 0.0611 | | 0.0382 | 0.000353 |"


def data(folder: Path) -> Dataset:
    """All pictures in the order of their names; every sixth is held out."""
    opened = open_dataset(folder)
    samples = sorted((sample for split in opened.splits.values() for sample in split), key=lambda sample: sample.name)
    held = tuple(samples[HELD_OUT - 1 :: HELD_OUT])
    return replace(opened, splits={"train": tuple(s for s in samples if s not in held), "val": held})


def plan(*, epochs: int = EPOCHS, minutes: float | None = None, seed: int = 0) -> Plan:
    """What is done."""
    return Plan(
        architecture="unet",
        options={"widths": (8, 16, 32, 64, 128), "padding": "valid", "dropout": 0.2},
        crop=(444, 444),
        batch=1,
        repeat=3,
        epochs=epochs,
        minutes=minutes,
        optimizer="adamw",
        rate=2e-3,
        schedule="poly",
        class_weights="median-frequency",
        border=10.0,
        border_sigma=5.0,
        ema=0.98,
        augmentation=Augmentation(scale=(0.9, 1.1), flip=0.5, rotate=math.pi, elastic=10.0, color=0.3, rare=0.0),
        seed=seed,
    )


app = App(help=__doc__, help_format="plaintext")


@app.default
def main(
    folder: Path,
    *,
    out: Path,
    epochs: int = EPOCHS,
    minutes: float | None = None,
    seed: int = 0,
    threads: int = 1,
    tell: Path | None = None,
) -> None:
    """Train, or go on where it was stopped; judge the held-out pictures; tell the table.

    Args:
        folder: the data.
        out: the run; `held-out.csv` and `table.md` are written there, too.
        epochs: of 75 steps.
        minutes: of learning and judging, at most.
        seed: of everything drawn at random.
        threads: of predicting.
        tell: another file for the table.
    """
    dataset = data(folder)
    with Bar() as bar:
        chosen = None if holds_run(out) else plan(epochs=epochs, minutes=minutes, seed=seed)
        run = train(dataset, out=out, plan=chosen, resume=chosen is None, terms=TERMS, progress=bar)
    rows, total = judge(dataset, Predictor(out / "last", tile=TILE, threads=threads))
    with (out / "held-out.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    last = run.history[-1]
    protocol = PROTOCOL.format(
        steps=last["step"], minutes=last["seconds"] / 60, names=", ".join(row["name"] for row in rows), tile=TILE
    )
    table = tabulate(rows, total, protocol)
    for file in (out / "table.md", tell):
        if file is not None:
            atomic_write(file, table.encode())
    print(table)


def judge(dataset: Dataset, predictor: Predictor) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A row of numbers for each held-out picture, and the scores over all of them."""
    score = SemanticScore(dataset.classes)
    rows = []
    for sample in dataset.samples("val"):
        picture, truth = dataset.read(sample)
        answer = predictor(picture)
        score.update(truth=truth, prediction=answer, name=sample.name)
        cells, probability = components(truth.labels == CELL), probability_of_cell(answer)
        row: dict[str, Any] = {"name": Path(sample.name).name}
        row["one cell"] = rand_error(truth=cells, prediction=np.ones(truth.size, np.uint8))
        for threshold in THRESHOLDS:
            found = probability > threshold
            row[f"pixel {threshold}"] = float(np.mean(found != (truth.labels == CELL)))
            row[f"rand {threshold}"] = rand_error(truth=cells, prediction=components(found))
        rows.append(row)
    return rows, score.compute()


def probability_of_cell(answer: LabelMap) -> NDArray[np.float32]:
    """(H, W), from the label's own probability of two."""
    assert answer.confidence is not None
    return np.where(answer.labels == CELL, answer.confidence, 1 - answer.confidence).astype(np.float32)


def tabulate(rows: list[dict[str, Any]], total: dict[str, Any], protocol: str) -> str:
    """Our numbers and the paper's, as Markdown."""
    membrane, cell = (values["iou"] for values in total["per_class"].values())
    means = {name: mean(row[name] for row in rows) for name in rows[0] if name != "name"}
    numbers = [f"{cell:.4f}", f"{membrane:.4f}"]
    for kind in ("pixel", "rand"):
        best = min(THRESHOLDS, key=lambda threshold: means[f"{kind} {threshold}"])
        numbers += [f"{means[f'{kind} 0.5']:.4f}", f"{means[f'{kind} {best}']:.4f} (at {best})"]
    ours = f"| U-Net, here, 5 held-out pictures | {' | '.join(numbers)} | not computed |"
    nothing = f"| one cell everywhere, the same pictures | | | | | | {means['one cell']:.4f} | |"
    head = "| | cell IoU | membrane IoU | pixel error | best | Rand error | best | warping error |"
    return "\n".join((protocol, head, f"|{'---|' * 8}", PAPER, ours, nothing, "", NOTES))


if __name__ == "__main__":
    app()

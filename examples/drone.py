"""Semantic segmentation of drone pictures: from 6000 x 4000 pixels to numbers, curves and pictures.

    python examples/drone.py DATA --out runs/drone                      # learn on copies of 704x1056
    python examples/drone.py DATA --out runs/drone --tile 512x768       # learn on tiles at full sampling
    perpixel draw aerial --size 4000x6000 --count 4 --out drone/        # drawn DATA, if you have no other

DATA is the Semantic Drone Dataset, or any folder that `perpixel train` reads. The template follows the Kaggle notebook
"Semantic Segmentation is Easy with Pytorch": a U-Net on MobileNetV2, AdamW, one-cycle, and its split. Where it does not
follow, docs/drone.md says why. It can be stopped and called again: copies and training go on.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from cyclopts import App
from numpy.typing import NDArray

from perpixel.commands.arguments import parse_size
from perpixel.data import Dataset, Sample, open_dataset
from perpixel.data.copies import make_copies, shrink
from perpixel.draw import as_shown, with_legend
from perpixel.evaluation import Evaluation, write_report
from perpixel.files import atomic_write, make_folder
from perpixel.metrics import SemanticScore
from perpixel.pictures import write_jpeg
from perpixel.plan import Augmentation, Plan
from perpixel.predict import Predictor
from perpixel.results import LabelMap
from perpixel.training import train
from perpixel.training.display import Bar
from perpixel.training.folders import holds_run

Size = tuple[int, int]
Answer = Callable[[NDArray[Any]], LabelMap]

app = App(help=__doc__, help_format="plaintext")


@app.default
def main(
    data: Path,
    *,
    out: Path,
    size: str = "704x1056",
    tile: str | None = None,
    epochs: int = 15,
    batch: int = 3,
    repeat: int = 1,
    pretrained: bool = False,
    seed: int = 19,
    threads: int | None = None,
) -> None:
    """Make copies, learn, predict the test pictures at their full size, and tell how good that is.

    Args:
        data: the data set.
        out: folder of the copies, the run, the answers and the report.
        size: HEIGHTxWIDTH that pictures are shrunk into; without effect with --tile.
        tile: HEIGHTxWIDTH of tiles at full sampling, multiples of 32.
        epochs: passes over the training pictures.
        batch: pictures in one step.
        repeat: how often each picture is drawn in an epoch; more where there are few.
        pretrained: begin with ImageNet's weights.
        seed: of the split, and of everything drawn at random.
        threads: that compute one answer.
    """
    whole = split(open_dataset(data), seed)
    crop = parse_size(tile or size)
    copies = make_copies(whole, out / "copies", **({"tile": crop} if tile else {"fit": crop}))
    chosen = plan(crop, epochs=epochs, batch=batch, repeat=repeat, pretrained=pretrained, seed=seed)
    learn(copies, out / "run", chosen)
    answer = at_full_size(out / "run", None if tile else crop, tile=max(crop), threads=threads)
    numbers = judge(whole, answer, out, batch=batch)
    print("\n".join(f"{name}: {value:.4f}" for name, value in numbers.items()))


def split(dataset: Dataset, seed: int) -> Dataset:
    """A tenth for the test, 15 % of the rest to validate, by chance: scikit-learn's `train_test_split`, twice."""
    samples = sorted((sample for every in dataset.splits.values() for sample in every), key=lambda sample: sample.name)
    rest, test = _held_out(samples, 0.1, seed)
    learnt, val = _held_out(rest, 0.15, seed)
    return replace(dataset, splits={"train": tuple(learnt), "val": tuple(val), "test": tuple(test)})


def _held_out(samples: Sequence[Sample], share: float, seed: int) -> tuple[list[Sample], list[Sample]]:
    order = np.random.RandomState(seed).permutation(len(samples))
    count = math.ceil(len(samples) * share)
    return [samples[i] for i in order[count:]], [samples[i] for i in order[:count]]


def plan(crop: Size, *, epochs: int, batch: int, seed: int, repeat: int = 1, pretrained: bool = False) -> Plan:
    """The notebook's choices; seen from above a picture has no upright, so it is turned any way.

    Nothing stops early: one-cycle learns most where its rate falls, at the end, and the best epoch is kept in any case.
    """
    return Plan(
        architecture="unet",
        backbone="mobilenet_v2",
        pretrained=pretrained,
        options={"widths": (256, 128, 64, 32, 16)},
        crop=crop,
        batch=batch,
        repeat=repeat,
        epochs=epochs,
        optimizer="adamw",
        rate=1e-3,
        weight_decay=1e-4,
        schedule="one-cycle",
        warmup=0.3,
        augmentation=Augmentation(scale=(0.8, 1.25), flip=0.5, rotate=math.pi, color=0.4, noise=6.0, rare=0.25),
        seed=seed,
    )


def learn(copies: Dataset, folder: Path, chosen: Plan) -> None:
    """Train, or go on where it was stopped; `curves.png` in the folder shows loss, accuracy and mean IoU."""
    with Bar(plans=False) as bar:
        resume = holds_run(folder)
        train(copies, out=folder, plan=None if resume else chosen, resume=resume, progress=bar)


def at_full_size(run: Path, fit: Size | None, *, tile: int, threads: int | None = None) -> Answer:
    """The best epoch's answers at the picture's own size, from the picture as it was learnt: shrunk, or in tiles."""
    predictor = Predictor(run, confidence="none", tile=tile, threads=threads)

    def answer(picture: NDArray[Any]) -> LabelMap:
        if fit is None:
            return predictor(picture)
        small = predictor(shrink(picture, fit))
        height, width = picture.shape[:2]
        return LabelMap(cv2.resize(small.labels, (width, height), interpolation=cv2.INTER_NEAREST), small.classes)

    return answer


def judge(whole: Dataset, answer: Answer, out: Path, *, batch: int) -> dict[str, float]:
    """Scores of the test split at full size; also a report, and a triptych of each picture, in `out`."""
    score = SemanticScore(whole.classes, boundary=False)
    make_folder(out / "triptychs")
    for sample in whole.samples("test"):
        picture, truth = whole.read(sample)
        prediction = answer(picture)
        score.update(truth=truth, prediction=prediction, name=sample.name)
        title = sample.name.replace("/", "_")
        write_jpeg(out / "triptychs" / f"{title}.jpg", triptych(picture, truth, prediction))
    write_report(Evaluation(score), out / "report")
    numbers = {
        "pixel accuracy": score.matrix.pixel_accuracy,
        "mean IoU": score.matrix.mean_iou,
        f"the notebook's mean IoU, batches of {batch}": batch_mean_iou(score, batch),
        "the notebook's mean IoU, picture by picture": batch_mean_iou(score, 1),
    }
    atomic_write(out / "numbers.json", (json.dumps(numbers, indent=2) + "\n").encode())
    return numbers


def batch_mean_iou(score: SemanticScore, batch: int) -> float:
    """The notebook's number, to compare with it only: mean IoU of each batch, then the mean over the batches.

    A class that is not in a batch's truth is left out there even if it was predicted, and a class that is rare counts
    only where it is: the number depends on how the pictures are dealt into batches.
    """
    pictures, means = list(score.pictures.values()), []
    for start in range(0, len(pictures), batch):
        some = pictures[start : start + batch]
        hits, true, predicted = (
            np.sum([getattr(picture, kind) for picture in some], axis=0) for kind in ("hits", "true", "predicted")
        )
        iou = (hits + 1e-10) / (true + predicted - hits + 1e-10)
        means.append(iou[true > 0].mean())
    return float(np.mean(means))


def triptych(picture: NDArray[np.uint8], truth: LabelMap, answer: LabelMap, *, width: int = 700) -> NDArray[np.uint8]:
    """Picture, truth and answer side by side, each at most `width` pixels wide, over the legend of the answer."""
    step = max(1, -(-truth.size[1] // width))
    colors = truth.classes.colors
    table = np.vstack([colors, np.full((truth.classes.ignored + 1 - len(colors), 3), 255, np.uint8)])
    panels = [as_shown(picture)[::step, ::step], *(table[labels.labels[::step, ::step]] for labels in (truth, answer))]
    return with_legend(np.hstack(panels), answer)


if __name__ == "__main__":
    app()

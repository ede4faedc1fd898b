"""The Severstal steel competition in PyTorch: from train.csv to submission.csv.

    python examples/severstal_pytorch.py STEEL --out runs/steel
    python examples/severstal_pytorch.py STEEL --out runs/steel --test test_images    # and runs/steel/submission.csv

STEEL is the competition's folder, `train_images/` and `train.csv` (kaggle.com/c/severstal-steel-defect-detection), or
another of this kind. The settings are those of the well-known starter kernel: U-Net on a ResNet-18, a sigmoid a class,
binary cross-entropy (here with Dice), 5e-4, 32 samples a step out of batches of 4, 20 epochs. What it got wrong and
this does not:

- its masks were one pixel too low, since it took pixel 1 for pixel 0: `tests/data/test_run_length_table.py`;
- it dropped the last incomplete group of batches of an epoch: here every step has all of its batches;
- it judged batches with all classes as one mask, and put 0 for what it could not judge: here the score is the
  competition's own, the mean Dice over all pairs of a picture and a class;
- it took 0.5 and parts of more than 3500 pixels for all classes: here both are searched for each class;
- it split by chance, near-duplicates apart: here they stay on one side, and every combination of classes gives a fifth.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from cyclopts import App

from perpixel.data import open_dataset
from perpixel.evaluation import evaluate
from perpixel.plan import Augmentation, Plan
from perpixel.predict import FileSource, Predictor
from perpixel.predict.submission import answer_all, submission, submitted_classes
from perpixel.training import train
from perpixel.training.display import Bar
from perpixel.training.folders import holds_run

BATCH = 4  # what a small GPU holds; several of them make a step
app = App(help=__doc__, help_format="plaintext")


def plan(*, epochs: int, step: int, crop: tuple[int, int], backbone: str, pretrained: bool, seed: int) -> Plan:
    """The kernel's settings, and what it lacked."""
    return Plan(
        architecture="unet",
        backbone=backbone,
        pretrained=pretrained,
        crop=crop,
        batch=BATCH,
        accumulate=step // BATCH,
        epochs=epochs,
        rate=5e-4,
        schedule="cosine",
        loss=("cross-entropy", "dice"),
        sampling="classes",  # a class first, then a picture that has it
        decisions="searched",  # each class's threshold and least area, on the held-out pictures
        augmentation=Augmentation(scale=(0.8, 1.25), flip=0.5, color=0.2, rare=0.5),
        seed=seed,
    )


@app.default
def main(
    steel: Path,
    *,
    out: Path,
    masks: str = "train.csv",
    test: Path | None = None,
    epochs: int = 20,
    step: int = 32,
    crop: tuple[int, int] = (256, 512),
    backbone: str = "resnet18",
    pretrained: bool = False,
    seed: int = 0,
    threads: int | None = None,
) -> dict[str, Any]:
    """Train, or go on where it was stopped; judge; submit.

    Args:
        steel: the competition's folder.
        out: the run; `scores.csv` is written there, and `submission.csv`.
        masks: the table of run lengths in it.
        test: a folder of pictures to submit.
        epochs: over the training pictures.
        step: samples a step of the optimizer, four at a time. Few pictures make few steps: take 8 for some hundreds.
        crop: height and width of a training sample.
        backbone: of the U-Net.
        pretrained: start from public ImageNet weights, which are fetched.
        seed: of everything drawn at random.
        threads: of predicting.
    """
    if step < BATCH or step % BATCH:
        raise SystemExit(f"--step {step}: samples come {BATCH} at a time, so a multiple of that is wanted, such as 8")
    dataset = open_dataset(steel, masks=masks)
    print(dataset.layout)
    with Bar() as bar:
        going_on = holds_run(out)
        chosen = None
        if not going_on:
            chosen = plan(epochs=epochs, step=step, crop=crop, backbone=backbone, pretrained=pretrained, seed=seed)
        train(dataset, out=out, plan=chosen, resume=going_on, progress=bar)
    predictor = Predictor(out, threads=threads)
    judged = evaluate(dataset, predictor, split="val", boundary=False)
    scores = judged.compute()
    with (out / "scores.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(judged.rows()[0]))
        writer.writeheader()
        writer.writerows(judged.rows())
    nothing = sum(not any(row[f"{name} true"] for name in dataset.classes.names) for row in judged.rows())
    pairs = [row[f"{name} true"] == 0 for row in judged.rows() for name in dataset.classes.names]
    print(f"{scores['images']} held-out pictures, {nothing} of them without a defect")
    print(f"mean Dice of pairs {scores['image_mean_dice']:.4f} (an empty submission: {sum(pairs) / len(pairs):.4f})")
    print(f"where there is a defect {scores['filled_mean_dice']:.4f}")
    for name in dataset.classes.names:
        threshold, area = predictor.spec.thresholds.get(name, 0.5), predictor.spec.least_areas.get(name, 0)
        print(f"  {name}: Dice {scores['per_class'][name]['dice']}, threshold {threshold}, least area {area}")
    if test is not None:
        with submission(out / "submission.csv", submitted_classes(predictor.spec)) as sink:
            for _, _, problem in answer_all(FileSource([test]), predictor, sink):
                if problem:
                    print(f"no answer, so its rows are empty: {problem}")
        print(f"{out / 'submission.csv'}")
    return scores


if __name__ == "__main__":
    app()

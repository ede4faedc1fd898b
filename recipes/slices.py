"""Face layers: a network learns solids in slices from drawn, shaded objects, and is judged on seeds that it never saw.

    python -m recipes.slices OUT --minutes 6

Volume IoU of 200 unseen objects; beside it what the mean object of the training data gets, which never looks.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from cyclopts import App

from perpixel.data import open_dataset
from perpixel.evaluation import evaluate
from perpixel.predict import Predictor
from perpixel.results import Layers
from perpixel.synthetic.solids import write_solids
from perpixel.training import train
from perpixel.training.progress import Progress, Silent

app = App(help=__doc__)


@app.default
def learn(
    out: Path, *, minutes: float = 6, objects: int = 1000, unseen: int = 200, slices: int = 24, seed: int = 0
) -> None:
    """Draw, learn, judge; the numbers as JSON.

    Args:
        out: a folder that is not there yet: `data/` and the run `run/`.
        minutes: of learning.
        objects: that are learnt from.
        unseen: that are judged.
        slices: of depth.
        seed: of the first object; the others follow.
    """
    write_solids(out / "data", train=objects, val=unseen, slices=slices, seed=seed)
    dataset = open_dataset(out / "data", task="slices")
    progress: Progress = Silent()
    lines = {
        "minutes": minutes,
        "architecture": "unet",
        "backbone": None,
        "options": {"widths": (16, 32, 64, 128), "dropout": 0.0},
        "crop": (64, 64),
        "batch": 16,
        "epochs": 40,
        "rate": 2e-3,
        "loss": ("cross-entropy",),
        "class_weights": "none",
        "scale": (1.0, 1.0),
        "rotate": 0.0,
        "elastic": 0.0,
        "rare": 0.0,
        "decisions": "even",
    }
    run = train(dataset, out=out / "run", given=lines, progress=progress)
    found = evaluate(dataset, Predictor(out / "run"), split="val", boundary=False).compute()
    known = np.mean([dataset.read_truth(sample).masks for sample in dataset.samples("train")], axis=0) > 0.5
    blind = evaluate(dataset, lambda image: Layers(known, dataset.classes), split="val", boundary=False).compute()
    told = {"objects": objects, "unseen": found["images"], "slices": slices, "epochs": len(run.history)}
    print(json.dumps({**told, "volume_iou": found["volume_iou"], "mean_object": blind["volume_iou"]}, indent=2))


if __name__ == "__main__":
    app()

"""How far things are told apart without training: the true foreground of a data set, split, against its true things.

    python -m recipes.counting DSB2018

DSB2018 is a folder with `images/` and `instance_masks/`, one map of ids a picture (see `recipes/cells.py`). A network
would have to find the foreground first, so these numbers are the most that its label maps can reach by each way.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from cyclopts import App

from perpixel.data import open_dataset
from perpixel.data.inspecting.looking import count_touching
from perpixel.masks.splitting import split
from perpixel.metrics.instances import InstanceScore

DEPTHS = {"components": None, "watershed": 1.0, "watershed, depth 0.5": 0.5, "watershed, depth 2": 2.0}
NUMBERS = ("bowl", "aji", "dice")

app = App(help=__doc__)


@app.default
def judge(folder: Path, *, things: str | None = None) -> None:
    """The numbers of each way over all pictures, as JSON.

    Args:
        folder: a data set whose things are told apart.
        things: the class that is counted, where there are several; by default the only one.
    """
    dataset = open_dataset(folder, task="instance", split_seed=None)
    label = 0 if things is None else dataset.classes.index(things)
    scores = {way: InstanceScore(dataset.classes) for way in DEPTHS}
    count, touching = 0, 0
    for sample in (sample for part in dataset.splits for sample in dataset.samples(part)):
        truth: Any = dataset.read_truth(sample)
        truth = truth[truth.labels == label]
        count, touching = count + len(truth), touching + count_touching(truth.ids)
        for way, depth in DEPTHS.items():
            found = split(truth.ids > 0, depth=depth)
            found = replace(found, labels=found.labels + label, classes=dataset.classes)
            scores[way].update(truth=truth, prediction=found, name=sample.name)
    told = {way: {name: round(score.compute()[name], 4) for name in NUMBERS} for way, score in scores.items()}
    pictures = len(next(iter(scores.values())).pictures)
    print(json.dumps({"pictures": pictures, "things": count, "touching": touching, **told}, indent=2))


if __name__ == "__main__":
    app()

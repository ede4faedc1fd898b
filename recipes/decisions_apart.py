"""What searched thresholds are worth on pictures they were not chosen on: `python -m recipes.decisions_apart DATA RUN`.

Thresholds and least areas are chosen on one half of the held-out pictures and judged on the other half, both ways, for
several divisions into halves. DATA is a folder with a table of run lengths, RUN a run that learned from it.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import torch
from cyclopts import App
from numpy.typing import NDArray

from perpixel.data import LayeredDataset, open_dataset
from perpixel.errors import DataError
from perpixel.evaluation import not_held_out
from perpixel.export.checkpoint import load_checkpoint
from perpixel.masks.components import drop_small
from perpixel.metrics.decisions import Decisions, DecisionSearch
from perpixel.training.deciding import predicted

Looked = tuple[NDArray[np.float32], NDArray[np.bool_]]
app = App(help=__doc__, help_format="plaintext")


@app.default
def main(data: Path, run: Path, *, masks: str = "train.csv", divisions: int = 6) -> None:
    """Print the mean Dice of all pairs of a picture and a class, and of those where the class is.

    Args:
        data: the data set.
        run: the model.
        masks: the table of run lengths.
        divisions: into halves.
    """
    dataset = open_dataset(data, masks=masks)
    if not isinstance(dataset, LayeredDataset):
        raise DataError(f"{data} has one class a pixel; nothing is searched for those")
    if warning := not_held_out(run, dataset, "val"):
        raise DataError(warning)
    model, spec = load_checkpoint(run)
    looked = list(predicted(model, dataset, "val", spec, torch.device("cpu")))
    together = dice_of(looked, chosen_on(looked))
    dice, here = [], []
    for division in range(divisions):
        order = np.random.default_rng(division).permutation(len(looked))
        halves = [[looked[place] for place in half] for half in np.array_split(order, 2)]
        for chosen, judged in (halves, halves[::-1]):
            found = dice_of(judged, chosen_on(chosen))
            dice.append(found.mean())
            here.append(found[filled(judged)].mean())
    rows = {
        "chosen on the same": (together.mean(), together[filled(looked)].mean()),
        "chosen on another half": (np.mean(dice), np.mean(here)),
        "spread over halves": (np.std(dice), np.std(here)),
    }
    scores = {
        name: {"mean_dice": round(float(all_), 4), "filled_mean_dice": round(float(some), 4)}
        for name, (all_, some) in rows.items()
    }
    print(json.dumps({"pictures": len(looked), **scores}, indent=2))


def chosen_on(looked: list[Looked]) -> Decisions:
    search = DecisionSearch(len(looked[0][1]))
    for probabilities, truth in looked:
        search.look(probabilities=probabilities, truth=truth)
    return search.best()


def dice_of(looked: list[Looked], decisions: Decisions) -> NDArray[np.float64]:
    """(N, K) Dice of each picture and class, 1 where both masks are empty."""
    found = np.ones((len(looked), len(decisions.thresholds)))
    for number, (probabilities, truth) in enumerate(looked):
        for place, (threshold, least) in enumerate(zip(decisions.thresholds, decisions.least_areas, strict=True)):
            mask = drop_small(probabilities[place] > threshold, least)
            size = int(mask.sum()) + int(truth[place].sum())
            if size:
                found[number, place] = 2 * int((mask & truth[place]).sum()) / size
    return found


def filled(looked: list[Looked]) -> NDArray[np.bool_]:
    """(N, K) whether the class is in the picture."""
    return np.array([truth.any(axis=(1, 2)) for _, truth in looked])


if __name__ == "__main__":
    app()

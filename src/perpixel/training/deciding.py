"""When training ends: from which probability on each class is there, and how large its parts must be."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from perpixel.architecture import Segmenter
from perpixel.data import Dataset
from perpixel.errors import TrainingError
from perpixel.metrics.decisions import DecisionSearch
from perpixel.spec import ModelSpec
from perpixel.tasks import MultilabelTask, Window, task_for
from perpixel.training.judging import cover, read_ahead


def search_decisions(
    model: Segmenter, dataset: Dataset, split: str, spec: ModelSpec, device: torch.device
) -> ModelSpec:
    """The spec with thresholds and least areas that are the best on a split, and what they are worth there.

    Raises:
        TrainingError: a task without thresholds.
    """
    search = DecisionSearch(len(spec.classes))
    for probabilities, truth in predicted(model, dataset, split, spec, device):
        search.look(probabilities=probabilities, truth=truth)
    found, names = search.best(), spec.classes.names
    worth = {
        "split": split,
        "image_mean_dice": round(float(found.mean_dice.mean()), 6),
        "image_mean_dice_at_half": round(float(found.even_dice.mean()), 6),
    }
    return replace(
        spec,
        thresholds=dict(zip(names, found.thresholds, strict=True)),
        least_areas=dict(zip(names, found.least_areas, strict=True)),
        provenance={**spec.provenance, "decisions": worth},
    )


@torch.inference_mode()
def predicted(
    model: Segmenter, dataset: Dataset, split: str, spec: ModelSpec, device: torch.device
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.bool_]]]:
    """Probabilities and truth, both (K, H, W), of each picture of a split.

    Raises:
        TrainingError: a task of one class a pixel.
    """
    task = task_for(spec)
    if not isinstance(task, MultilabelTask):
        raise TrainingError(f"decisions are searched for classes that may overlap, not for a {spec.task} task")
    model.to(device).eval()
    for _, picture, truth in read_ahead(dataset, dataset.samples(split)):
        image = torch.from_numpy(np.ascontiguousarray(picture))[None].permute(0, 3, 1, 2)
        outputs = {name: value.cpu().numpy() for name, value in cover(model, image.to(device).float()).items()}
        yield task.probabilities(outputs, Window(truth.size)), truth.masks

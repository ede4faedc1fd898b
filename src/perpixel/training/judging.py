"""Judging while training: every validation picture whole, at its own size, one score over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import gather_object
from numpy.typing import NDArray
from torch import Tensor

from perpixel.architecture import Segmenter, surround
from perpixel.data import Dataset, Sample
from perpixel.metrics.headline import by_class, headline
from perpixel.spec import ModelSpec
from perpixel.tasks import Window, task_for

AHEAD = 4


@torch.inference_mode()
def judge(model: Segmenter, dataset: Dataset, split: str, spec: ModelSpec, accelerator: Accelerator) -> dict[str, Any]:
    """The scores of a network on one split of a data set, in float32; the pictures are shared out to all processes.

    Returns:
        The task's headline, of which the first number decides which epoch is the best, and of each class its own; None
        where there is nothing to judge.
    """
    training = model.training
    model.eval()
    if accelerator.num_processes > 1:  # batch normalization's statistics differ a little: judge the first's
        for tensor in model.state_dict().values():
            torch.distributed.broadcast(tensor, 0)
    samples = dataset.samples(split)[accelerator.process_index :: accelerator.num_processes]
    score = count(model, dataset, samples, spec, accelerator.device)
    model.train(training)
    if accelerator.num_processes > 1:
        score, *others = gather_object([score])
        for other in others:
            score.merge(other)
    scores = score.compute()
    return headline(scores) | by_class(scores)


@torch.inference_mode()
def count(model: Segmenter, dataset: Dataset, samples: Sequence[Sample], spec: ModelSpec, device: torch.device) -> Any:
    """The score of a network, in evaluation mode, on some samples of a data set; of the kind that its task has."""
    task = task_for(spec)
    score: Any = task.score()
    for sample, picture, truth in read_ahead(dataset, samples):
        image = torch.from_numpy(np.ascontiguousarray(picture))[None].permute(0, 3, 1, 2)
        outputs = cover(model, image.to(device).float())
        answer = task.decode({name: value.cpu().numpy() for name, value in outputs.items()}, Window(truth.size))
        score.update(truth=truth, prediction=answer, name=sample.name)
    return score


def cover(model: Segmenter, images: Tensor) -> dict[str, Tensor]:
    """What a task decodes to an answer for all of the images (N, C, H, W), for networks with a margin too."""
    return model.to_decode(surround(images, model.geometry) if model.geometry.margin else images)


def read_ahead(dataset: Dataset, samples: Sequence[Sample]) -> Iterator[tuple[Sample, NDArray[Any], Any]]:
    """Read a few pictures ahead of the computing."""
    with ThreadPoolExecutor(1) as pool:
        waiting = [pool.submit(dataset.read, sample) for sample in samples[:AHEAD]]
        for number, sample in enumerate(samples):
            picture, truth = waiting.pop(0).result()
            if number + AHEAD < len(samples):
                waiting.append(pool.submit(dataset.read, samples[number + AHEAD]))
            yield sample, picture, truth

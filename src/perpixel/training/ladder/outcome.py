"""What came of one run, or of one method without training: judged once, then kept beside it as `judged.json`."""

from __future__ import annotations

import json
import math
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.data import Dataset, Sample
from perpixel.draw import as_shown, overlay
from perpixel.draw.things import instances_over, panoptic_over
from perpixel.errors import ResumeError
from perpixel.evaluation import evaluate
from perpixel.files import atomic_write
from perpixel.metrics import AnyScore, InstanceScore, SemanticScore
from perpixel.metrics.headline import headline
from perpixel.pictures import write_jpeg
from perpixel.results import Instances, Panoptic
from perpixel.training.ladder.baselines import Answers, Bound
from perpixel.training.order import Order
from perpixel.training.run import Run

FILE = "judged.json"
REPEATS, ENOUGH_SECONDS = 5, 4.0
WIDEST = 640  # of a picture on the page


@dataclass(frozen=True)
class Outcome:
    """One trained network, judged.

    Attributes:
        seed: None of a method that is not trained.
        scores: of the whole split, as the task's score gives them, its headline on top.
        shown: quality of each of the pictures that the page shows (mean IoU, where pixels are judged); None where
            nothing is judged.
        milliseconds: to answer one picture.
        minutes: of training and judging epochs.
        epochs: that were trained.
        best_epoch: the one whose weights were judged.
        samples: training samples that were seen.
    """

    seed: int | None
    scores: dict[str, Any]
    shown: list[float | None]
    milliseconds: float
    minutes: float = 0.0
    epochs: int = 0
    best_epoch: int = 0
    samples: int = 0

    def save(self, folder: Path) -> None:
        """Write it into a folder that is there."""
        atomic_write(folder / FILE, (json.dumps(asdict(self), indent=2, allow_nan=False) + "\n").encode())


def load_outcome(folder: Path) -> Outcome | None:
    """What was judged in this folder, or None if nothing was.

    Raises:
        ResumeError: the file is broken.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        return Outcome(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise ResumeError(f"{path}: not what a ladder writes ({error}); remove it to judge again") from error


def judge(
    answers: Answers | Bound,
    dataset: Dataset,
    split: str,
    *,
    shown: Sequence[Sample],
    draw_to: Callable[[int], Path],
) -> tuple[dict[str, Any], list[float | None]]:
    """Scores of a split, and of the shown pictures by themselves, which are drawn as well.

    A bound is told the truth of each picture that it answers, and is then judged like everything else.
    """
    if isinstance(answers, Bound):
        score: AnyScore = _score(answers, dataset, split)
    else:
        score = evaluate(dataset, answers, split=split).score
    each = [score.pictures[sample.name].quality for sample in shown]
    for number, sample in enumerate(shown):
        image, truth = dataset.read(sample)
        asked = answers.told(truth) if isinstance(answers, Bound) else answers
        answer: Any = asked(image)
        draw(image, score.counted(answer) if isinstance(score, InstanceScore) else answer, draw_to(number))
    scores = score.compute()
    return scores | headline(scores), [None if math.isnan(value) else value for value in each]


def _score(bound: Bound, dataset: Dataset, split: str) -> SemanticScore:
    score = SemanticScore(dataset.classes)
    for sample in dataset.samples(split):
        image, truth = dataset.read(sample)
        score.update(truth=truth, prediction=bound.answer(image, truth), name=sample.name)
    return score


def draw(image: NDArray[Any], answer: Any, path: Path) -> None:
    """A JPEG of the picture, under the colors of the answer if there is one, at most 640 pixels wide."""
    drawn = _drawn(image, answer)
    height, width = drawn.shape[:2]
    if width > WIDEST:
        size = WIDEST, max(round(height * WIDEST / width), 1)
        drawn = np.asarray(cv2.resize(drawn, size, interpolation=cv2.INTER_AREA), np.uint8)
    write_jpeg(path, drawn)


def _drawn(image: NDArray[Any], answer: Any) -> NDArray[np.uint8]:
    if answer is None:
        return as_shown(image)
    if isinstance(answer, Instances):
        return instances_over(image, answer)
    if isinstance(answer, Panoptic):
        return panoptic_over(image, answer, legend=False)
    return overlay(image, answer, alpha=0.65, legend=False)


def milliseconds(answers: Answers, image: NDArray[Any]) -> float:
    """To answer one picture that is in memory: the median of up to five times, after one that is slow."""
    answers(image)
    times: list[float] = []
    while len(times) < REPEATS and sum(times) < ENOUGH_SECONDS:
        began = time.perf_counter()
        answers(image)
        times.append(time.perf_counter() - began)
    return round(statistics.median(times) * 1000, 3)


def samples_seen(run: Run, pictures: int) -> int:
    """Training samples, each time that one was drawn, of a run that one process made."""
    plan, step = run.plan, run.history[-1]["step"]
    batches = Order(pictures, plan.batch, plan.seed, repeat=plan.repeat).batches
    whole, rest = divmod(step, -(-batches // plan.accumulate))
    return int((whole * batches + min(rest * plan.accumulate, batches)) * plan.batch)

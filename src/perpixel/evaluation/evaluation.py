"""A model judged on a split of a data set."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from perpixel.data import Dataset, Sample
from perpixel.errors import DataError, ModelError
from perpixel.evaluation.cases import Case, WorstCases
from perpixel.metrics import SCORES, AnyScore, InstanceScore
from perpixel.predict import Predictor
from perpixel.results import LabelMap, Layers
from perpixel.tasks import InstanceTask, task_for

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Evaluation:
    """What came of judging some pictures.

    Attributes:
        score: all counts; `score.compute()` gives the scores, `score.rows()` one row a picture.
        worst: the pictures with the lowest quality (mean IoU, where pixels are judged), the worst first, drawn beside
            their truth.
        classes_from: where the class table was found.
    """

    score: AnyScore
    worst: tuple[Case, ...] = ()
    classes_from: str = ""

    def compute(self) -> dict[str, Any]:
        """The scores as plain JSON data, as `SemanticScore.compute` gives them."""
        return self.score.compute()

    def rows(self) -> list[dict[str, Any]]:
        """One row a picture, as `SemanticScore.rows` gives them."""
        return self.score.rows()


def evaluate(
    dataset: Dataset,
    predictor: Callable[[NDArray[Any]], Any],
    *,
    split: str,
    boundary: bool = True,
    worst: int = 0,
    progress: Progress | None = None,
) -> Evaluation:
    """Predict every picture of a split and judge it at its own size.

    Args:
        dataset: pictures and truths.
        predictor: maps a picture (H, W, C) to its labels (H, W), or its layers if the data set has layers;
            `perpixel.Predictor` is one, and then things count from the score on that its model takes for sure enough.
        split: one of the data set's splits.
        boundary: also compute boundary F1, which label maps have, or boundary AP, which things have.
        worst: how many of the worst pictures are drawn.
        progress: called with the number of pictures that are judged, and of all.

    Raises:
        DataError: no such split, an empty one, or a picture or mask that cannot be read or does not fit.
        ModelError: the model's classes are not the data set's.
    """
    samples = dataset.samples(split)
    if not samples:
        raise DataError(f"{dataset.root}: split {split!r} is empty")
    score, cases = _empty_score(dataset, predictor, boundary=boundary), WorstCases(worst)
    for done, (sample, image, truth) in enumerate(_read_ahead(dataset, samples), start=1):
        prediction = predictor(image)
        if type(prediction) is not type(truth):
            raise ModelError(
                f"the model answers with {type(prediction).__name__}, the data set is {dataset.task}; "
                "open the data with the model's task"
            )
        if dataset.classed and prediction.classes.names != dataset.classes.names:
            raise ModelError(
                f"the model's classes ({', '.join(prediction.classes.names)}) are not those of {dataset.root} "
                f"({', '.join(dataset.classes.names)}); both must be the same, in the same order"
            )
        judge(score, cases, image, truth=truth, prediction=prediction, name=sample.name)
        if progress is not None:
            progress(done, len(samples))
    return Evaluation(score, tuple(cases.cases()), str(dataset.root))


def judge(
    score: AnyScore,
    cases: WorstCases,
    image: NDArray[Any] | None,
    *,
    truth: Any,
    prediction: Any,
    name: str,
) -> None:
    """Count one picture, and draw it if it is among the worst so far: of things those that count in more than AP.

    Raises:
        DataError: truth and prediction do not fit each other.
    """
    cast(Any, score).update(truth=truth, prediction=prediction, name=name)
    if isinstance(truth, Layers):
        truth, prediction = truth.topmost(), prediction.topmost()
    if isinstance(score, InstanceScore):
        prediction = score.counted(prediction)
    cases.offer(image, truth=truth, prediction=prediction, name=name, score=score.pictures[name].quality)


def _empty_score(dataset: Dataset, predictor: Callable[[NDArray[Any]], Any], *, boundary: bool) -> AnyScore:
    """A score of the data's task; how sure a thing must be is the model's to say, where it is one of ours."""
    score = SCORES[dataset.task](dataset.classes, boundary)
    if isinstance(score, InstanceScore) and isinstance(predictor, Predictor):
        task = task_for(predictor.spec)
        if isinstance(task, InstanceTask):
            score.least_score = task.least_shown
    return score


def _read_ahead(dataset: Dataset, samples: tuple[Sample, ...]) -> Iterator[tuple[Sample, NDArray[np.uint8], LabelMap]]:
    """Every sample with its picture and truth; the next is read while this one is judged."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(dataset.read, samples[0])
        for number, sample in enumerate(samples):
            image, truth = coming.result()
            if number + 1 < len(samples):
                coming = pool.submit(dataset.read, samples[number + 1])
            yield sample, image, truth

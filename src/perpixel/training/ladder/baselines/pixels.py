"""What the methods share that look at single pixels: a bounded sample to learn from, and answers on a bounded grid."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.data import Dataset
from perpixel.errors import DataError
from perpixel.results import LabelMap

PICTURES = 200  # that are looked at
Features = Callable[[NDArray[Any]], NDArray[np.float32]]


@dataclass(frozen=True)
class ByPixel:
    """Answers each pixel by its features alone.

    Attributes:
        features: from a picture (H, W, C) to (H, W, F).
        classify: from (n, F) to n class numbers.
        classes: of the answer.
        most: pixels of a picture that are asked; of a larger one they lie on an even grid, and each answers for the
            pixels around it, so that a slow method is judged in bounded time. The features are those at full size.
    """

    features: Features
    classify: Callable[[NDArray[np.float32]], NDArray[Any]]
    classes: ClassTable
    most: int = 2**18

    def __call__(self, image: NDArray[Any]) -> LabelMap:
        height, width = image.shape[:2]
        step = math.ceil(math.sqrt(height * width / self.most))
        asked = self.features(image)[step // 2 :: step, step // 2 :: step] if step > 1 else self.features(image)
        rows, columns = asked.shape[:2]
        found = self.classify(asked.reshape(rows * columns, -1)).reshape(rows, columns)
        down, across = (np.minimum(np.arange(n) // step, m - 1) for n, m in ((height, rows), (width, columns)))
        return LabelMap(found.astype(self.classes.dtype)[down[:, None], across], self.classes)


def sample_pixels(
    dataset: Dataset, split: str, features: Features, *, most: int, seed: int = 0
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Features and classes of judged pixels, about equally many of each of up to 200 pictures at even distances.

    Classes come as often as they are: a method that is to have many pixels right must know what is common.

    Args:
        dataset: pictures and truths.
        split: that may be looked at.
        features: of every pixel.
        most: pixels in all, at most.
        seed: of the choice.

    Returns:
        (n, F), and n class numbers.

    Raises:
        DataError: no pixel is judged; or a picture or mask cannot be read.
    """
    samples = dataset.samples(split)
    chosen = np.unique(np.linspace(0, len(samples) - 1, min(PICTURES, len(samples))).round().astype(int))
    random = np.random.default_rng(seed)
    values, labels = [], []
    for place in chosen:
        image, truth = dataset.read(samples[place])
        judged = np.flatnonzero(truth.labels != dataset.classes.ignored)
        if len(judged) > most // len(chosen):
            judged = np.sort(random.choice(judged, max(most // len(chosen), 1), replace=False))
        if len(judged):
            values.append(features(image).reshape(truth.labels.size, -1)[judged])
            labels.append(truth.labels.ravel()[judged])
    if not labels:
        raise DataError(f"{dataset.root}: no pixel of {split} is judged; there is nothing to learn from")
    return np.concatenate(values), np.concatenate(labels).astype(np.int64)


def majority(groups: NDArray[np.integer], labels: NDArray[np.int64], *, count: int, classes: int) -> NDArray[np.int64]:
    """(count,) the commonest class of each group; of groups without any, and between equals, the commonest in all."""
    votes = np.bincount(groups * classes + labels, minlength=count * classes).reshape(count, classes).astype(np.float64)
    total = votes.sum(axis=0)
    votes += total / (2 * total.sum())  # less than one vote
    return np.asarray(votes.argmax(axis=1), np.int64)

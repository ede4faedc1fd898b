"""The same answer to every picture: the commonest class, everywhere or at each place."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.data import Dataset, census
from perpixel.results import LabelMap
from perpixel.warp import Size

LONGEST, MOST_VOTES = 512, 2**26  # of the grid of places: its longer side, and its votes for all classes


@dataclass(frozen=True)
class Fixed:
    """The same answer to every picture, stretched to its size."""

    labels: NDArray[Any]
    classes: ClassTable

    def __call__(self, image: NDArray[Any]) -> LabelMap:
        height, width = image.shape[:2]
        return LabelMap(cv2.resize(self.labels, (width, height), interpolation=cv2.INTER_NEAREST), self.classes)


def one_class(dataset: Dataset, split: str) -> Fixed:
    """The class of the most pixels, everywhere."""
    common = int(census(dataset, split).pixels.argmax())
    return Fixed(np.full((1, 1), common, dataset.classes.dtype), dataset.classes)


def class_by_place(dataset: Dataset, split: str) -> Fixed:
    """The class that most masks have at a place, on a grid that is stretched over every mask.

    The grid has the commonest size of the masks, if that is not too large. Ignored pixels do not vote; where none
    votes, and between equals, the class decides that has more pixels in all.
    """
    samples, classes = dataset.samples(split), dataset.classes
    height, width = _grid(Counter(dataset.read_truth(sample).size for sample in samples), len(classes))
    votes = np.zeros((len(classes), height * width), np.float64)
    places = np.arange(height * width)
    for sample in samples:
        labels = dataset.read_truth(sample).labels
        labels = cv2.resize(labels, (width, height), interpolation=cv2.INTER_NEAREST).ravel()
        judged = labels != classes.ignored
        votes[labels[judged], places[judged]] += 1
    total = votes.sum(axis=1)
    votes += (total / max(total.sum(), 1) / 2)[:, None]  # less than one vote
    return Fixed(votes.argmax(axis=0).reshape(height, width).astype(classes.dtype), classes)


def _grid(sizes: Counter[Size], classes: int) -> Size:
    height, width = sizes.most_common(1)[0][0]
    share = min(1.0, LONGEST / max(height, width), (MOST_VOTES / (height * width * classes)) ** 0.5)
    return max(int(height * share), 1), max(int(width * share), 1)

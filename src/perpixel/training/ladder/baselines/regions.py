"""A bound: regions of the picture, each with its true class."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classical.graph import graph_regions
from perpixel.results import LabelMap
from perpixel.training.ladder.baselines.pixels import majority


def regions_oracle(image: NDArray[Any], truth: LabelMap) -> LabelMap:
    """Each graph region has the class that most of its pixels truly have: the best that naming regions can do.

    The regions come from the picture alone, by `graph_regions` with its defaults. What is missing to 1 is where they
    cross the borders of the classes. Ignored pixels do not vote; a region of nothing else has the picture's commonest
    class.
    """
    classes = truth.classes
    regions = graph_regions(image).ravel()
    labels = truth.labels.ravel()
    judged = labels != classes.ignored
    if not judged.any():
        return LabelMap(np.zeros(truth.size, classes.dtype), classes)
    table = majority(
        regions[judged].astype(np.int64),
        labels[judged].astype(np.int64),
        count=int(regions.max()) + 1,
        classes=len(classes),
    )
    return LabelMap(table[regions].reshape(truth.size).astype(classes.dtype), classes)

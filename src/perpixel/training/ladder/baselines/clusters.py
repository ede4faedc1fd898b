"""K-means: groups of color and place, each with a class."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classical.levels import perceived
from perpixel.data import Dataset
from perpixel.training.ladder.baselines.pixels import ByPixel, majority, sample_pixels

CLUSTERS_PER_CLASS, FEWEST, MOST_CLUSTERS = 12, 32, 256
MOST, AT_A_TIME = 2**16, 2**16
PLACE = 50.0  # from border to border it is half as far as from black to white
SEED = 0


def kmeans_clusters(dataset: Dataset, split: str) -> ByPixel:
    """Group the training pixels by color (CIE Lab) and place, give each group its commonest class.

    There are several groups to a class, as a road is light and dark and left and right, and each goes to the class of
    most of its pixels. A linear assignment, one group to each class, would make every class occur, and would make
    most of them occur in the wrong place; with a majority a rare class may get no group. Both are learnt on the
    training split. The "best assignment" of some papers is chosen anew for each judged picture, with its truth at
    hand: that is a bound, not a method, and is not done here.
    """
    values, labels = sample_pixels(dataset, split, _features, most=MOST)
    count = min(max(CLUSTERS_PER_CLASS * len(dataset.classes), FEWEST), MOST_CLUSTERS, len(np.unique(values, axis=0)))
    cv2.setRNGSeed(SEED)
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 50, 0.05)
    fitted: Any = cv2.kmeans(values, count, None, stop, 1, cv2.KMEANS_PP_CENTERS)  # type: ignore[call-overload]
    centers = fitted[2]
    table = majority(_nearest(values, centers), labels, count=count, classes=len(dataset.classes))
    return ByPixel(_features, lambda asked: table[_nearest(asked, centers)], dataset.classes)


def _features(image: NDArray[Any]) -> NDArray[np.float32]:
    """(H, W, C + 2): color and place."""
    height, width = image.shape[:2]
    down, across = (
        np.linspace(0, PLACE, n, dtype=np.float32) if n > 1 else np.full(1, PLACE / 2, np.float32)
        for n in (height, width)
    )
    place = np.stack(np.broadcast_arrays(down[:, None], across), axis=2)
    return np.concatenate([perceived(image), place], axis=2)


def _nearest(values: NDArray[np.float32], centers: NDArray[np.float32]) -> NDArray[np.int64]:
    """The nearest center of each; |a - b|^2 = |a|^2 - 2 a b + |b|^2, of which the first does not matter."""
    half = (centers * centers).sum(axis=1) / 2
    parts = [
        (values[start : start + AT_A_TIME] @ centers.T - half).argmax(axis=1)
        for start in range(0, len(values), AT_A_TIME)
    ]
    return np.concatenate(parts)

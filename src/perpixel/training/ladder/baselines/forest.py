"""A random forest on the features of single pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classical.extra import require
from perpixel.classical.filter_bank import color_and_shape
from perpixel.classical.levels import levels
from perpixel.data import Dataset
from perpixel.training.ladder.baselines.pixels import ByPixel, sample_pixels

SCALES = (1.0, 2.0, 4.0)
TREES, SMALLEST_LEAF = 30, 4
MOST, ASKED = 60_000, 2**15
SEED = 0


def random_forest(dataset: Dataset, split: str) -> ByPixel:
    """A forest of scikit-learn on color, edges and blobs at three scales, and on the place in the picture.

    What could be done before networks, in its simplest form: no regions, no neighbors' answers. Of large pictures
    every second or third pixel is asked, and answers for those beside it.

    Raises:
        ModelError: scikit-learn is not installed.
    """
    forest = require("sklearn.ensemble").RandomForestClassifier(
        n_estimators=TREES, min_samples_leaf=SMALLEST_LEAF, max_features="sqrt", random_state=SEED, n_jobs=1
    )
    values, labels = sample_pixels(dataset, split, _features, most=MOST)
    forest.fit(values, labels)
    return ByPixel(_features, forest.predict, dataset.classes, most=ASKED)


def _features(image: NDArray[Any]) -> NDArray[np.float32]:
    """(H, W, F)."""
    height, width = image.shape[:2]
    down, across = ((np.arange(n, dtype=np.float32) + 0.5) / n for n in (height, width))
    place = np.stack(np.broadcast_arrays(down[:, None], across), axis=2)
    return np.concatenate([color_and_shape(levels(image), scales=SCALES), place], axis=2)

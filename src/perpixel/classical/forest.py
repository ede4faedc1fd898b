"""A random forest that learns from a few strokes what the rest of the picture is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.classical.extra import require
from perpixel.classical.filter_bank import color_and_shape
from perpixel.classical.levels import levels
from perpixel.classical.parameters import number, whole
from perpixel.classical.strokes import checked_strokes

PART = 1 << 18
"""Pixels that are classified at a time: bounds the memory of the trees' votes."""


def forest(
    image: NDArray[Any],
    *,
    strokes: NDArray[Any],
    trees: int = 50,
    scales: Sequence[float] = (1, 2, 4),
    seed: int = 0,
) -> NDArray[np.int32]:
    """Give every pixel the label of the strokes whose pixels look like it: color, edges and texture at some scales.

    It knows only what was shown to it: draw over light and shaded parts, and over borders, of every class, and add a
    stroke where it errs. Every label counts alike, however long its stroke. Place does not count: the result is
    speckled where classes look alike.

    Args:
        image: (H, W) or (H, W, C) uint8, uint16, or floats in [0, 1]; any number of channels.
        strokes: (H, W) integers: 0 nothing, else a label; at least two labels for there to be a choice.
        trees: how many.
        scales: widths of the Gaussian filters, in pixels.
        seed: of the forest.

    Returns:
        (H, W) int32: the strokes' labels.

    Raises:
        ModelError: scikit-learn is not installed.
        TypeError: strokes are not integers, or a parameter is no number.
        ValueError: a parameter is out of its range, or the picture is empty or has NaN.
    """
    trees, seed = whole("trees", trees, least=1), whole("seed", seed, least=0)
    if not len(scales):
        raise ValueError("there are no scales; give at least one, in pixels")
    scales = [number("a scale", scale, least=0.3) for scale in scales]
    colors = levels(image)
    size = (colors.shape[0], colors.shape[1])
    seeds = checked_strokes(strokes, size).ravel()
    features = color_and_shape(colors, scales=scales).reshape(len(seeds), -1)
    classifier = require("sklearn.ensemble").RandomForestClassifier(
        n_estimators=trees, min_samples_leaf=2, class_weight="balanced", random_state=seed, n_jobs=1
    )
    classifier.fit(features[seeds > 0], seeds[seeds > 0])
    labels = [classifier.predict(features[start : start + PART]) for start in range(0, len(features), PART)]
    return np.concatenate(labels).reshape(size).astype(np.int32)

"""Samples pasted into one another: by class (ClassMix) or by box (CutMix).

Only label maps can be mixed: an instance that is half covered by another picture is no longer what its box says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import sqrt
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.results import LabelMap

Picture = NDArray[Any]


def mix(
    pictures: Sequence[Picture], truths: Sequence[LabelMap], *, probability: float, generator: np.random.Generator
) -> tuple[list[Picture], list[LabelMap]]:
    """Paste half of the classes of the sample before it into each sample of a batch, with this probability.

    All samples are of one size; the first one's neighbor is the last. What is pasted is the unmixed neighbor.
    """
    mixed = [
        class_mix((picture, truth), (pictures[i - 1], truths[i - 1]), generator=generator)
        if len(pictures) > 1 and generator.random() < probability
        else (picture, truth)
        for i, (picture, truth) in enumerate(zip(pictures, truths, strict=True))
    ]
    return [picture for picture, _ in mixed], [truth for _, truth in mixed]


def class_mix(
    below: tuple[Picture, LabelMap], above: tuple[Picture, LabelMap], *, generator: np.random.Generator
) -> tuple[Picture, LabelMap]:
    """Paste half of the classes that occur in the sample `above` (rounded up) over the sample `below`.

    Olsson et al., 2021, https://arxiv.org/abs/2007.07936, algorithm 1. Ignored pixels are never pasted.

    Raises:
        ValueError: samples of two sizes.
    """
    labels = above[1].labels
    present = np.flatnonzero(np.bincount(labels.ravel(), minlength=above[1].classes.ignored + 1))
    present = present[present < len(above[1].classes)]
    chosen = np.zeros(above[1].classes.ignored + 1, np.bool_)
    chosen[generator.permutation(present)[: (len(present) + 1) // 2]] = True
    return _paste(below, above, chosen[labels])


def cut_mix(
    below: tuple[Picture, LabelMap], above: tuple[Picture, LabelMap], *, generator: np.random.Generator
) -> tuple[Picture, LabelMap]:
    """Paste a box of the sample `above`, of a random share of the area, over the sample `below`.

    Yun et al., 2019, https://arxiv.org/abs/1905.04899, section 3.1; for segmentation French et al., 2020. The box has
    the picture's aspect and lies inside it.

    Raises:
        ValueError: samples of two sizes.
    """
    height, width = below[1].size
    side = sqrt(generator.random())
    box_height, box_width = round(side * height), round(side * width)
    top = int(generator.integers(0, height - box_height + 1))
    left = int(generator.integers(0, width - box_width + 1))
    mask = np.zeros((height, width), np.bool_)
    mask[top : top + box_height, left : left + box_width] = True
    return _paste(below, above, mask)


def _paste(
    below: tuple[Picture, LabelMap], above: tuple[Picture, LabelMap], mask: NDArray[np.bool_]
) -> tuple[Picture, LabelMap]:
    if below[0].shape != above[0].shape or below[1].labels.shape != mask.shape:
        raise ValueError(f"samples are {below[0].shape} and {above[0].shape}; only samples of one size can be mixed")
    picture = cv2.copyTo(above[0], mask.view(np.uint8), below[0].copy()).reshape(below[0].shape)
    labels = np.where(mask, above[1].labels, below[1].labels)
    return picture, replace(below[1], labels=labels, confidence=None)

"""Things of one sample, with their pixels, pasted over another (copy-paste).

Ghiasi, Cui, Srinivas, Qian, Lin, Cubuk, Le & Zoph, 2021, https://arxiv.org/abs/2012.07177, section 3: both samples are
zoomed and mirrored before, each by itself, and a pasted edge is left sharp, which did as well there as a blurred one.

Difference from the paper: what is left of a thing that is nearly hidden is neither taught as a thing nor as background.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.results import Instances, Panoptic

Truth = TypeVar("Truth", Instances, Panoptic)
Picture = NDArray[Any]

LEAST_LEFT = 0.1  # of a thing's pixels in the sample: nobody could tell a thing and its box by less


def copy_paste(
    pictures: Sequence[Picture], truths: Sequence[Truth], *, probability: float, generator: np.random.Generator
) -> tuple[list[Picture], list[Truth]]:
    """Paste some of the things of the sample before it over each sample of a batch, with this probability.

    All samples are of one size; the first one's neighbor is the last. What is pasted is of the neighbor as it was.
    """
    pasted = [
        paste_things((picture, truth), (pictures[i - 1], truths[i - 1]), generator=generator)
        if len(pictures) > 1 and generator.random() < probability
        else (picture, truth)
        for i, (picture, truth) in enumerate(zip(pictures, truths, strict=True))
    ]
    return [picture for picture, _ in pasted], [truth for _, truth in pasted]


def paste_things(
    below: tuple[Picture, Truth], above: tuple[Picture, Truth], *, generator: np.random.Generator
) -> tuple[Picture, Truth]:
    """Paste some things of the sample `above`, from one to all of them, where they are, over the sample `below`.

    Pasted things come after those of `below`, which lose the pixels that are covered. One that is hidden altogether is
    gone; of one with less than a tenth left, the rest becomes a crowd: nothing is to be found there, and nothing is
    wrong to find. Crowds and stuff are never pasted.

    Args:
        below, above: picture (H, W, C) of any type, and its truth (H, W).

    Raises:
        ValueError: samples of two sizes.
    """
    if below[0].shape != above[0].shape or below[1].size != above[1].size:
        raise ValueError(f"samples are {below[0].shape} and {above[0].shape}; only samples of one size can be mixed")
    picture, truth = below
    candidates = np.flatnonzero(_countable(above[1]))
    if not len(candidates):
        return below
    chosen = generator.permutation(candidates)[: generator.integers(1, len(candidates), endpoint=True)]
    numbers = np.zeros(len(above[1]) + 1, np.int32)
    numbers[chosen + 1] = len(truth) + np.arange(1, len(chosen) + 1)
    pasted = numbers[above[1].ids]
    mask = pasted > 0
    ids = np.where(mask, pasted, truth.ids)
    left = np.bincount(ids.ravel(), minlength=len(truth) + 1)[1 : len(truth) + 1]
    hidden = _countable(truth) & (left < LEAST_LEFT * truth.areas)
    crowd = np.concatenate([_crowd(truth) | hidden, np.zeros(len(chosen), np.bool_)])
    covered: Truth = replace(
        truth,
        ids=ids,
        labels=np.concatenate([truth.labels, above[1].labels[chosen]]),
        scores=np.concatenate([truth.scores, above[1].scores[chosen]]),
        crowd=crowd if crowd.any() else None,
    )
    shown = cv2.copyTo(above[0], mask.view(np.uint8), picture.copy()).reshape(picture.shape)
    return shown, covered[covered.areas > 0]


def _crowd(truth: Instances | Panoptic) -> NDArray[np.bool_]:
    return np.zeros(len(truth), np.bool_) if truth.crowd is None else truth.crowd


def _countable(truth: Instances | Panoptic) -> NDArray[np.bool_]:
    """Which segments are things that were told apart."""
    if isinstance(truth, Instances):
        return ~_crowd(truth)
    thing = np.array([entry.thing for entry in truth.classes], np.bool_)
    return thing[truth.labels] & ~_crowd(truth)

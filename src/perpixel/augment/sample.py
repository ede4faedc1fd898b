"""One training sample: a picture and its truth, moved and colored at random."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from perpixel.augment.photometric import photometric
from perpixel.augment.rare import find_rare_pixel
from perpixel.augment.sample_warp import sample_warp
from perpixel.plan import Augmentation
from perpixel.results import Depth, Instances, LabelMap, Layers, Panoptic, Polylines
from perpixel.warp import Size

Truth = TypeVar("Truth", LabelMap, Layers, Instances, Panoptic, Depth, Polylines)


def augment(
    picture: NDArray[Any],
    truth: Truth,
    options: Augmentation,
    *,
    size: Size,
    generator: np.random.Generator,
    rare: NDArray[np.float64] | None = None,
    margin: int = 0,
) -> tuple[NDArray[Any], Truth]:
    """Vary a picture and its truth alike, to a sample of exactly `size`.

    The picture is mirrored where the sample reaches beyond it, and the truth ignored there, instances by a crowd. The
    same state of the generator gives the same bytes, in any thread or process.

    Args:
        picture: (H, W, C) uint8, uint16 or float32.
        truth: of the same picture, any kind.
        size: (height, width) of the sample.
        rare: (K,) probabilities of the classes on which crops are placed, with probability `options.rare`
            (`rare_class_probabilities`); None places them anywhere.
        margin: of the sample's pixels, on each side, for which the network gives no answer.

    Raises:
        ValueError: a picture that is not (H, W, C).
        TypeError: `rare` with a truth that has no classes of pixels.
    """
    if picture.ndim != 3:
        raise ValueError(f"picture is {picture.shape}; expected (H, W, C): add an axis to a gray one")
    focus = None
    if rare is not None and generator.random() < options.rare:
        focus = find_rare_pixel(truth, rare, generator=generator)
    height, width = picture.shape[:2]
    warp = sample_warp((height, width), options, size=size, generator=generator, focus=focus, margin=margin)
    moved = truth.warp(warp)
    if isinstance(moved, Instances):
        moved = _unjudged_outside(moved, ~warp.ids(np.ones((height, width), np.bool_), outside=0))
    return photometric(warp.picture(picture), options, generator=generator), moved


def _unjudged_outside(truth: Instances, outside: NDArray[np.bool_]) -> Instances:
    """What is in a mirror is seen and has no id; without a crowd over it, it would be taught as background."""
    if not outside.any():
        return truth
    crowd = np.zeros(len(truth), np.bool_) if truth.crowd is None else truth.crowd
    return replace(
        truth,
        ids=np.where(outside, np.int32(len(truth) + 1), truth.ids),
        labels=np.append(truth.labels, 0),
        scores=np.append(truth.scores, np.float32(1)),
        crowd=np.append(crowd, True),
    )

"""The mean of several answers to one picture, on the coarse grid: of a mirrored picture, of several models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.spec import ModelSpec
from perpixel.tasks.instance import network_classes

_LEAST = np.float32(1e-30)


def mirrored(image: NDArray[Any], spec: ModelSpec) -> NDArray[Any]:
    """The picture (H, W, C) mirrored left to right.

    It is widened first, by repeating its border, to a width that the network takes. The coarse grid of the mirrored
    picture then lies on that of the picture itself.
    """
    over = -image.shape[1] % spec.geometry.multiple if spec.input.size is None else 0
    return np.pad(image, ((0, 0), (0, over), (0, 0)), mode="edge")[:, ::-1]


def mirrored_back(coarse: NDArray[Any], spec: ModelSpec, width: int) -> NDArray[Any]:
    """Coarse outputs (K, h, w) of a mirrored picture of `width`, on the grid of the picture; mirror classes swap."""
    if spec.input.size is None:  # what the graph itself adds beyond the width lies left of the picture
        coarse = coarse[:, :, : (width + -width % spec.geometry.multiple) // spec.outputs[0].stride]
    return coarse[spec.classes.mirror][:, :, ::-1]


def can_flip(spec: ModelSpec) -> bool:
    """Whether a model that tells things apart answers with maps alone: classes, centers and the way to them."""
    return [output.name for output in spec.outputs] == ["logits", "centers", "offsets"]


def mean_of_things(
    outputs: Mapping[str, NDArray[Any]], mirror: Mapping[str, NDArray[Any]], spec: ModelSpec, width: int
) -> dict[str, NDArray[Any]]:
    """The mean of the outputs (1, ...) for a picture of `width` and for its mirror: of the classes' probabilities.

    What points to the right there points to the left here.
    """
    stride = spec.outputs[0].stride
    wide = mirror["logits"].shape[3]
    if spec.input.size is None:  # what the graph itself adds beyond the width lies left of the picture
        wide = (width + -width % spec.geometry.multiple) // stride
    back = {name: values[..., :wide][..., ::-1] for name, values in mirror.items()}
    classes = network_classes(spec.classes) if spec.task == "instance" else spec.classes
    sides = np.array([1, -1], np.float32)[:, None, None]
    both = {
        "centers": (outputs["centers"][0], back["centers"][0]),
        "offsets": (outputs["offsets"][0], back["offsets"][0] * sides),
    }
    kind = spec.outputs[0].kind
    own, other = (probabilities(values, kind) for values in (outputs["logits"][0], back["logits"][0][classes.mirror]))
    logits = mean_scores([own, other]) if kind == "scores" else mean_logits([own, other])
    return {"logits": logits[None], **{name: mean_scores(pair)[None] for name, pair in both.items()}}


def probabilities(coarse: NDArray[Any], kind: str) -> NDArray[np.float32]:
    """The softmax over the classes of logits (K, h, w), of binary ones the sigmoid of each; scores as they are."""
    coarse = np.asarray(coarse, np.float32)
    if kind == "scores":
        return coarse
    if kind == "binary logits":
        return np.asarray(1 / (1 + np.exp(-np.clip(coarse, -80, 80))), np.float32)
    powers = np.exp(coarse - coarse.max(axis=0))
    return np.asarray(powers / powers.sum(axis=0), np.float32)


def on_grid(scores: NDArray[np.float32], spec: ModelSpec, *, size: tuple[int, int], stride: int) -> NDArray[np.float32]:
    """Probabilities (K, h, w) of one model on the grid of `stride` over a picture of `size`."""
    height, width = scores.shape[1:]
    if spec.input.size is not None:
        target = -(-size[0] // stride), -(-size[1] // stride)
    else:
        target = height * spec.outputs[0].stride // stride, width * spec.outputs[0].stride // stride
    if target == (height, width):
        return scores
    return np.stack([cv2.resize(np.ascontiguousarray(plane), target[::-1]) for plane in scores])


def mean_scores(answers: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The mean of probabilities (K, h, w).

    Some networks add more border than others; what not all of them cover is cut off.
    """
    height, width = (min(answer.shape[axis] for answer in answers) for axis in (1, 2))
    total = sum(answer[:, :height, :width] for answer in answers)
    return np.asarray(total / np.float32(len(answers)), np.float32)


def mean_logits(answers: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The logarithm of the mean of probabilities (K, h, w): its softmax is that mean, so it is decoded like logits."""
    return np.log(np.maximum(mean_scores(answers), _LEAST))

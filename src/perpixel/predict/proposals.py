"""A picture answered proposal by proposal: each box that may hold an object is cropped, resized and scored by itself.

Noh, Hong & Han, 2015, https://arxiv.org/abs/1505.04366, section 4.3; the order of steps from the authors' published
file, https://github.com/HyeonwooNoh/DeconvNet/blob/master/inference/generate_EDeconvNet_CRF_results.m.

Small objects are seen enlarged and large ones whole, which a network of one input size cannot do on the whole picture.

Differences from the source: boxes come from the caller or from a plain grid of several scales (`grid_boxes`), for the
authors' edge boxes need a trained edge detector. Its two refinements, the product with FCN-8s's scores and the dense
conditional random field, are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from perpixel.classes import ClassTable
from perpixel.errors import ModelError
from perpixel.predict.channels import fit_input
from perpixel.predict.engine import OnnxEngine
from perpixel.predict.model import Model, find_model
from perpixel.results import LabelMap

Scorer = Callable[[NDArray[Any]], NDArray[np.float32]]  # a crop (h, w[, C]) to scores (K, h, w), not activated

SCALES = (1.0, 0.75, 0.5, 1 / 3)


@dataclass(frozen=True)
class ProposalPredictor:
    """Gives every pixel the class with the greatest score of all proposals over it.

        >>> net = scorer("runs/deconvnet")  # doctest: +SKIP
        >>> predictor = ProposalPredictor(net, find_model("runs/deconvnet").spec.classes)  # doctest: +SKIP
        >>> answer = predictor(image, grid_boxes(image.shape[:2]))  # doctest: +SKIP

    Scores below zero count as zero, and where no proposal is, all are zero: of equal scores the first class counts, so
    class 0 should be the background, as in Pascal VOC.

    Attributes:
        scorer: maps a crop of `size` to its scores.
        classes: what the scores' channels mean.
        size: (height, width) that each crop is resized to.
        shortest: boxes whose shorter side is below this, in pixels and as widened, are skipped.
        widen: each box is so many times as high and wide before it is cropped, about its center; the source widens
            the boxes of its training objects 1.2 times. What lies beyond the picture is black.
        most: of the boxes that are not skipped, the first so many are used.
    """

    scorer: Scorer
    classes: ClassTable
    size: tuple[int, int] = (224, 224)
    shortest: int = 112
    widen: float = 1.2
    most: int = 50

    def __post_init__(self) -> None:
        if min(self.size) < 1 or self.widen < 1 or self.most < 1:
            raise ValueError(
                f"size is {self.size}, widen {self.widen} and most {self.most}; none of them may be below 1"
            )

    def __call__(self, image: NDArray[Any], boxes: ArrayLike) -> LabelMap:
        """The answer for a picture (H, W[, C]); `boxes` as for `scores`.

        Raises:
            ValueError: `boxes` are not (N, 4), or one is empty.
        """
        labels = self.scores(image, boxes).argmax(axis=0)
        return LabelMap(labels.astype(self.classes.dtype), self.classes)

    def scores(self, image: NDArray[Any], boxes: ArrayLike) -> NDArray[np.float32]:
        """The greatest score (K, H, W) of each class at each pixel, at least zero.

        Args:
            boxes: (N, 4), x0 y0 x1 y1 in pixels, half-open, the likeliest first; they may reach beyond the picture.

        Raises:
            ValueError: `boxes` are not (N, 4), or one is empty; or the scorer gives another number of classes or size.
        """
        height, width = image.shape[:2]
        greatest = np.zeros((len(self.classes), height, width), np.float32)
        for x0, y0, x1, y1 in self.used(boxes):
            crop = resized(cut(image, (x0, y0, x1, y1)), self.size)
            scores = np.asarray(self.scorer(crop), np.float32)
            if scores.shape != (len(self.classes), *self.size):
                raise ValueError(
                    f"the scorer gave {scores.shape} for a crop of {self.size}, {len(self.classes)} classes"
                )
            rows, columns = slice(max(y0, 0), max(min(y1, height), 0)), slice(max(x0, 0), max(min(x1, width), 0))
            for plane, whole in zip(scores, greatest, strict=True):
                back = resized(plane, (y1 - y0, x1 - x0))
                inside = back[rows.start - y0 : rows.stop - y0, columns.start - x0 : columns.stop - x0]
                np.maximum(whole[rows, columns], inside, out=whole[rows, columns])
        return greatest

    def used(self, boxes: ArrayLike) -> NDArray[np.int64]:
        """The boxes (M, 4) that are cropped: widened, to whole pixels, without the small ones.

        Raises:
            ValueError: `boxes` are not (N, 4), or one is empty.
        """
        given = np.asarray(boxes, np.float64).reshape(-1, 4) if np.size(boxes) == 0 else np.asarray(boxes, np.float64)
        if given.ndim != 2 or given.shape[1] != 4:
            raise ValueError(f"boxes are {given.shape}; expected (N, 4): x0 y0 x1 y1")
        low, high = given[:, :2], given[:, 2:]
        if not (high > low).all():
            first = int(np.flatnonzero(~(high > low).all(axis=1))[0])
            raise ValueError(f"box {first} is empty: {given[first].tolist()}; x1 and y1 must be above x0 and y0")
        more = (high - low) * (self.widen - 1) / 2
        least = 1e-9  # so that 1.2 * 10 pixels, in binary a trifle more than 12, are 12
        widened = np.concatenate([np.floor(low - more + least), np.ceil(high + more - least)], axis=1).astype(np.int64)
        sides = widened[:, 2:] - widened[:, :2]
        large: NDArray[np.int64] = widened[sides.min(axis=1) >= self.shortest]
        return large[: self.most]


def resized(image: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """(H, W[, C]) made (height, width[, C]), bilinearly; by averages where it shrinks."""
    if image.shape[:2] == size:
        return image
    shrinks = size[0] * size[1] < image.shape[0] * image.shape[1]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return cv2.resize(np.ascontiguousarray(image), size[::-1], interpolation=how).reshape(*size, *image.shape[2:])


def cut(image: NDArray[Any], box: tuple[int, int, int, int]) -> NDArray[Any]:
    """The part of a picture (H, W[, C]) in a box x0 y0 x1 y1, black beyond the picture."""
    x0, y0, x1, y1 = box
    part = np.zeros((y1 - y0, x1 - x0, *image.shape[2:]), image.dtype)
    top, left = max(y0, 0), max(x0, 0)
    inside = image[top : max(y1, 0), left : max(x1, 0)]
    part[top - y0 : top - y0 + inside.shape[0], left - x0 : left - x0 + inside.shape[1]] = inside
    return part


def grid_boxes(size: tuple[int, int], *, scales: Sequence[float] = SCALES, overlap: float = 0.5) -> NDArray[np.float64]:
    """Boxes (N, 4) of the picture's shape at several scales, in even steps, the largest first.

    They know nothing of the picture; they are what is there without a detector.

    >>> grid_boxes((100, 200), scales=(1, 0.75)).tolist()[:2]
    [[0.0, 0.0, 200.0, 100.0], [0.0, 0.0, 150.0, 75.0]]
    >>> len(grid_boxes((100, 200)))
    39

    Args:
        size: (height, width) of the picture.
        scales: sides of the boxes as shares of the picture's, in (0, 1].
        overlap: least share that a box has in common with the next, in [0, 1).

    Raises:
        ValueError: a scale or the overlap is out of range.
    """
    if not all(0 < scale <= 1 for scale in scales) or not 0 <= overlap < 1:
        raise ValueError(f"scales {tuple(scales)} must be in (0, 1] and overlap {overlap} in [0, 1)")
    height, width = size
    boxes = []
    for scale in scales:
        steps = int(np.ceil((1 - scale) / (scale * (1 - overlap)) - 1e-9)) + 1
        starts = np.linspace(0, 1 - scale, steps)
        boxes += [(x * width, y * height, (x + scale) * width, (y + scale) * height) for y in starts for x in starts]
    return np.array(boxes, np.float64).reshape(-1, 4)


def scorer(model: str | Path | Model, *, threads: int | None = None) -> Scorer:
    """A model's scores at the size of the crop, bilinear between its coarse ones.

    Args:
        model: a name or path for `find_model`, or a `Model`.
        threads: that compute one answer; None takes all cores.

    Raises:
        ModelError: a model is not there or broken; on a crop, that its graph takes another size or gives other classes.
    """
    found = model if isinstance(model, Model) else find_model(model)
    spec, engine = found.spec, OnnxEngine(found.graphs, threads=threads)
    name, stride = spec.outputs[0].name, spec.outputs[0].stride

    def score(crop: NDArray[Any]) -> NDArray[np.float32]:
        height, width = crop.shape[:2]
        if spec.input.size not in (None, (height, width)):
            raise ModelError(f"{spec.name} takes {spec.input.size} pixels only, not {(height, width)}: pass that size")
        coarse = engine.run("main", {"image": fit_input(crop, spec.input)[None]}).get(name)
        if coarse is None or coarse.ndim != 4 or coarse.shape[1] != len(spec.classes):
            raise ModelError(f"{spec.name}: the graph does not give {name} (1, {len(spec.classes)}, h, w)")
        whole = (coarse.shape[3] * stride, coarse.shape[2] * stride)
        planes = [plane if stride == 1 else cv2.resize(plane, whole) for plane in coarse[0]]
        return np.stack([plane[:height, :width] for plane in planes]).astype(np.float32)

    return score

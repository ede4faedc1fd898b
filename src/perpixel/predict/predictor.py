"""Predictor: a picture in, an answer out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.errors import LicenceError, ModelError
from perpixel.predict.channels import fit_input
from perpixel.predict.engine import Engine, OnnxEngine
from perpixel.predict.model import Model, find_model
from perpixel.results import LabelMap
from perpixel.spec import ModelSpec
from perpixel.tasks import Confidence, Window, task_for


class Predictor:
    """Gives every pixel of a picture a label, in memory.

    Keeps no state between pictures, is safe across threads, and travels to another process as the models' paths.

        >>> predictor = Predictor("street")
        >>> predictor(np.zeros((90, 120, 3), np.uint8)).labels.shape
        (90, 120)

    Args:
        model: a name or path for `find_model`, a `Model`, or several, whose probabilities are averaged.
        flip: average with the answer to the mirrored picture. Twice the time.
        confidence: "exact", "fast" (too sure along boundaries) or "none".
        threads: that compute one answer; None takes all cores.
        commercial_only: refuse models whose terms do not allow commercial use.

    Raises:
        ModelError: a model is not there or broken, or several have different classes.
        LicenceError: `commercial_only`, and a model is not free for it.
    """

    def __init__(
        self,
        model: str | Path | Model | Sequence[str | Path | Model] = "street",
        *,
        flip: bool = False,
        confidence: Confidence = "exact",
        threads: int | None = None,
        commercial_only: bool = False,
    ) -> None:
        asked = [model] if isinstance(model, str | Path | Model) else list(model)
        if not asked:
            raise ValueError("no model was given")
        self.models = tuple(entry if isinstance(entry, Model) else find_model(entry) for entry in asked)
        self.flip, self.confidence, self.threads, self.commercial_only = flip, confidence, threads, commercial_only
        for found in self.models:
            if commercial_only and found.spec.terms.commercial is not True:
                raise LicenceError(
                    f"{found.spec.name} is not free for commercial use: {found.spec.terms.data}; "
                    "take another model, or leave out --commercial-only"
                )
            if found.spec.classes.names != self.classes.names:
                raise ModelError(
                    f"models can be averaged only if their classes are the same; {found.spec.name} has "
                    f"{', '.join(found.spec.classes.names)}, {self.spec.name} has {', '.join(self.classes.names)}"
                )
        self._engines: tuple[Engine, ...] = tuple(OnnxEngine(found.graphs, threads=threads) for found in self.models)

    @property
    def spec(self) -> ModelSpec:
        """Of the first model."""
        return self.models[0].spec

    @property
    def classes(self) -> Any:
        """The class table of the answers."""
        return self.spec.classes

    def __call__(self, image: NDArray[Any]) -> LabelMap:
        """The answer for a picture (H, W[, C]) at its own size, from 1 x 1 pixel on.

        A model of one fixed size gets the picture resized to it, and its labels are brought back to the picture's size.

        Raises:
            ModelError: the picture has channels or a type that the model does not take.
        """
        if len(self.models) == 1 and not self.flip:
            return self._alone(image)
        return self._averaged(image)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (
            [found.source for found in self.models],
            self.flip,
            self.confidence,
            self.threads,
            self.commercial_only,
        )

    def _alone(self, image: NDArray[Any]) -> LabelMap:
        size, spec = image.shape[:2], self.spec
        outputs, covered = _run(self._engines[0], spec, image)
        answer = task_for(spec, confidence=self.confidence).decode(outputs, Window(covered))
        return _resized(answer, size)

    def _averaged(self, image: NDArray[Any]) -> LabelMap:
        """The mean of all probabilities, on the finest of the coarse grids."""
        stride = min(found.spec.outputs[0].stride for found in self.models)
        height, width = image.shape[:2]
        total, count = np.zeros(1, np.float32), 0
        for engine, found in zip(self._engines, self.models, strict=True):
            spec = found.spec
            for mirrored in (False, True) if self.flip else (False,):
                scores = _probabilities(engine, spec, image, mirrored=mirrored)
                scores = _on_grid(scores, spec, size=(height, width), stride=stride)
                total, count = total + scores, count + 1
        output = replace(self.spec.outputs[0], name="scores", kind="scores", stride=stride)
        spec = replace(self.spec, outputs=(output,))
        mean = total / np.float32(count)
        return task_for(spec, confidence=self.confidence).decode({"scores": mean[None]}, Window((height, width)))


def _rebuild(
    sources: list[str], flip: bool, confidence: Confidence, threads: int | None, commercial_only: bool
) -> Predictor:
    return Predictor(sources, flip=flip, confidence=confidence, threads=threads, commercial_only=commercial_only)


def _run(engine: Engine, spec: ModelSpec, image: NDArray[Any]) -> tuple[Mapping[str, NDArray[Any]], tuple[int, int]]:
    """The graph's outputs, and the size (height, width) that they cover."""
    fitted = fit_input(image, spec.input)
    if spec.input.size is not None and fitted.shape[:2] != spec.input.size:
        height, width = spec.input.size
        smaller = height * width < fitted.shape[0] * fitted.shape[1]
        resized = cv2.resize(fitted, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
        fitted = resized.reshape(height, width, -1)
    return engine.run("main", {"image": np.ascontiguousarray(fitted)[None]}), fitted.shape[:2]


def _probabilities(engine: Engine, spec: ModelSpec, image: NDArray[Any], *, mirrored: bool) -> NDArray[np.float32]:
    """Softmax of the coarse logits (K, h, w), of the mirrored picture and mirrored back if asked."""
    if mirrored:
        # Padded before it is mirrored, so that the coarse grid of the mirror lies on that of the picture.
        over = -image.shape[1] % spec.geometry.multiple if spec.input.size is None else 0
        axes = [(0, 0), (0, over)] + [(0, 0)] * (image.ndim - 2)
        image = np.pad(image, axes, mode="edge")[:, ::-1]
    outputs, _ = _run(engine, spec, image)
    output = spec.outputs[0]
    coarse = np.asarray(outputs[output.name][0], np.float32)
    if output.kind != "scores":
        coarse = np.exp(coarse - coarse.max(axis=0))
        coarse /= coarse.sum(axis=0)
    return coarse[spec.classes.mirror][:, :, ::-1] if mirrored else coarse


def _on_grid(
    scores: NDArray[np.float32], spec: ModelSpec, *, size: tuple[int, int], stride: int
) -> NDArray[np.float32]:
    """Probabilities (K, h, w) on the grid of `stride` over a picture of `size`."""
    height, width = (-(-side // stride) for side in size)
    if spec.input.size is None:
        factor = spec.outputs[0].stride // stride
        if factor == 1:
            return np.ascontiguousarray(scores[:, :height, :width])
        target = scores.shape[2] * factor, scores.shape[1] * factor
    else:
        target = width, height
    planes = [cv2.resize(np.ascontiguousarray(plane), target, interpolation=cv2.INTER_LINEAR) for plane in scores]
    return np.ascontiguousarray(np.stack(planes)[:, :height, :width])


def _resized(answer: LabelMap, size: tuple[int, ...]) -> LabelMap:
    if answer.size == size:
        return answer
    height, width = size
    labels = cv2.resize(answer.labels, (width, height), interpolation=cv2.INTER_NEAREST)
    confidence = answer.confidence
    if confidence is not None:
        confidence = cv2.resize(confidence, (width, height), interpolation=cv2.INTER_LINEAR)
    return replace(answer, labels=labels, confidence=confidence)

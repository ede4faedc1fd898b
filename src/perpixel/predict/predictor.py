"""Predictor: a picture in, an answer out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from perpixel.classes import ClassTable
from perpixel.errors import LicenceError, ModelError
from perpixel.predict import averaging
from perpixel.predict.channels import fit_input
from perpixel.predict.engine import Engine, OnnxEngine
from perpixel.predict.model import Model, find_models
from perpixel.predict.second_stage import SECOND, find
from perpixel.predict.tiles import check_tile, tiled, windows
from perpixel.results import Depth, Instances, Layers, Panoptic
from perpixel.spec import ModelSpec
from perpixel.tasks import Confidence, Window, channels_of, task_for


class Predictor:
    """Gives every pixel of a picture a label, in memory.

    Keeps no state between pictures, is safe across threads, and travels to another process as the models' paths.

        >>> predictor = Predictor("street")
        >>> predictor(np.zeros((90, 120, 3), np.uint8)).labels.shape
        (90, 120)

    Args:
        model: a name or path for `find_model`, a folder of folds, a `Model`, or several of these. The probabilities of
            several models are averaged.
        flip: average with the answer to the mirrored picture. Twice the time.
        confidence: "exact", "fast" (off by 0.02 on average, mostly along boundaries) or "none".
        tile: answer larger pictures in square parts of this side (`perpixel.predict.tiles`); None answers all whole.
        threads: that compute one answer; None takes all cores.
        commercial_only: refuse models whose terms do not allow commercial use.

    Raises:
        ModelError: a model is not there or broken, or several have different classes; or `tile` and a fixed size.
        LicenceError: `commercial_only`, and a model is not free for it.
    """

    def __init__(
        self,
        model: str | Path | Model | Sequence[str | Path | Model] = "street",
        *,
        flip: bool = False,
        confidence: Confidence = "exact",
        tile: int | None = None,
        threads: int | None = None,
        commercial_only: bool = False,
    ) -> None:
        asked = [model] if isinstance(model, str | Path | Model) else list(model)
        if not asked:
            raise ValueError("no model was given")
        several = ((entry,) if isinstance(entry, Model) else find_models(entry) for entry in asked)
        self.models = tuple(model for models in several for model in models)
        self.flip, self.confidence, self.threads, self.commercial_only = flip, confidence, threads, commercial_only
        self.tile = tile
        for found in self.models:
            if tile is not None:
                check_tile(tile, found.spec)
            if commercial_only and found.spec.terms.commercial is not True:
                raise LicenceError(
                    f"{found.spec.name} is not free for commercial use: {found.spec.terms.data}; "
                    "take another model, or leave out --commercial-only"
                )
            if len(found.spec.outputs) > 1 and len(self.models) > 1:
                one = f"take one model, such as {self.models[0].source}"
                raise ModelError(
                    f"{found.spec.name} tells things apart, and several such models are not averaged: {one}"
                )
            if flip and len(found.spec.outputs) > 1 and not averaging.can_flip(found.spec):
                raise ModelError(f"{found.spec.name} answers with more than maps of things: leave out --flip")
            if found.spec.task != self.spec.task:
                raise ModelError(
                    f"models can be averaged only if their task is the same; {found.spec.name} is for "
                    f"{found.spec.task}, {self.spec.name} for {self.spec.task}"
                )
            if found.spec.classes.names != self.classes.names:
                raise ModelError(
                    f"models can be averaged only if their classes are the same; {found.spec.name} has "
                    f"{', '.join(found.spec.classes.names)}, {self.spec.name} has {', '.join(self.classes.names)}"
                )
            task_for(found.spec)  # a task that this version does not know is refused now, not at the first picture
        self._engines: tuple[Engine, ...] = tuple(OnnxEngine(found.graphs, threads=threads) for found in self.models)

    @property
    def spec(self) -> ModelSpec:
        """Of the first model."""
        return self.models[0].spec

    @property
    def classes(self) -> ClassTable:
        """The class table of the answers."""
        return self.spec.classes

    def __call__(self, image: NDArray[Any]) -> Any:
        """The answer for a picture (H, W[, C]) at its own size, from 1 x 1 pixel on, of the type of the model's task.

        A model of one fixed size gets the picture resized to it, and its labels are brought back to the picture's size.

        Raises:
            PictureError: the picture has channels or a type that the model does not take.
            ModelError: the model's graph cannot be run on it.
        """
        if len(self.models) == 1 and (not self.flip or len(self.spec.outputs) > 1):
            return self._alone(image)
        return self._averaged(image)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (
            [found.source for found in self.models],
            self.flip,
            self.confidence,
            self.tile,
            self.threads,
            self.commercial_only,
        )

    def _alone(self, image: NDArray[Any]) -> Any:
        fitted = fit_input(image, self.spec.input)
        name = self.spec.outputs[0].name
        if len(self.spec.outputs) > 1:
            if self.tile is not None and max(fitted.shape[:2]) > self.tile:
                return self._in_windows(fitted, self.tile)
            outputs = self._things(fitted)
        else:
            outputs = {name: _run(self._engines[0], self.spec, fitted, self.tile)[None]}
        covered = self.spec.input.size or (image.shape[0], image.shape[1])
        answer = task_for(self.spec, confidence=self.confidence).decode(outputs, Window(covered))
        return _resized(answer, (image.shape[0], image.shape[1]))

    def _in_windows(self, image: NDArray[Any], tile: int) -> Any:
        """Things of a picture that has the right channels and type, each window's by itself and then joined."""
        task: Any = task_for(self.spec, confidence=self.confidence)
        answers = []
        for window in windows((image.shape[0], image.shape[1]), tile, self.spec.geometry):
            (row, column), (height, width) = window.corner, window.size
            part = image[row : row + height, column : column + width]
            answers.append((window, task.decode(self._things(part), window)))
        return task.merge(answers, (image.shape[0], image.shape[1]))

    def _things(self, image: NDArray[Any]) -> dict[str, NDArray[Any]]:
        """All outputs for a picture that has the right channels and type, or their mean with those of its mirror."""
        outputs = _outputs(self._engines[0], self.spec, image)
        if not self.flip:
            return outputs
        other = _outputs(self._engines[0], self.spec, averaging.mirrored(image, self.spec))
        return averaging.mean_of_things(outputs, other, self.spec, image.shape[1])

    def _averaged(self, image: NDArray[Any]) -> Any:
        """The mean of all probabilities, on the finest of the coarse grids."""
        stride = min(found.spec.outputs[0].stride for found in self.models)
        answers = []
        for engine, spec in zip(self._engines, [found.spec for found in self.models], strict=True):
            fitted = fit_input(image, spec.input)
            size, kind = (fitted.shape[0], fitted.shape[1]), spec.outputs[0].kind
            all_coarse = [_run(engine, spec, fitted, self.tile)]
            if self.flip:
                coarse = _run(engine, spec, averaging.mirrored(fitted, spec), self.tile)
                all_coarse.append(averaging.mirrored_back(coarse, spec, size[1]))
            for coarse in all_coarse:
                scores = averaging.probabilities(coarse, kind)
                answers.append(averaging.on_grid(scores, spec, size=size, stride=stride))
        apart = self.spec.outputs[0].kind == "binary logits"
        mean = averaging.mean_scores(answers) if apart else averaging.mean_logits(answers)
        output = replace(self.spec.outputs[0], kind="scores" if apart else "logits", stride=stride)
        task = task_for(replace(self.spec, outputs=(output,)), confidence=self.confidence)
        return task.decode({output.name: mean[None]}, Window((image.shape[0], image.shape[1])))


def _rebuild(
    sources: list[str],
    flip: bool,
    confidence: Confidence,
    tile: int | None,
    threads: int | None,
    commercial_only: bool,
) -> Predictor:
    return Predictor(
        sources, flip=flip, confidence=confidence, tile=tile, threads=threads, commercial_only=commercial_only
    )


def _run(engine: Engine, spec: ModelSpec, image: NDArray[Any], tile: int | None = None) -> NDArray[Any]:
    """The first output (K, h, w) of the graph for a picture that has the right channels and type, whole or in tiles."""
    if tile is not None and max(image.shape[:2]) > tile:
        return tiled(lambda part: _run(engine, spec, part), image, spec, tile=tile)
    return np.asarray(_outputs(engine, spec, image)[spec.outputs[0].name][0])


def _outputs(engine: Engine, spec: ModelSpec, image: NDArray[Any]) -> dict[str, NDArray[Any]]:
    """All outputs (1, ...) of the graph for a picture that has the right channels and type.

    Where there is a second stage, also what it found.
    """
    if spec.input.size is not None and image.shape[:2] != spec.input.size:
        height, width = spec.input.size
        smaller = height * width < image.shape[0] * image.shape[1]
        resized = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
        image = resized.reshape(height, width, -1)
    outputs = engine.run("main", {"image": np.ascontiguousarray(image)[None]})
    name, classes = _checked(spec)
    shape = outputs[name].shape if name in outputs else ()
    if len(shape) != 4 or shape[0] != 1 or classes not in ("C", "Q", shape[1]):
        found = ", ".join(f"{key} {array.shape}" for key, array in outputs.items())
        raise ModelError(f"{spec.name}: the graph gives {found}; its config says {name} (1, {classes}, h, w)")
    if spec.regions is None:
        return outputs
    return outputs | find(outputs, spec, (image.shape[0], image.shape[1]), lambda given: engine.run(SECOND, given))


def _checked(spec: ModelSpec) -> tuple[str, int | str]:
    """The output that must be (1, N, h, w), and N, or a letter where any number will do."""
    first, last = spec.outputs[0], spec.outputs[-1]
    if first.kind == "mask queries":
        return last.name, "Q"
    return first.name, "C" if first.kind == "features" else channels_of(spec)


def _resized(answer: Any, size: tuple[int, int]) -> Any:
    if answer.size == size:
        return answer
    height, width = size
    if isinstance(answer, Instances | Panoptic):
        ids = cv2.resize(answer.ids, (width, height), interpolation=cv2.INTER_NEAREST)
        resized = replace(answer, ids=np.asarray(ids, np.int32))
        return resized[resized.areas > 0]
    if isinstance(answer, Layers):
        planes = [
            cv2.resize(mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST) for mask in answer.masks
        ]
        return replace(answer, masks=np.stack(planes) > 0)
    if isinstance(answer, Depth):
        valid = cv2.resize(answer.valid.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
        metres = cv2.resize(answer.metres, (width, height), interpolation=cv2.INTER_NEAREST)
        return Depth(np.asarray(metres, np.float32), np.asarray(valid > 0))
    labels = cv2.resize(answer.labels, (width, height), interpolation=cv2.INTER_NEAREST)
    confidence = answer.confidence
    if confidence is not None:
        confidence = np.asarray(cv2.resize(confidence, (width, height)), np.float32)
    return replace(answer, labels=labels, confidence=confidence)

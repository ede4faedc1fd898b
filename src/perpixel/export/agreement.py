"""Whether an exported file answers as the network that it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import nn

from perpixel.errors import ModelError
from perpixel.spec import ModelSpec

LABELS = 0.999
TIE, HALF_TIE = 1e-3, 1e-2


@dataclass(frozen=True)
class Comparison:
    """One output for one picture: the file's coarse logits beside the network's, or other numbers.

    Attributes:
        size: (height, width) of the picture; of a second stage, how many boxes and masks it judged.
        traced: whether the graph was recorded at this size.
        difference: greatest difference of a logit.
        spread: greatest less least logit of the network, what `difference` is to be measured by.
        labels: share of places where both name the same class, of those where the network's two best logits lie further
            apart than a tie; of numbers that are no logits, the share that lie within a tie. 1.0 if all are ties.
        output: its name.
    """

    size: tuple[int, int]
    traced: bool
    difference: float
    spread: float
    labels: float
    output: str = "logits"


@dataclass(frozen=True)
class Agreement:
    """How far an exported file agrees with its network, on one picture a row.

    Attributes:
        rows: the pictures; at least two of odd sizes that were not traced, if the graph takes any size.
        tie: two logits closer than this share of their spread count as equal, and their order is not judged:
            0.001 for float32 weights, 0.01 for weights stored as float16.
    """

    rows: tuple[Comparison, ...]
    tie: float

    def check(self) -> None:
        """Raise unless labels agree on 99.9 % of the places of every picture.

        Raises:
            ModelError: they do not, and the message has the worst picture; or logits are not finite.
        """
        if not all(np.isfinite(row.spread) for row in self.rows):
            raise ModelError("the network's logits are not finite numbers: its weights are broken, train it again")
        worst = min(self.rows, key=lambda row: row.labels)
        if worst.labels < LABELS:
            height, width = worst.size
            cure = "try another opset"
            if self.tie == HALF_TIE:
                cure = "keep the weights in float32"
            if not worst.traced:
                cure = "some operation was recorded for one size only: export with a fixed size"
            raise ModelError(
                f"the graph disagrees with the network: at {height} x {width} {worst.labels:.2%} of labels are "
                f"equal, not {LABELS:.1%}, and {worst.output} differ by {worst.difference:.2g} of {worst.spread:.2g}; "
                f"{cure}"
            )


def compare(
    data: bytes,
    deployed: nn.Module,
    spec: ModelSpec,
    traced: tuple[int, ...],
    *,
    half: bool,
    pictures: Sequence[NDArray[Any]] = (),
) -> Agreement:
    """Run the file and the network on drawn pictures of three sizes, or of the only one, and on `pictures`.

    Raises:
        ModelError: the file cannot be run on one of them.
    """
    tie = HALF_TIE if half else TIE
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    height, width = traced
    sizes = [(height, width)]
    if not spec.input.size:
        sizes += [(spec.geometry.multiple | 1, (height + width) | 1), ((height + spec.geometry.multiple) | 1, 61)]
    generator = np.random.default_rng(0)
    images = [drawn(size, spec.input.channels, np.dtype(spec.input.dtype), generator) for size in sizes]
    rows = []
    for image in [*images, *pictures]:
        batch = np.ascontiguousarray(image[None])
        try:
            ours = session.run([output.name for output in spec.outputs], {"image": batch})
        except Exception as error:  # ONNX Runtime's exceptions have no common base but this
            raise ModelError(
                f"the graph cannot be run at {image.shape[0]} x {image.shape[1]}: some operation was recorded for one "
                f"size only: export with a fixed size ({str(error).splitlines()[0]})"
            ) from error
        with torch.inference_mode():
            given = deployed(torch.from_numpy(batch))
        theirs = [value.numpy() for value in (given if isinstance(given, tuple) else (given,))]
        size, whole = image.shape[:2], image.shape[:2] == (height, width)
        for output, mine, own in zip(spec.outputs, ours, theirs, strict=True):
            if output.name == "logits":
                apart = output.kind == "binary logits"
                rows.append(_comparison(mine, own, size, traced=whole, tie=tie, apart=apart))
            else:
                rows.append(closeness(mine, own, size, traced=whole, tie=tie, output=output.name))
    return Agreement(tuple(rows), tie)


def closeness(
    ours: NDArray[np.float32],
    theirs: NDArray[np.float32],
    size: tuple[int, int],
    *,
    traced: bool,
    tie: float,
    output: str,
) -> Comparison:
    """Of an output whose numbers are no classes: how many lie closer than a tie."""
    spread = float(np.ptp(theirs)) if theirs.size else 0.0
    if ours.shape != theirs.shape:
        return Comparison(size, traced, float("inf"), spread, 0.0, output)
    apart = np.abs(ours - theirs)
    close = float((apart <= tie * max(spread, 1.0)).mean()) if apart.size else 1.0
    return Comparison(size, traced, float(apart.max(initial=0.0)), spread, close, output)


def drawn(size: tuple[int, int], channels: int, dtype: np.dtype[Any], generator: np.random.Generator) -> NDArray[Any]:
    """A picture (H, W, channels) of colored patches and some noise: all of uint8's or uint16's range, or 0 .. 255."""
    top = np.iinfo(dtype).max if dtype.kind == "u" else 255
    patches = generator.random((-(-size[0] // 16), -(-size[1] // 16), channels))
    image = np.kron(patches, np.ones((16, 16, 1)))[: size[0], : size[1]]
    image = 0.9 * image + 0.1 * generator.random(image.shape)
    return (image * top).astype(dtype)


def _comparison(
    ours: NDArray[np.float32],
    theirs: NDArray[np.float32],
    size: tuple[int, int],
    *,
    traced: bool,
    tie: float,
    apart: bool = False,
) -> Comparison:
    spread = float(np.ptp(theirs))
    if ours.shape != theirs.shape:
        return Comparison(size, traced, float("inf"), spread, 0.0)
    difference = float(np.abs(ours - theirs).max())
    if apart or theirs.shape[1] == 1:  # each class is there or not: the other's logit is zero
        ours, theirs = (np.stack([logits, np.zeros_like(logits)], axis=1) for logits in (ours, theirs))
    best = np.partition(theirs, -2, axis=1)[:, -2:]
    clear = best[:, 1] - best[:, 0] > tie * spread
    equal = ours.argmax(axis=1) == theirs.argmax(axis=1)
    labels = float(equal[clear].mean()) if clear.any() else 1.0
    return Comparison(size, traced, difference, spread, labels)

"""The second stage of a two-stage network: regions are chosen, read, judged, and those that hold a thing are kept.

He, Gkioxari, Dollár & Girshick, 2017, https://arxiv.org/abs/1703.06870, section 3. Only convolutions and matrix
products are in the two graphs; choosing and reading are done here, as in training.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import ModelError
from perpixel.kernels.region_rules import RegionRules
from perpixel.kernels.regions import detect, propose
from perpixel.kernels.roi_align import BINS, MASK_BINS, read_boxes
from perpixel.spec import ModelSpec

SECOND = "regions"  # the role of its graph
INPUTS = ("for_class", "for_mask")
OUTPUTS = ("class_logits", "class_deltas", "mask_logits")

Arrays = dict[str, NDArray[Any]]


def find(
    outputs: Mapping[str, NDArray[Any]],
    spec: ModelSpec,
    size: tuple[int, int],
    run: Callable[[Arrays], Arrays],
) -> Arrays:
    """What the second stage finds in a picture of (height, width): what a two-stage task decodes, save the logits.

    Args:
        outputs: of the first stage, as `spec.outputs` names them.
        run: the second graph; maps "for_class" (P, C, 7, 7) and "for_mask" (M, C, 14, 14) to its `OUTPUTS`.

    Returns:
        "boxes" (1, M, 4), "labels" (1, M) from 0 without the background, "scores" (1, M), and "masks" (1, M, 28, 28),
        which are logits.

    Raises:
        ModelError: the first stage gave other outputs than the spec says.
    """
    rules = spec.regions or RegionRules()
    maps, strides = levels(outputs, spec)
    padded = maps[0].shape[1] * strides[0], maps[0].shape[2] * strides[0]
    regions = propose(outputs["objectness"][0], outputs["deltas"][0], size=size, padded=padded, rules=rules)

    def read(boxes: NDArray[np.float32], bins: int) -> NDArray[np.float32]:
        return read_boxes(maps, boxes, strides=strides, size=bins, canonical=rules.canonical)

    nothing = np.empty((0, 4), np.float32)
    judged = run({"for_class": read(regions, BINS), "for_mask": read(nothing, MASK_BINS)})
    boxes, labels, scores = detect(judged["class_logits"], judged["class_deltas"], regions, size=size, rules=rules)
    drawn = run({"for_class": read(nothing, BINS), "for_mask": read(boxes, MASK_BINS)})["mask_logits"]
    masks = drawn[np.arange(len(labels)), labels + 1]  # the background comes first
    found: Arrays = {"boxes": boxes, "labels": labels, "scores": scores, "masks": masks}
    return {name: values[None] for name, values in found.items()}


def levels(outputs: Mapping[str, NDArray[Any]], spec: ModelSpec) -> tuple[list[NDArray[np.float32]], list[int]]:
    """The maps (C, h, w) that regions are read from, the finest first, and their strides.

    Raises:
        ModelError: an output is missing.
    """
    named = [output for output in spec.outputs if output.kind == "features"]
    missing = {output.name for output in named} | {"objectness", "deltas"}
    missing -= set(outputs)
    if missing or not named:
        raise ModelError(f"{spec.name}: the graph gives {', '.join(outputs)}; its config says {', '.join(missing)} too")
    return [outputs[output.name][0] for output in named], [output.stride for output in named]

"""From the numbers of a two-stage network to boxes: anchors, box coding, which regions are looked at, what is found.

Ren, He, Girshick & Sun, 2015, Faster R-CNN, https://arxiv.org/abs/1506.01497, section 3; one size of anchors on each
level of a pyramid as in Lin et al., 2017, https://arxiv.org/abs/1612.03144, section 4.1. Nothing here is learnt
through, so training and every engine share it. Boxes are float32 x0 y0 x1 y1 in pixels of the picture.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from perpixel.kernels.region_rules import RegionRules
from perpixel.kernels.suppression import suppress

BOX_WEIGHTS = (10.0, 10.0, 5.0, 5.0)  # of the second stage's deltas, whose spread they bring to about one
ANCHOR_WEIGHTS = (1.0, 1.0, 1.0, 1.0)
MOST_GROWTH = math.log(1000 / 16)  # of a side, as a logarithm: no box of 16 pixels grows beyond 1000
LEAST_PROPOSAL, LEAST_SIDE = 1e-3, 1e-2  # pixels

Boxes = NDArray[np.float32]


def anchor_boxes(size: tuple[int, int], rules: RegionRules) -> Boxes:
    """All anchors (A, 4) for a padded picture (height, width): level by level, row by row, ratio by ratio.

    The corners are rounded to whole pixels and the first anchor is centered on the picture's corner, as torchvision
    has it. (There, the coarsest step is the picture's side over the map's; here it is always the stride.)
    """
    found = []
    for side, stride, (rows, columns) in zip(rules.sizes, rules.strides, rules.grids(size), strict=True):
        high = np.sqrt(np.array(rules.ratios, np.float32))
        half = np.stack([side / high, side * high], axis=1) / 2
        shapes = np.round(np.concatenate([-half, half], axis=1)).astype(np.float32)
        y, x = np.meshgrid(np.arange(rows) * stride, np.arange(columns) * stride, indexing="ij")
        shifts = np.stack([x, y, x, y], axis=2).astype(np.float32)
        found.append((shifts[:, :, None] + shapes).reshape(-1, 4))
    return np.concatenate(found)


def decode_boxes(deltas: Boxes, boxes: Boxes, *, weights: tuple[float, ...]) -> Boxes:
    """Boxes (N, 4) moved and scaled by deltas (N, 4): the reverse of `perpixel.layers.regions.boxes.encode_boxes`.

    Deltas are shifts of the center in sides of the box, and logarithms of the growth of its sides, times `weights`.
    """
    dx, dy, dw, dh = (deltas / np.array(weights, np.float32)).T
    width, height = boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]
    x, y = boxes[:, 0] + width / 2 + dx * width, boxes[:, 1] + height / 2 + dy * height
    across = np.exp(np.minimum(dw, np.float32(MOST_GROWTH))) * width / 2
    down = np.exp(np.minimum(dh, np.float32(MOST_GROWTH))) * height / 2
    return np.stack([x - across, y - down, x + across, y + down], axis=1).astype(np.float32)


def clip_boxes(boxes: Boxes, size: tuple[int, int]) -> Boxes:
    """Boxes (N, 4) cut off at the border of a picture (height, width)."""
    limits = np.array([size[1], size[0], size[1], size[0]], np.float32)
    return np.clip(boxes, 0, limits)


def propose(
    objectness: NDArray[np.float32],
    deltas: Boxes,
    *,
    size: tuple[int, int],
    padded: tuple[int, int],
    rules: RegionRules,
    anchors: Boxes | None = None,
) -> Boxes:
    """The regions (P, 4) of one picture that are worth a look, the likeliest first.

    Args:
        objectness: (A,) logits of the anchors.
        deltas: (A, 4) of the anchors.
        size: (height, width) of the picture, to whose border they are clipped.
        padded: the size that the network saw.
        anchors: those of `padded`, if they are at hand.

    Raises:
        ValueError: other numbers than the picture has anchors.
    """
    anchors = anchor_boxes(padded, rules) if anchors is None else anchors
    if objectness.shape != (len(anchors),) or deltas.shape != anchors.shape:
        raise ValueError(
            f"objectness is {objectness.shape} and deltas are {deltas.shape}; a picture of {padded[0]} x {padded[1]} "
            f"has {len(anchors)} anchors"
        )
    chosen, levels = [], []
    first = 0
    for level, (rows, columns) in enumerate(rules.grids(padded)):
        count = rows * columns * len(rules.ratios)
        here = np.arange(first, first + count)
        if count > rules.proposals:
            here = first + np.argpartition(-objectness[first : first + count], rules.proposals - 1)[: rules.proposals]
        chosen.append(here)
        levels.append(np.full(len(here), level))
        first += count
    index, group = np.concatenate(chosen), np.concatenate(levels)
    boxes = clip_boxes(decode_boxes(deltas[index], anchors[index], weights=ANCHOR_WEIGHTS), size)
    large = _sides(boxes) >= LEAST_PROPOSAL
    boxes, scores, group = boxes[large], objectness[index][large], group[large]
    return boxes[suppress(boxes, scores, rules.proposal_overlap, groups=group)[: rules.proposals]]


def detect(
    logits: NDArray[np.float32], deltas: NDArray[np.float32], boxes: Boxes, *, size: tuple[int, int], rules: RegionRules
) -> tuple[Boxes, NDArray[np.int64], NDArray[np.float32]]:
    """What the second stage found in one picture.

    Args:
        logits: (P, K + 1) of the regions; the first is of the background.
        deltas: (P, K + 1, 4) of each class's box.
        boxes: (P, 4), the regions.
        size: (height, width) of the picture.

    Returns:
        Boxes (M, 4), clipped to the picture; classes (M,) from 0, without the background; scores (M,) float32 in
        [0, 1], falling.
    """
    exponents = np.exp(logits - logits.max(axis=1, keepdims=True, initial=-np.inf))
    probabilities = exponents / exponents.sum(axis=1, keepdims=True)
    region, label = np.nonzero(probabilities[:, 1:] > rules.threshold)
    scores = probabilities[region, label + 1].astype(np.float32)
    found = clip_boxes(decode_boxes(deltas[region, label + 1], boxes[region], weights=BOX_WEIGHTS), size)
    large = _sides(found) >= LEAST_SIDE
    found, label, scores = found[large], label[large], scores[large]
    kept = suppress(found, scores, rules.overlap, groups=label)[: rules.detections]
    return found[kept], label[kept].astype(np.int64), scores[kept]


def _sides(boxes: Boxes) -> NDArray[np.float32]:
    """The shorter side of each."""
    return np.asarray(np.minimum(boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]))

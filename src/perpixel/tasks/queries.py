"""Things and stuff by queries: each query is one segment, with a class and a mask, or nothing.

Cheng, Schwing & Kirillov, 2021, https://arxiv.org/abs/2107.06278, section 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from perpixel.errors import ModelError
from perpixel.masks.pasting import paste_instances, paste_regions
from perpixel.results import Instances, Panoptic
from perpixel.tasks.instance import InstanceTask
from perpixel.tasks.panoptic import PanopticTask
from perpixel.tasks.window import Window

LEAST_SCORE = 0.05  # of a query that is looked at: what is less sure only costs time
MOST_HIDDEN = 0.5  # share of a thing that surer ones may hide
LEAST_SEGMENT = 0.5  # class probability of a segment of a panoptic answer; the paper has 0.8
LEAST_SEEN = 0.8  # share of a segment's own mask that must be left to it


@dataclass(frozen=True)
class QueryInstanceTask(InstanceTask):
    """Instances by queries; all else is `InstanceTask`'s, whose `grouping` is not used.

    A thing's score is its class's probability times the mean of its mask where that is over a half.
    """

    def decode(self, outputs: Mapping[str, NDArray[Any]], window: Window) -> Instances:
        """The instances of a window from "classes" (1, Q, K + 2), background first and nothing last, and "masks".

        Where masks overlap, the surer thing has the pixels; what keeps less than half of its own is dropped.

        Raises:
            ModelError: another number of classes, or an output that is missing.
        """
        probability, masks = queries(outputs, len(self.classes) + 1)
        things = probability[:, 1:]
        labels, sure = things.argmax(axis=1), things.max(axis=1, initial=0.0)
        inside = masks > 0.5
        means = (masks * inside).sum(axis=(1, 2)) / np.maximum(inside.sum(axis=(1, 2)), 1)
        scores = (sure * means).astype(np.float32)
        kept = np.flatnonzero((scores >= LEAST_SCORE) & inside.any(axis=(1, 2)))
        kept = kept[np.argsort(-scores[kept], kind="stable")][: self.max_detections]
        boxes = whole_boxes(masks[kept], self.output.stride)
        return paste_instances(
            masks[kept], boxes, labels[kept], scores[kept], self.classes, window.size, most_hidden=MOST_HIDDEN
        )


@dataclass(frozen=True)
class QueryPanopticTask(PanopticTask):
    """Segments by queries; all else is `PanopticTask`'s, whose `grouping` and `least_stuff` are not used."""

    def decode(self, outputs: Mapping[str, NDArray[Any]], window: Window) -> Panoptic:
        """The segments of a window from "classes" (1, Q, K + 1), nothing last, and "masks" (1, Q, h, w).

        A pixel belongs to the query whose probability times mask is the greatest there, if its mask is over a half; a
        segment of which others take more than a fifth is dropped, and its pixels are of nothing. Stuff of one class is
        one segment. Things come first.

        Raises:
            ModelError: another number of classes, or an output that is missing.
        """
        probability, masks = queries(outputs, len(self.classes))
        labels, sure = probability.argmax(axis=1), probability.max(axis=1, initial=0.0)
        none = 1 - probability.sum(axis=1)
        kept = np.flatnonzero((sure >= LEAST_SEGMENT) & (sure > none))
        owner, areas = _owners(masks[kept], sure[kept], self.output.stride, window.size)
        left = np.bincount(owner.ravel(), minlength=len(kept) + 1)[1:]
        stays = (left > 0) & (left >= LEAST_SEEN * areas)
        return self._numbered(owner, labels[kept], sure[kept], stays)

    def _numbered(
        self, owner: NDArray[np.int32], labels: NDArray[np.intp], sure: NDArray[np.float32], stays: NDArray[np.bool_]
    ) -> Panoptic:
        """The map of segments by final numbers: things in the order of their scores, then stuff by class."""
        thing = self._thing
        order = np.flatnonzero(stays & thing[labels])
        order = order[np.argsort(-sure[order], kind="stable")]
        stuff = np.flatnonzero(stays & ~thing[labels])
        table = np.zeros(len(labels) + 1, np.int32)
        table[order + 1] = np.arange(1, len(order) + 1)
        kinds = np.unique(labels[stuff])
        table[stuff + 1] = len(order) + 1 + np.searchsorted(kinds, labels[stuff])
        scores = [*sure[order], *(sure[stuff][labels[stuff] == kind].max() for kind in kinds)]
        return Panoptic(
            table[owner], np.concatenate([labels[order], kinds]), self.classes, np.array(scores, np.float32)
        )


def queries(outputs: Mapping[str, NDArray[Any]], classes: int) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Probabilities (Q, classes) without that of nothing, and masks (Q, h, w) in [0, 1].

    Raises:
        ModelError: another number of classes, or an output that is missing.
    """
    if not {"classes", "masks"} <= outputs.keys():
        raise ModelError(
            f"the model gives {', '.join(outputs)}; things are found by its outputs classes and masks: export it with "
            "them"
        )
    logits, masks = outputs["classes"][0].astype(np.float32), outputs["masks"][0].astype(np.float32)
    if logits.shape[1] != classes + 1:
        raise ModelError(f"the model gives {logits.shape[1]} classes a query; this task reads {classes + 1}")
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    probability = raised / raised.sum(axis=1, keepdims=True)
    return probability[:, :-1], 1 / (1 + np.exp(-np.clip(masks, -50, 50)))


def whole_boxes(masks: NDArray[np.float32], stride: int) -> NDArray[np.float64]:
    """(N, 4) the box that each mask (h, w) fills: all of the padded picture."""
    count, height, width = masks.shape
    return np.tile([0.0, 0.0, width * stride, height * stride], (count, 1))


def _owners(
    masks: NDArray[np.float32], sure: NDArray[np.float32], stride: int, size: tuple[int, int]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """(H, W) int32 the number of the query that has each pixel, from 1 on, 0 for none; and each one's own area.

    One mask at a time is enlarged; it is weighed by how sure its query is.
    """
    best, owner = np.zeros(size, np.float32), np.zeros(size, np.int32)
    areas = np.zeros(len(masks), np.int64)
    boxes = whole_boxes(masks, stride)
    for number, (mask, box) in enumerate(zip(masks, boxes, strict=True)):
        (region,) = paste_regions(mask[None], box[None], size)
        areas[number] = region.mask.sum()
        weighed = enlarged(mask, stride, size) * sure[number]
        wins = region.mask & (weighed > best)
        best[wins], owner[wins] = weighed[wins], number + 1
    return owner, areas


def enlarged(mask: NDArray[np.float32], stride: int, size: tuple[int, int]) -> NDArray[np.float32]:
    """A coarse map (h, w) enlarged bilinearly by its stride and cut to `size` at right and bottom."""
    import cv2

    height, width = mask.shape
    full = cv2.resize(mask, (width * stride, height * stride), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full[: size[0], : size[1]], np.float32)

"""Semantic segmentation: a class for every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from perpixel.losses import cross_entropy, dice, lovasz
from perpixel.objectives.fit import center
from perpixel.objectives.terms import TermsObjective
from perpixel.plan import LossTerm


class SemanticObjective(TermsObjective):
    """A network that learns from truths (N, H, W)."""

    @staticmethod
    def random_truths(count: int, classes: int, size: tuple[int, int]) -> Tensor:
        """Labels (count, H, W)."""
        return torch.randint(0, classes, (count, *size)).to(torch.uint8 if classes < 256 else torch.int64)

    def term(self, term: LossTerm, logits: Tensor, target: Tensor, pixel_weights: Tensor | None) -> Tensor:
        """Cross-entropy, Dice or Lovász-Softmax; weights of pixels are of the cross-entropy alone.

        Raises:
            ValueError: pooled-dice, which with one label a pixel would be the accuracy; or a loss of depth.
        """
        if term in ("information-gain", "ordinal"):
            raise ValueError(f"{term} is for depth, whose bins have an order; for classes take cross-entropy")
        if term == "pooled-dice":
            raise ValueError("pooled-dice is for classes that may overlap; for one label a pixel take dice")
        if term == "dice":
            return dice(logits, target, ignored=self.ignored)
        if term == "lovasz":
            return lovasz(logits, target, ignored=self.ignored)
        pixels = None if pixel_weights is None else center(pixel_weights, like=target)
        return cross_entropy(logits, target, ignored=self.ignored, weights=self.class_weights, pixel_weights=pixels)


def collate(pictures: Sequence[NDArray[Any]], truths: Sequence[NDArray[Any]]) -> tuple[Tensor, Tensor]:
    """Stack samples of one size: images (N, C, H, W) of the pictures' type, and targets (N, H, W) or (N, K, H, W).

    Truths come as `Dataset.pack` gives them. Targets stay uint8; planes of ids (N, 2, H, W) become int32, and label
    maps of more than 255 classes int64, since torch hardly computes with uint16.
    """
    images = np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))
    labels = np.stack(truths)
    kept = {np.dtype(np.uint8): labels, np.dtype(np.int16): labels.astype(np.int32)}.get(labels.dtype)
    return torch.from_numpy(images), torch.from_numpy(labels.astype(np.int64) if kept is None else kept)

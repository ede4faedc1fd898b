"""Several labels a pixel: for every class, whether it is there."""

from __future__ import annotations

import torch
from torch import Tensor

from perpixel.losses import binary_cross_entropy, binary_dice, lovasz_hinge, pooled_dice
from perpixel.objectives.terms import TermsObjective
from perpixel.plan import LossTerm


class MultilabelObjective(TermsObjective):
    """A network that learns from truths (N, K, H, W): 1 where a class is, 0 where it is not, or `ignored`.

    Class weights are by how much pixels count more where the class is.
    """

    @staticmethod
    def random_truths(count: int, classes: int, size: tuple[int, int]) -> Tensor:
        """Layers (count, classes, H, W) of 0 and 1."""
        return torch.randint(0, 2, (count, classes, *size), dtype=torch.uint8)

    def term(self, term: LossTerm, logits: Tensor, target: Tensor, pixel_weights: Tensor | None) -> Tensor:
        """Binary cross-entropy, Dice or the Lovász hinge of each class by itself, or Dice of all classes together.

        Raises:
            ValueError: weights of pixels, which layers do not have; or a loss of depth.
        """
        if pixel_weights is not None:
            raise ValueError("pixel_weights are for one label a pixel")
        if term in ("information-gain", "ordinal"):
            raise ValueError(f"{term} is for depth, whose bins have an order; for layers take cross-entropy")
        if term == "dice":
            return binary_dice(logits, target, ignored=self.ignored)
        if term == "pooled-dice":
            return pooled_dice(logits, target, ignored=self.ignored)
        if term == "lovasz":
            return lovasz_hinge(logits, target, ignored=self.ignored)
        return binary_cross_entropy(logits, target, ignored=self.ignored, weights=self.class_weights)

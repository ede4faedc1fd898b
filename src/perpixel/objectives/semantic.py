"""Semantic segmentation: a class for every pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.losses import cross_entropy, dice, lovasz
from perpixel.objectives.fit import center, fit
from perpixel.plan import LossTerm


class SemanticObjective(nn.Module):
    """A network and what it is to learn; calling it gives the losses of a batch.

    Args:
        model: the network; normalization is its own. (One from elsewhere is adopted by `perpixel.training` first.)
        loss_terms: added up for the main logits; the auxiliary ones get cross-entropy.
        class_weights: (K,) of the cross-entropy, or None.
        auxiliary: weight of the auxiliary head's loss.
        ignored: the target's value where nothing is judged.
    """

    class_weights: Tensor | None

    def __init__(
        self,
        model: Segmenter,
        *,
        loss_terms: Sequence[LossTerm] = ("cross-entropy",),
        class_weights: Tensor | None = None,
        auxiliary: float = 0.4,
        ignored: int = 255,
    ) -> None:
        super().__init__()
        unknown = set(loss_terms) - {"cross-entropy", "dice", "lovasz"}
        if unknown or not loss_terms:
            raise ValueError(f"loss_terms {tuple(loss_terms)} must be one or more of cross-entropy, dice, lovasz")
        self.model = model
        self.loss_terms = tuple(loss_terms)
        self.auxiliary = auxiliary
        self.ignored = ignored
        self.register_buffer("class_weights", class_weights, persistent=False)

    def forward(self, images: Tensor, truths: Tensor, pixel_weights: Tensor | None = None) -> dict[str, Tensor]:
        """Map images (N, C, H, W), raw values of any type, and truths (N, H, W) to named losses and their sum, "loss".

        `pixel_weights` (N, H, W) are added to the class weights in every cross-entropy. "loss" has the auxiliary loss
        in it by its weight; every other entry is unweighted.
        """
        outputs = self.model.outputs(images.float())
        with torch.autocast(images.device.type, enabled=False):
            logits, target = fit(outputs["logits"].float(), truths, stride=self.model.stride)
            losses: dict[str, Tensor] = {
                term: self._term(term, logits, target, pixel_weights) for term in self.loss_terms
            }
            total = torch.stack(list(losses.values())).sum()
            if "auxiliary" in outputs and self.auxiliary:
                side, target = fit(
                    outputs["auxiliary"].float(), truths, like=outputs["logits"], stride=self.model.stride
                )
                losses["auxiliary"] = self._term("cross-entropy", side, target, pixel_weights)
                total = total + self.auxiliary * losses["auxiliary"]
        return {**losses, "loss": total}

    def _term(self, term: LossTerm, logits: Tensor, target: Tensor, pixel_weights: Tensor | None) -> Tensor:
        if term == "dice":
            return dice(logits, target, ignored=self.ignored)
        if term == "lovasz":
            return lovasz(logits, target, ignored=self.ignored)
        pixels = None if pixel_weights is None else center(pixel_weights, like=target)
        return cross_entropy(logits, target, ignored=self.ignored, weights=self.class_weights, pixel_weights=pixels)


def collate(pictures: Sequence[NDArray[Any]], truths: Sequence[NDArray[Any]]) -> tuple[Tensor, Tensor]:
    """Stack samples of one size: images (N, C, H, W) of the pictures' type, and targets (N, H, W) or (N, K, H, W).

    Truths come as `Dataset.pack` gives them. Targets stay uint8; label maps of more than 255 classes become int64,
    since torch hardly computes with uint16.
    """
    images = np.ascontiguousarray(np.stack(pictures).transpose(0, 3, 1, 2))
    labels = np.stack(truths)
    return torch.from_numpy(images), torch.from_numpy(labels if labels.dtype == np.uint8 else labels.astype(np.int64))

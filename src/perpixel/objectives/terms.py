"""What objectives of pixels share: named losses of the main logits, and the auxiliary head's beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import get_args

import torch
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.objectives.fit import fit
from perpixel.plan import LossTerm


class TermsObjective(nn.Module):
    """A network and what it is to learn; calling it gives the losses of a batch. A subclass says what each term is.

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
        unknown = set(loss_terms) - set(get_args(LossTerm))
        if unknown or not loss_terms:
            raise ValueError(f"loss_terms {tuple(loss_terms)} must be one or more of {', '.join(get_args(LossTerm))}")
        self.model = model
        self.loss_terms = tuple(loss_terms)
        self.auxiliary = auxiliary
        self.ignored = ignored
        self.register_buffer("class_weights", class_weights, persistent=False)

    def forward(self, images: Tensor, truths: Tensor, pixel_weights: Tensor | None = None) -> dict[str, Tensor]:
        """Map images (N, C, H, W), raw values of any type, and their truths to named losses and their sum, "loss".

        `pixel_weights` (N, H, W) are added to the class weights in every cross-entropy. "loss" has the auxiliary loss
        in it by its weight; every other entry is unweighted.
        """
        outputs = self.model.outputs(images.float())
        with torch.autocast(images.device.type, enabled=False):
            losses = self.of_classes(outputs, truths, pixel_weights)
            return {**losses, "loss": self.total(losses)}

    def of_classes(self, outputs: Mapping[str, Tensor], truths: Tensor, weights: Tensor | None) -> dict[str, Tensor]:
        """The terms of the logits, and "auxiliary" if the network has such a head and its loss a weight."""
        stride = self.model.stride
        logits, target = fit(outputs["logits"].float(), truths, stride=stride)
        losses: dict[str, Tensor] = {term: self.term(term, logits, target, weights) for term in self.loss_terms}
        if "auxiliary" not in outputs or not self.auxiliary:
            return losses
        side, target = fit(outputs["auxiliary"].float(), truths, like=outputs["logits"], stride=stride)
        return {**losses, "auxiliary": self.term("cross-entropy", side, target, weights)}

    def total(self, losses: Mapping[str, Tensor]) -> Tensor:
        """The terms, and the auxiliary loss by its weight."""
        total = torch.stack([losses[term] for term in self.loss_terms]).sum()
        return total + self.auxiliary * losses["auxiliary"] if "auxiliary" in losses else total

    @staticmethod
    def random_truths(count: int, classes: int, size: tuple[int, int]) -> Tensor:
        """Truths of `count` pictures of `size` as this objective learns from them, to try a step with."""
        raise NotImplementedError("a subclass must implement random_truths")

    def term(self, term: LossTerm, logits: Tensor, target: Tensor, pixel_weights: Tensor | None) -> Tensor:
        """One loss of logits (N, K, h, w) against a target of the same height and width."""
        raise NotImplementedError(f"{type(self).__name__} must implement term")

"""Several labels a pixel: for every class, whether it is there."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.losses import binary_cross_entropy, binary_dice, lovasz_hinge
from perpixel.objectives.fit import fit
from perpixel.plan import LossTerm


class MultilabelObjective(nn.Module):
    """A network and what it is to learn; calling it gives the losses of a batch.

    The terms of a plan have the same names as for label maps: "cross-entropy" is binary cross-entropy here, "dice" and
    "lovasz" are taken of each class by itself.

    Args:
        model: the network.
        loss_terms: added up for the main logits; the auxiliary ones get cross-entropy.
        class_weights: (K,) by which pixels count more where a class is, or None.
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

    def forward(self, images: Tensor, truths: Tensor) -> dict[str, Tensor]:
        """Map images (N, C, H, W), raw values of any type, and truths (N, K, H, W) to named losses and "loss", the sum.

        "loss" has the auxiliary loss in it by its weight; every other entry is unweighted.
        """
        outputs = self.model.outputs(images.float())
        with torch.autocast(images.device.type, enabled=False):
            logits, target = fit(outputs["logits"].float(), truths, stride=self.model.stride)
            losses: dict[str, Tensor] = {term: self._term(term, logits, target) for term in self.loss_terms}
            total = torch.stack(list(losses.values())).sum()
            if "auxiliary" in outputs and self.auxiliary:
                side, target = fit(
                    outputs["auxiliary"].float(), truths, like=outputs["logits"], stride=self.model.stride
                )
                losses["auxiliary"] = self._term("cross-entropy", side, target)
                total = total + self.auxiliary * losses["auxiliary"]
        return {**losses, "loss": total}

    def _term(self, term: LossTerm, logits: Tensor, target: Tensor) -> Tensor:
        if term == "dice":
            return binary_dice(logits, target, ignored=self.ignored)
        if term == "lovasz":
            return lovasz_hinge(logits, target, ignored=self.ignored)
        return binary_cross_entropy(logits, target, ignored=self.ignored, weights=self.class_weights)

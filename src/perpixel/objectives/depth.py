"""Depth as classes: a bin of distance for every pixel."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch.nn.functional as F
from torch import Tensor

from perpixel.architecture import Segmenter
from perpixel.losses.depth import information_gain, ordinal
from perpixel.objectives.semantic import SemanticObjective
from perpixel.plan import LossTerm


class DepthObjective(SemanticObjective):
    """A network that learns from numbers of bins (N, H, W).

    With the loss "ordinal" the network's channels are K yes-or-no questions, whether depth lies behind each bin; with
    all others they compete, as classes do.
    """

    def __init__(
        self,
        model: Segmenter,
        *,
        loss_terms: Sequence[LossTerm] = ("information-gain",),
        class_weights: Tensor | None = None,
        auxiliary: float = 0.4,
        ignored: int = 255,
    ) -> None:
        if "ordinal" in loss_terms and len(loss_terms) > 1:
            raise ValueError(
                f"loss {', '.join(loss_terms)}: ordinal asks a question for each bin, and the others are of bins that "
                "compete: give ordinal alone, or leave it out"
            )
        super().__init__(
            model, loss_terms=loss_terms, class_weights=class_weights, auxiliary=auxiliary, ignored=ignored
        )

    def of_classes(self, outputs: Mapping[str, Tensor], truths: Tensor, weights: Tensor | None) -> dict[str, Tensor]:
        """The terms on the network's own grid, of the truth at each of its pixels' centers.

        Full-size logits of many bins would cost more than the network; crops move, so that every pixel has its turn.
        """
        logits, stride = outputs["logits"].float(), self.model.stride
        (height, width), (rows, columns) = truths.shape[-2:], logits.shape[-2:]
        top, left = (max(over, 0) // 2 + stride // 2 for over in (height - rows * stride, width - columns * stride))
        target = truths[:, top::stride, left::stride][:, :rows, :columns]
        heads = {"logits": logits}
        if "auxiliary" in outputs and self.auxiliary:
            side = outputs["auxiliary"].float()
            heads["auxiliary"] = F.interpolate(side, size=(rows, columns), mode="bilinear", align_corners=False)
        fitted = {name: head[:, :, : target.shape[1], : target.shape[2]] for name, head in heads.items()}
        losses: dict[str, Tensor] = {term: self.term(term, fitted["logits"], target, None) for term in self.loss_terms}
        if "auxiliary" not in fitted:
            return losses
        return {**losses, "auxiliary": self.term("cross-entropy", fitted["auxiliary"], target, None)}

    def term(self, term: LossTerm, logits: Tensor, target: Tensor, pixel_weights: Tensor | None) -> Tensor:
        """The losses of bins, or one of classes.

        Raises:
            ValueError: pooled-dice, as for classes.
        """
        if self.loss_terms == ("ordinal",):  # an auxiliary head's too
            return ordinal(logits, target, ignored=self.ignored)
        if term == "information-gain":
            return information_gain(logits, target, ignored=self.ignored)
        return super().term(term, logits, target, pixel_weights)

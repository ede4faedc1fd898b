"""Things and stuff by one network: Mask R-CNN's losses, and the cross-entropy of its semantic branch beside them.

Kirillov, Girshick, He & Dollár, 2019, https://arxiv.org/abs/1901.02446, section 3 ("joint training").
"""

from __future__ import annotations

import torch
from torch import Tensor

from perpixel.layers.regions.targets import Things, things
from perpixel.losses import cross_entropy
from perpixel.models.panoptic_fpn import PanopticFPN
from perpixel.objectives.fit import fit
from perpixel.objectives.mask_rcnn import MaskRCNNObjective


class PanopticFPNObjective(MaskRCNNObjective):
    """A `PanopticFPN` that learns from truths (N, 2, H, W) int32: ids of things over labels of all classes.

    In the first plane, 0 is no thing, numbers from 1 are things, and -1 is a crowd. The second has the class of every
    pixel, 0 .. K - 1, or `ignored`: such a pixel is judged neither as stuff nor as background of things.

    Args:
        semantic: weight of the semantic branch's loss; the paper's is 0.5 on COCO.

    The others are those of `perpixel.objectives.mask_rcnn.MaskRCNNObjective`.
    """

    def __init__(
        self, model: PanopticFPN, *, regions: int | None = None, ignored: int = 255, semantic: float = 0.5
    ) -> None:
        super().__init__(model, regions=regions, ignored=ignored)
        if semantic < 0:
            raise ValueError(f"semantic is {semantic}; a weight must not be negative")
        self.semantic = semantic

    def forward(self, images: Tensor, truths: Tensor) -> dict[str, Tensor]:
        """Map images (N, C, H, W), raw values of any type, and their truths to named losses and their sum, "loss".

        The others are those of Mask R-CNN and "semantic", which is in the sum by its weight and unweighted by itself.

        Raises:
            ValueError: truths of another shape, or a thing of a class that the network does not know.
        """
        size = images.shape[2], images.shape[3]
        if truths.shape != (len(images), 2, *size):
            raise ValueError(
                f"truths are {tuple(truths.shape)} and images {tuple(images.shape)}; "
                "expected (N, 2, H, W), ids and labels, of the images' size"
            )
        known = [self.known(truth) for truth in truths]
        outputs = self.model.outputs(images.float())
        losses = self.first_stage(outputs, known, size) | self.second_stage(outputs, known, size)
        total = torch.stack(list(losses.values())).sum()
        with torch.autocast(images.device.type, enabled=False):
            logits, labels = fit(outputs["logits"].float(), truths[:, 1], stride=self.model.stride)
            semantic = cross_entropy(logits, labels, ignored=self.ignored)
        return {**losses, "semantic": semantic, "loss": total + self.semantic * semantic}

    @staticmethod
    def random_truths(count: int, classes: int, size: tuple[int, int]) -> Tensor:
        """Ids and labels (count, 2, H, W) int32 of up to nine things of random classes, on stuff of the first."""
        truths = MaskRCNNObjective.random_truths(count, classes, size)
        truths[:, 1] *= truths[:, 0] > 0
        return truths

    def known(self, truth: Tensor) -> Things:
        """The things of one picture, by the second stage's numbers: its first class is the background."""
        ids, labels = truth[0], truth[1].long()
        ids = torch.where((ids == 0) & (labels == self.ignored), -1, ids)
        return things(torch.stack([ids, labels + 1]), self.model.num_classes + 1, ignored=self.ignored + 1)

"""Panoptic FPN: Mask R-CNN, and a semantic branch on the same feature pyramid.

Kirillov, Girshick, He & Dollár, 2019, https://arxiv.org/abs/1901.02446, figure 1 (c) and figure 3.

Difference from the paper: the semantic branch names classes of things, too, where the paper has one class "other" for
all of them. Where things and stuff are merged (`perpixel.masks.segment_merging`), each of them counts as "other".
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor

from perpixel.architecture import Segmenter
from perpixel.layers.semantic_branch import SemanticBranch
from perpixel.models.mask_rcnn import LEVELS, READ, MaskRCNN


class PanopticFPN(MaskRCNN):
    """`num_classes` classes of pixels; the second stage knows the same and a background, and finds those of things.

    `outputs` gives what Mask R-CNN's first stage gives and "logits" (N, num_classes, h, w) at stride 4.

    Args:
        branch: channels of the semantic branch, a multiple of 4.

    The others are those of `perpixel.models.mask_rcnn.MaskRCNN`.
    """

    answers = ("logits", *MaskRCNN.answers)

    def __init__(
        self,
        num_classes: int,
        *,
        backbone: str = "resnet50",
        pretrained: bool = False,
        in_channels: int = 3,
        width: int = 256,
        branch: int = 128,
        hidden: int = 1024,
        depth: int = 4,
        sizes: Sequence[float] = (32, 64, 128, 256, 512),
        ratios: Sequence[float] = (0.5, 1.0, 2.0),
        proposals: int = 1000,
        detections: int = 100,
        threshold: float = 0.05,
        regions: int = 512,
        frozen: bool = False,
    ) -> None:
        super().__init__(
            num_classes + 1,
            backbone=backbone,
            pretrained=pretrained,
            in_channels=in_channels,
            width=width,
            hidden=hidden,
            depth=depth,
            sizes=sizes,
            ratios=ratios,
            proposals=proposals,
            detections=detections,
            threshold=threshold,
            regions=regions,
            frozen=frozen,
        )
        self.num_classes = num_classes
        self.branch = SemanticBranch(width, branch, num_classes, levels=READ)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to the outputs that the class names."""
        outputs = super().compute(images)
        return {"logits": self.branch([outputs[name] for name in LEVELS[:READ]]), **outputs}

    def forward(self, images: Tensor) -> Tensor:  # type: ignore[override]
        """Map raw images (N, in_channels, H, W), float 0 .. 255, to logits (N, num_classes, H, W), never activated."""
        return Segmenter.forward(self, images)

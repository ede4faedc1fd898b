"""SegFormer: a transformer whose maps shrink like a backbone's, and a decoder of nothing but matrices.

Xie, Wang, Yu, Anandkumar, Alvarez & Luo, 2021, https://arxiv.org/abs/2105.15203, figure 2 and equation 4. The
transformer is `perpixel.backbones.mit`.

Names and shapes are those of `transformers` 5, so that published files load: `load_published`. NVIDIA allows research
and evaluation with its weights, no commercial use; nothing is fetched unasked.

Differences from the paper: none in the numbers. The decoder's four maps are fused before they are enlarged, not after:
both steps are linear and one works on channels, the other on places, so their order is free, and a third of all
operations falls away (5.5 of the paper's 8.4 billion multiplications for B0 at 512 x 512). Pictures are padded to a
multiple of 32.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.backbones.mit import SIZES, MiT, current_names
from perpixel.backbones.pretrained import adapt_channels, fit, read_weights
from perpixel.spec import Geometry


class SegFormer(Segmenter):
    """SegFormer-B0 by default: 3,752,694 parameters with 150 classes, 3,716,971 with 11.

    With `in_channels` other than 3 the first convolution is adapted: `perpixel.backbones.pretrained.adapt_channels`.

    Args:
        size: "b0" to "b5" of the paper.
        widths: channels of the transformer's four stages, multiples of 1, 2, 5 and 8; by default the size's.
        depths: blocks of each stage; by default the size's.
        width: channels of the decoder; by default 256, and 768 from "b2" on.
        dropout: of whole channels, before the classifier.
        drop_path: how often the last block's branches are left out of a picture in training.

    Raises:
        ValueError: no such size, or widths or depths that make no transformer.
    """

    def __init__(
        self,
        num_classes: int,
        *,
        in_channels: int = 3,
        size: str = "b0",
        widths: Sequence[int] | None = None,
        depths: Sequence[int] | None = None,
        width: int | None = None,
        dropout: float = 0.1,
        drop_path: float = 0.1,
    ) -> None:
        if size not in SIZES:
            raise ValueError(f"size is {size!r}; SegFormer has {', '.join(SIZES)}")
        super().__init__(
            num_classes,
            in_channels=in_channels,
            stride=4,
            geometry=Geometry(multiple=32, minimum=32),
            mean=MiT.mean,
            std=MiT.std,
        )
        own_widths, own_depths = SIZES[size]
        self.segformer = MiT(widths=widths or own_widths, depths=depths or own_depths, drop_path=drop_path)
        adapt_channels(self.segformer, in_channels)
        width = width or (256 if size in ("b0", "b1") else 768)
        self.decode_head = Head(self.segformer.channels, width, num_classes, dropout=dropout)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W) to {"logits": (N, num_classes, H / 4, W / 4)}."""
        return {"logits": self.decode_head(self.segformer(images))}

    def load_published(self, source: str | Path) -> None:
        """Load a whole SegFormer from a file, or from a repository of the hub such as the one below.

        `nvidia/segformer-b0-finetuned-ade-512-512` has 150 classes and is for research and evaluation only. For another
        number of classes, `model.segformer.load_pretrained(source)` loads the transformer alone.

        Raises:
            ModelError: it cannot be had, or does not fit; the message names the tensors.
        """
        ours = {name: tensor for name, tensor in self.state_dict().items() if name.startswith("normalization.")}
        fit(self, {**ours, **current_names(read_weights(source))}, source=source, classifier=())


class Head(nn.Module):
    """Project each map to `width` channels, fuse all four at stride 4, and classify every place: equation 4."""

    def __init__(self, channels: Sequence[int], width: int, num_classes: int, *, dropout: float) -> None:
        super().__init__()
        self.linear_projections = nn.ModuleList(Projection(before, width) for before in channels)
        self.linear_fuse = nn.Conv2d(len(channels) * width, width, 1, bias=False)
        self.batch_norm = nn.BatchNorm2d(width)
        self.dropout = nn.Dropout2d(dropout)
        self.classifier = nn.Conv2d(width, num_classes, 1)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Map the transformer's maps, each half as high and wide as the one before, to logits of the first's size."""
        shares = self.linear_fuse.weight.chunk(len(maps), dim=1)  # the published order: of the coarsest map first
        parts = [
            F.conv2d(project(x), share)
            for project, x, share in zip(self.linear_projections, maps, reversed(shares), strict=True)
        ]
        fused = parts[0]
        for level, part in enumerate(parts[1:], start=1):
            fused = fused + F.interpolate(part, scale_factor=2.0**level, mode="bilinear", align_corners=False)
        logits: Tensor = self.classifier(self.dropout(F.relu(self.batch_norm(fused))))
        return logits


class Projection(nn.Module):
    """One matrix at every place: (N, in_channels, h, w) to (N, width, h, w)."""

    def __init__(self, in_channels: int, width: int) -> None:
        super().__init__()
        self.proj = nn.Linear(in_channels, width)

    def forward(self, x: Tensor) -> Tensor:
        projected: Tensor = self.proj(x.permute(0, 2, 3, 1))
        return projected.permute(0, 3, 1, 2)

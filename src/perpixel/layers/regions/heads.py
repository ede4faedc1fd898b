"""The heads of a two-stage network: where something may be, what it is, and which pixels of its box are it.

Ren, He, Girshick & Sun, 2015, https://arxiv.org/abs/1506.01497, figure 3, for the first stage; He, Gkioxari, Dollár &
Girshick, 2017, https://arxiv.org/abs/1703.06870, figure 4 (right), for the second. Names and shapes are torchvision's.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.kernels.roi_align import BINS, MASK_BINS
from perpixel.layers.regions.roi_align import roi_align

MASK_SIDE = 2 * MASK_BINS


class ProposalHead(nn.Module):
    """For every anchor of every level whether something is there, and how its box differs from the anchor."""

    def __init__(self, width: int, shapes: int) -> None:
        super().__init__()
        self.conv = nn.Sequential(filters(width, width))
        self.cls_logits = nn.Conv2d(width, shapes, 1)
        self.bbox_pred = nn.Conv2d(width, 4 * shapes, 1)
        for layer in self.modules():
            draw_small(layer, 0.01)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Map levels (N, width, h_i, w_i) to logits (N, A) and deltas (N, A, 4), in the order of `anchor_boxes`."""
        read = [self.conv(x) for x in maps]
        logits = [self.cls_logits(x).permute(0, 2, 3, 1).flatten(1) for x in read]
        deltas = [self.bbox_pred(x).permute(0, 2, 3, 1).reshape(x.shape[0], -1, 4) for x in read]
        return torch.cat(logits, dim=1), torch.cat(deltas, dim=1)


class RegionProposals(nn.Module):
    """The first stage; it has this level of its own for the sake of published names."""

    def __init__(self, width: int, shapes: int) -> None:
        super().__init__()
        self.head = ProposalHead(width, shapes)

    def forward(self, maps: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        logits, deltas = self.head(maps)
        return logits, deltas


class BoxHead(nn.Module):
    """Two linear layers over what a box holds: (M, width, 7, 7) to (M, hidden)."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.fc6 = nn.Linear(width * BINS**2, hidden)
        self.fc7 = nn.Linear(hidden, hidden)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.fc7(F.relu(self.fc6(x.flatten(1)))))


class BoxPredictor(nn.Module):
    """Logits (M, K + 1) of the background and the classes, and a box of each: deltas (M, K + 1, 4)."""

    def __init__(self, hidden: int, classes: int) -> None:
        super().__init__()
        self.cls_score = nn.Linear(hidden, classes)
        self.bbox_pred = nn.Linear(hidden, 4 * classes)
        draw_small(self.cls_score, 0.01)
        draw_small(self.bbox_pred, 0.001)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.cls_score(x), self.bbox_pred(x).unflatten(1, (-1, 4))


class RegionHeads(nn.Module):
    """The second stage: reads boxes from the pyramid, without its additional map, and judges what is in them.

    Args:
        width: of the pyramid's maps, and of the mask head.
        hidden: of the box head.
        depth: 3 x 3 convolutions of the mask head.
        classes: the background among them.
        strides: of the maps that are read.
        canonical: as `roi_align`.
    """

    def __init__(
        self, width: int, *, hidden: int, depth: int, classes: int, strides: Sequence[int], canonical: float
    ) -> None:
        super().__init__()
        self.width, self.strides, self.canonical = width, tuple(strides), canonical
        self.box_head = BoxHead(width, hidden)
        self.box_predictor = BoxPredictor(hidden, classes)
        self.mask_head = nn.Sequential(*(filters(width, width) for _ in range(depth)))
        doubled, judged = nn.ConvTranspose2d(width, width, 2, 2), nn.Conv2d(width, classes, 1)
        self.mask_predictor = nn.Sequential(
            OrderedDict(conv5_mask=doubled, relu=nn.ReLU(inplace=True), mask_fcn_logits=judged)
        )
        for layer in (*self.mask_head.modules(), doubled):
            if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d) and layer.bias is not None:
                nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
                nn.init.zeros_(layer.bias)
        draw_small(judged, 0.001)

    def forward(self, for_class: Tensor, for_mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Judge what was read of boxes already: an exported graph is this, and reads nothing itself.

        Map (P, width, 7, 7) of some boxes to logits (P, K + 1) and deltas (P, K + 1, 4), and (M, width, 14, 14) of
        others to the logits of their masks (M, K + 1, 28, 28). Either may be of no box at all.
        """
        logits, deltas = self.box_predictor(self.box_head(for_class))
        return logits, deltas, self.mask_predictor(self.mask_head(for_mask))

    def example(self, boxes: int, masks: int) -> tuple[Tensor, Tensor]:
        """Random numbers that `forward` takes, of so many boxes each."""
        device = self.box_head.fc6.weight.device
        sizes = ((boxes, self.width, BINS, BINS), (masks, self.width, MASK_BINS, MASK_BINS))
        of_boxes, of_masks = (torch.rand(size, device=device) for size in sizes)
        return of_boxes, of_masks

    def classify(self, maps: Sequence[Tensor], boxes: Tensor, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Map boxes (M, 4) of pictures (M,) to logits (M, K + 1) and deltas (M, K + 1, 4); the background is first."""
        logits, deltas = self.box_predictor(self.box_head(self.read(maps, boxes, pictures, BINS)))
        return logits, deltas

    def masks(self, maps: Sequence[Tensor], boxes: Tensor, pictures: Tensor) -> Tensor:
        """Map boxes (M, 4) of pictures (M,) to a mask of each class: logits (M, K + 1, 28, 28)."""
        logits: Tensor = self.mask_predictor(self.mask_head(self.read(maps, boxes, pictures, MASK_BINS)))
        return logits

    def read(self, maps: Sequence[Tensor], boxes: Tensor, pictures: Tensor, bins: int) -> Tensor:
        """What the boxes hold: (M, width, bins, bins)."""
        return roi_align(maps, boxes, pictures, strides=self.strides, size=bins, canonical=self.canonical)


def draw_small(layer: nn.Module, std: float) -> None:
    """Let a layer with weights begin near zero: every answer as likely as every other, whatever comes in."""
    if isinstance(layer, nn.Conv2d | nn.Linear) and layer.bias is not None:
        nn.init.normal_(layer.weight, std=std)
        nn.init.zeros_(layer.bias)


def filters(in_channels: int, out_channels: int) -> nn.Sequential:
    """A 3 x 3 convolution with bias, and ReLU."""
    return nn.Sequential(nn.Conv2d(in_channels, out_channels, 3, padding=1), nn.ReLU(inplace=True))

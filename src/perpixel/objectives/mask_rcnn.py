"""Things told apart: what a two-stage network is taught at anchors, in boxes and in masks.

He, Gkioxari, Dollár & Girshick, 2017, https://arxiv.org/abs/1703.06870, sections 3 and 3.1; for the first stage Ren
et al., 2015, https://arxiv.org/abs/1506.01497, section 3.1.2. The losses have torchvision's form.

Differences from torchvision: what lies mostly on a crowd is not taught to be background; the truth of a mask's cell is
the mean of four samples of it, whatever the size of the box.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import fitting
from perpixel.kernels.regions import ANCHOR_WEIGHTS, BOX_WEIGHTS, anchor_boxes
from perpixel.layers.regions.boxes import box_iou, encode_boxes
from perpixel.layers.regions.heads import MASK_SIDE
from perpixel.layers.regions.matching import BETWEEN, NOTHING, draw, match
from perpixel.layers.regions.targets import Things, crowd_share, mask_targets, things
from perpixel.models.mask_rcnn import MaskRCNN, numbered

ANCHORS, ANCHOR_SHARE = 256, 0.5  # of a picture, that are taught from; and how many of them with a thing at most
ANCHOR_LOW, ANCHOR_HIGH = 0.3, 0.7
REGION_SHARE, REGION_OVERLAP = 0.25, 0.5
BETA = 1 / 9  # where the loss of a delta turns from square to straight
MOST_CROWD = 0.5


class MaskRCNNObjective(nn.Module):
    """A `MaskRCNN` that learns from truths (N, 2, H, W) int32: a map of ids and, under it, a map of labels.

    In the first, 0 is nothing, numbers from 1 are things (gaps are allowed), and -1 is a crowd or not judged. The
    second, read only where there is a thing, has its class from 1, since 0 is the background, or `ignored` where it is
    not judged.

    Args:
        model: the network.
        regions: of a picture, that the second stage is taught from; None takes the network's own number.
        ignored: the label of pixels that are not judged.
    """

    def __init__(self, model: MaskRCNN, *, regions: int | None = None, ignored: int = 255) -> None:
        super().__init__()
        if regions is not None and regions < 1:
            raise ValueError(f"regions is {regions}; it must be at least 1")
        self.model = model
        self.regions = model.regions if regions is None else regions
        self.ignored = ignored

    def forward(self, images: Tensor, truths: Tensor) -> dict[str, Tensor]:
        """Map images (N, C, H, W), raw values of any type, and their truths to named losses and their sum, "loss".

        The others are "objectness" and "proposals" (anchors), "classes" and "boxes" (regions), and "masks".

        Raises:
            ValueError: truths of another shape, or a thing with a label that is no class of things.
        """
        if truths.shape != (len(images), 2, *images.shape[2:]):
            raise ValueError(
                f"truths are {tuple(truths.shape)} and images {tuple(images.shape)}; "
                "expected (N, 2, H, W), ids and labels, of the images' size"
            )
        known = [self.known(truth) for truth in truths]
        outputs = self.model.outputs(images.float())
        size = images.shape[2], images.shape[3]
        losses = self.first_stage(outputs, known, size) | self.second_stage(outputs, known, size)
        return {**losses, "loss": torch.stack(list(losses.values())).sum()}

    def known(self, truth: Tensor) -> Things:
        """The things of one picture by the numbers of the second stage."""
        return things(truth, self.model.num_classes, ignored=self.ignored)

    @staticmethod
    def random_truths(count: int, classes: int, size: tuple[int, int]) -> Tensor:
        """Ids and labels (count, 2, H, W) int32 of up to nine things of random classes, side by side."""
        rows, columns = (torch.arange(side) * 6 // side for side in size)
        there = (rows[:, None] % 2 == 0) & (columns % 2 == 0)
        ids = there * (1 + rows[:, None] // 2 * 3 + columns // 2)
        labels = torch.randint(1, classes, (count, 10))[:, ids]
        return torch.stack([ids.expand(count, *size), labels], dim=1).to(torch.int32)

    def first_stage(
        self, outputs: Mapping[str, Tensor], known: list[Things], size: tuple[int, int]
    ) -> dict[str, Tensor]:
        """Losses of anchors drawn in each picture: "objectness" and "proposals"."""
        logits, deltas = outputs["objectness"].float(), outputs["deltas"].float()
        padded = fitting(size[0], self.model.geometry), fitting(size[1], self.model.geometry)
        anchors = torch.from_numpy(anchor_boxes(padded, self.model.rules)).to(logits.device)
        objects, differences, count = [], [], 0
        for logit, delta, truth in zip(logits, deltas, known, strict=True):
            matches = match(box_iou(truth.boxes, anchors), low=ANCHOR_LOW, high=ANCHOR_HIGH, every_truth=True)
            leave_crowds(matches, truth, anchors)
            found, nothing = draw(matches, count=ANCHORS, share=ANCHOR_SHARE)
            chosen = torch.cat([found, nothing])
            target = (torch.arange(len(chosen), device=chosen.device) < len(found)).float()
            objects.append(F.binary_cross_entropy_with_logits(logit[chosen], target, reduction="sum"))
            goal = encode_boxes(truth.boxes[matches[found]], anchors[found], weights=ANCHOR_WEIGHTS)
            differences.append(F.smooth_l1_loss(delta[found], goal, beta=BETA, reduction="sum"))
            count += len(chosen)
        return {
            name: torch.stack(x).sum() / max(count, 1)
            for name, x in (("objectness", objects), ("proposals", differences))
        }

    def second_stage(
        self, outputs: Mapping[str, Tensor], known: list[Things], size: tuple[int, int]
    ) -> dict[str, Tensor]:
        """Losses of regions drawn among the truth and what the first stage proposes: "classes", "boxes" and "masks"."""
        rules = replace(self.model.rules, proposals=2 * self.model.rules.proposals)
        proposed = self.model.propose(outputs, size, rules=rules)
        drawn = [self.region_targets(boxes, truth) for boxes, truth in zip(proposed, known, strict=True)]
        boxes, matches = [regions for regions, _ in drawn], [matched for _, matched in drawn]
        labels, goals = (torch.cat(x) for x in zip(*map(region_goals, boxes, matches, known), strict=True))
        regions, pictures = torch.cat(boxes), numbered(boxes)
        found = labels.nonzero().flatten()
        owners = torch.cat([truth.numbers[m[m >= 0]] for truth, m in zip(known, matches, strict=True)])
        ids = torch.stack([truth.ids for truth in known])
        target = mask_targets(ids, regions[found], pictures[found], owners, side=MASK_SIDE)
        logits, deltas = self.model.classify(outputs, regions, pictures)
        masks = self.model.masks(outputs, regions[found], pictures[found], labels[found] - 1)
        count = max(len(labels), 1)
        with torch.autocast(regions.device.type, enabled=False):
            classes = F.cross_entropy(logits.float(), labels, reduction="sum")
            differences = F.smooth_l1_loss(
                deltas[found, labels[found]].float(), goals[found], beta=BETA, reduction="sum"
            )
            pixels = F.binary_cross_entropy_with_logits(masks.float(), target, reduction="sum")
        return {"classes": classes / count, "boxes": differences / count, "masks": pixels / max(target.numel(), 1)}

    def region_targets(self, proposed: Tensor, truth: Things) -> tuple[Tensor, Tensor]:
        """Regions (R, 4) of one picture that are taught from, and the truth of each, or `NOTHING`."""
        regions = torch.cat([truth.boxes, proposed])
        matches = match(box_iou(truth.boxes, regions), low=REGION_OVERLAP, high=REGION_OVERLAP, every_truth=False)
        leave_crowds(matches, truth, regions)
        chosen = torch.cat(draw(matches, count=self.regions, share=REGION_SHARE))
        return regions[chosen], matches[chosen]


def region_goals(regions: Tensor, matches: Tensor, truth: Things) -> tuple[Tensor, Tensor]:
    """For regions (R, 4): the class of each, 0 for the background, and the deltas (R, 4) of those that have one."""
    labels, goals = torch.zeros_like(matches), torch.zeros_like(regions)
    found = matches >= 0
    labels[found] = truth.labels[matches[found]]
    goals[found] = encode_boxes(truth.boxes[matches[found]], regions[found], weights=BOX_WEIGHTS)
    return labels, goals


def leave_crowds(matches: Tensor, truth: Things, regions: Tensor) -> None:
    """Write `BETWEEN` where a background region lies mostly on a crowd, in which there are things to be found."""
    if truth.crowded:
        matches[(matches == NOTHING) & (crowd_share(truth.ids < 0, regions) > MOST_CROWD)] = BETWEEN

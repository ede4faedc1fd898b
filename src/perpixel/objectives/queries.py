"""Things and stuff by queries: each answers with one segment, its class and its mask, or with no object.

Cheng, Schwing & Kirillov, 2021, MaskFormer, https://arxiv.org/abs/2107.06278, section 3.2; the weights are those of
Cheng et al., 2022, Mask2Former, https://arxiv.org/abs/2112.01527, section 4.1.

Differences from the papers: masks are compared on the network's own grid, at all of its pixels, where Mask2Former draws
12544 points of a picture; layers before the last have no losses of their own.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.metrics.assignment import best_pairs
from perpixel.models.hf import HuggingFace

CLASS, MASK, DICE = 2.0, 5.0, 5.0
NO_OBJECT = 0.1  # weight of queries that answer with nothing, which are most


class Segments(NamedTuple):
    """What is to be found in one picture, on the network's grid.

    Attributes:
        labels: (T,) int64 classes.
        masks: (T, h, w) float32, 0 or 1.
        known: (h, w) bool: where it is judged what there is.
    """

    labels: Tensor
    masks: Tensor
    known: Tensor


class QueryObjective(nn.Module):
    """A network with outputs "classes" and "masks" that learns from truths (N, 2, H, W) int32: ids and labels.

    In the map of ids 0 is no thing, numbers from 1 are things (gaps are allowed) and -1 is a crowd, which is not
    judged; labels are classes, or `ignored` where nothing is judged.

    Args:
        model: made with `queries=True`.
        stuff: whether pixels without an id are segments too, one for each class; else they are background.
        ignored: the label of pixels that are not judged.
    """

    def __init__(self, model: HuggingFace, *, stuff: bool, ignored: int = 255) -> None:
        super().__init__()
        self.model, self.stuff, self.ignored = model, stuff, ignored

    def forward(self, images: Tensor, truths: Tensor) -> dict[str, Tensor]:
        """Map images (N, C, H, W), raw values of any type, and truths to named losses and their sum, "loss".

        "classes" is the cross-entropy of all queries, "masks" that of the pixels of matched ones, and "dice" one minus
        their soft Dice; "loss" has them by weights of 2, 5 and 5.

        Raises:
            ValueError: truths that are not (N, 2, H, W).
        """
        if truths.dim() != 4 or truths.shape[1] != 2:
            raise ValueError(f"truths are {tuple(truths.shape)}; expected (N, 2, H, W): ids and labels")
        outputs = self.model.outputs(images.float())
        with torch.autocast(images.device.type, enabled=False):
            classes, masks = outputs["classes"].float(), outputs["masks"].float()
            wanted = [self.segments(truth, masks.shape[2:]) for truth in truths]
            pairs = [match(own, mask, each) for own, mask, each in zip(classes, masks, wanted, strict=True)]
            losses = _losses(classes, masks, wanted, pairs)
        total = CLASS * losses["classes"] + MASK * losses["masks"] + DICE * losses["dice"]
        return {**losses, "loss": total}

    def segments(self, truth: Tensor, grid: torch.Size) -> Segments:
        """The segments of a truth (2, H, W) at the middles of the grid's pixels; what falls between them is lost."""
        stride = self.model.stride
        ids, labels = (plane[stride // 2 :: stride, stride // 2 :: stride][: grid[0], : grid[1]] for plane in truth)
        known = (ids >= 0) & ((labels != self.ignored) | (ids > 0))
        keys = torch.where(ids > 0, ids.long(), -1)
        if self.stuff:
            keys = torch.where((ids == 0) & known, -2 - labels.long(), keys)
        found, number = torch.unique(keys, return_inverse=True)
        kept = [place for place, key in enumerate(found.tolist()) if key != -1]
        masks, classes = [], []
        for place in kept:
            mask = number == place
            label = int(labels[mask].mode().values)
            if label != self.ignored:
                masks.append(mask)
                classes.append(label)
        blank = truth.new_zeros((0, *ids.shape), dtype=torch.bool)
        stacked = torch.stack(masks) if masks else blank
        down, right = grid[0] - ids.shape[0], grid[1] - ids.shape[1]  # the grid covers the padded picture
        padded = F.pad(stacked.float(), (0, right, 0, down))
        return Segments(
            torch.tensor(classes, dtype=torch.long, device=truth.device), padded, F.pad(known, (0, right, 0, down))
        )

    @staticmethod
    def random_truths(count: int, classes: int, size: tuple[int, int]) -> Tensor:
        """Ids and labels (count, 2, H, W) int32: blocks, each a thing or none, of a random class but the first."""
        rows, columns = (torch.arange(side) * 3 // side for side in size)
        ids = (rows[:, None] * 3 + columns).expand(count, *size)
        labels = torch.randint(min(1, classes - 1), classes, (count, 9))
        return torch.stack([ids, torch.gather(labels, 1, ids.reshape(count, -1)).view_as(ids)], dim=1).to(torch.int32)


@torch.no_grad()
def match(classes: Tensor, masks: Tensor, wanted: Segments) -> tuple[Tensor, Tensor]:
    """Pair queries with segments so that class, cross-entropy of the mask and Dice together are the best.

    Args:
        classes: (Q, K + 1) logits.
        masks: (Q, h, w) logits.
        wanted: T segments.

    Returns:
        Numbers of queries and of segments, (min(Q, T),) int64 both.
    """
    known = wanted.known.flatten()
    target = wanted.masks.flatten(1)[:, known]
    own = masks.flatten(1)[:, known]
    probability = own.sigmoid()
    pixels = max(target.shape[1], 1)
    cross = (F.softplus(-own) @ target.T + F.softplus(own) @ (1 - target).T) / pixels
    dice = 1 - (2 * probability @ target.T + 1) / (probability.sum(1)[:, None] + target.sum(1)[None] + 1)
    cost = MASK * cross + DICE * dice - CLASS * classes.softmax(-1)[:, wanted.labels]
    queries, segments = best_pairs(-np.nan_to_num(cost.double().cpu().numpy(), nan=1e6, posinf=1e6, neginf=-1e6))
    return torch.from_numpy(queries).to(masks.device), torch.from_numpy(segments).to(masks.device)


def _losses(
    classes: Tensor, masks: Tensor, wanted: list[Segments], pairs: list[tuple[Tensor, Tensor]]
) -> dict[str, Tensor]:
    nothing = classes.shape[2] - 1
    target = torch.full(classes.shape[:2], nothing, dtype=torch.long, device=classes.device)
    cross, dice = [], []
    for picture, ((queries, segments), each) in enumerate(zip(pairs, wanted, strict=True)):
        target[picture, queries] = each.labels[segments]
        known = each.known.flatten()
        own, true = masks[picture, queries].flatten(1)[:, known], each.masks[segments].flatten(1)[:, known]
        if own.numel():
            cross.append(F.binary_cross_entropy_with_logits(own, true, reduction="none").mean(1))
            probability = own.sigmoid()
            dice.append(1 - (2 * (probability * true).sum(1) + 1) / (probability.sum(1) + true.sum(1) + 1))
    weights = torch.ones(nothing + 1, device=classes.device)
    weights[nothing] = NO_OBJECT
    none = masks.sum() * 0
    return {
        "classes": F.cross_entropy(classes.flatten(0, 1), target.flatten(), weights),
        "masks": torch.cat(cross).mean() if cross else none,
        "dice": torch.cat(dice).mean() if dice else none,
    }

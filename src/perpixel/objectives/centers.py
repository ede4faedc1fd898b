"""Things by their centers: a class for every pixel, a heatmap of centers, and the way from each pixel to its center.

Cheng et al., 2020, Panoptic-DeepLab, https://arxiv.org/abs/1911.10194, section 3.2 and equation 1.

Differences from the paper: its spot of 8 pixels is for pictures of 2 megapixels, so a small thing gets a smaller one
(two cells that touch would be one spot); all pixels count in the cross-entropy, not the 15 % hardest alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from perpixel.architecture import Segmenter
from perpixel.objectives.fit import fit
from perpixel.objectives.semantic import SemanticObjective
from perpixel.plan import LossTerm

CROWD = -1  # in the id map: pixels of things that nobody told apart
CENTERS, OFFSETS = 200.0, 0.01  # weights of the two losses of things
SPREAD = 0.2  # of a spot, to the square root of a thing's area
REACH = 3.0  # standard deviations; a spot is nothing beyond


class CentersObjective(SemanticObjective):
    """A network with outputs "logits", "centers" and "offsets" that learns from truths (N, 2, H, W) int32.

    Plane 0 is the id map: 0 where there is no thing, things from 1 on with gaps or without, -1 on a crowd, which has
    no center and no offsets. Plane 1 is the label map: 0 .. K - 1, or `ignored` where the class is not judged; what has
    neither a class nor an id is not judged for centers either.

    Args:
        sigma: standard deviation of the spot at a center, in pixels of the picture; smaller for things of which a fifth
            of the root of the area is smaller, but never under half a step of the heatmap.

    The others are those of `perpixel.objectives.terms.TermsObjective`.
    """

    def __init__(
        self,
        model: Segmenter,
        *,
        loss_terms: Sequence[LossTerm] = ("cross-entropy",),
        class_weights: Tensor | None = None,
        auxiliary: float = 0.4,
        ignored: int = 255,
        sigma: float = 8.0,
    ) -> None:
        super().__init__(
            model, loss_terms=loss_terms, class_weights=class_weights, auxiliary=auxiliary, ignored=ignored
        )
        self.sigma = sigma

    def forward(self, images: Tensor, truths: Tensor, pixel_weights: Tensor | None = None) -> dict[str, Tensor]:
        """Map images (N, C, H, W), raw values of any type, and truths to named losses and their sum, "loss".

        Beside the terms of the classes "centers" is the mean squared error of the heatmap and "offsets" the mean
        distance, down plus right, between where pixels of things point and the center. "loss" has them by weights of
        200 and 0.01, and the auxiliary one by its own; every other entry is unweighted.

        Raises:
            ValueError: truths that are not (N, 2, H, W).
        """
        if truths.dim() != 4 or truths.shape[1] != 2:
            raise ValueError(f"truths are {tuple(truths.shape)}; expected (N, 2, H, W): ids and labels")
        outputs = self.model.outputs(images.float())
        ids, labels = truths[:, 0], truths[:, 1]
        with torch.autocast(images.device.type, enabled=False):
            losses = self.of_classes(outputs, labels, pixel_weights)
            targets = center_targets(ids, stride=self.model.stride, like=outputs["centers"], sigma=self.sigma)
            known = (ids > 0) | ((labels != self.ignored) & (ids != CROWD))
            judged = coarse_view(known, stride=self.model.stride, like=outputs["centers"])
            losses["centers"] = heatmap_loss(outputs["centers"].float()[:, 0], targets.heatmap, judged)
            offsets, _ = fit(outputs["offsets"].float(), ids, stride=self.model.stride)
            losses["offsets"] = offset_loss(offsets, targets.offsets, ids > 0)
            total = self.total(losses) + CENTERS * losses["centers"] + OFFSETS * losses["offsets"]
        return {**losses, "loss": total}

    @staticmethod
    def random_truths(count: int, classes: int, size: tuple[int, int]) -> Tensor:
        """Ids and labels (count, 2, H, W) int32: blocks of 16 pixels, each a thing or none, of a random class."""
        blocks = torch.randint(0, 9, (count, 1, -(-size[0] // 16), -(-size[1] // 16)), dtype=torch.int32)
        both = torch.cat([blocks, torch.randint_like(blocks, 0, classes)], dim=1)
        return both.repeat_interleave(16, dim=2).repeat_interleave(16, dim=3)[:, :, : size[0], : size[1]].contiguous()


@dataclass(frozen=True)
class CenterTargets:
    """What the heads of things are to say.

    Attributes:
        heatmap: (N, h, w) in [0, 1], coarse: a Gaussian spot at each center, the greatest where several meet; 1 at the
            coarse pixel that the center lies in.
        offsets: (N, 2, H, W) down and right from each pixel of a thing to its center, in pixels; 0 elsewhere.
    """

    heatmap: Tensor
    offsets: Tensor


def center_targets(ids: Tensor, *, stride: int, like: Tensor, sigma: float) -> CenterTargets:
    """Targets of an id map (N, H, W). A center is the mean of its thing's pixels, which may lie outside the thing.

    Args:
        stride: pixels of the picture to one of the heatmap.
        like: the heatmap (N, 1, h, w), which covers the picture, or more.
        sigma: of the spots, as `CentersObjective` has it.
    """
    picture, row, column = torch.nonzero(ids > 0, as_tuple=True)
    key = picture * (int(ids.max()) + 1 if ids.numel() else 1) + ids[picture, row, column]
    things, thing = torch.unique(key, return_inverse=True)
    count = len(things)
    area = _sums(torch.ones_like(row), thing, count)
    middle = [_sums(place, thing, count).float() / area for place in (row, column)]
    offsets = torch.zeros(len(ids), 2, *ids.shape[1:], device=ids.device)
    for axis, place in enumerate((row, column)):
        offsets[picture, axis, row, column] = middle[axis][thing] - place
    home = torch.zeros(count, dtype=torch.long, device=ids.device).scatter_(0, thing, picture)
    spread = (SPREAD * area.float().sqrt()).clamp(min=stride / 2, max=max(sigma, stride / 2)) / stride
    cells = [torch.floor((center + 0.5) / stride).long() for center in middle]
    return CenterTargets(_spots(home, cells[0], cells[1], spread, like=like), offsets)


def coarse_view(known: Tensor, *, stride: int, like: Tensor) -> Tensor:
    """(N, h, w) bool: what (N, H, W) says at the middle of each coarse pixel; False where that is past the picture."""
    sampled = known[:, stride // 2 :: stride, stride // 2 :: stride]
    height, width = like.shape[2:]
    sampled = sampled[:, :height, :width]
    return F.pad(sampled, (0, width - sampled.shape[2], 0, height - sampled.shape[1]))


def heatmap_loss(heatmap: Tensor, target: Tensor, judged: Tensor) -> Tensor:
    """Mean squared error (N, h, w) where it is judged; 0 with gradients of 0 if nothing is."""
    return ((heatmap - target).square() * judged).sum() / judged.sum().clamp(min=1)


def offset_loss(offsets: Tensor, target: Tensor, thing: Tensor) -> Tensor:
    """Mean of |down| + |right| errors (N, 2, H, W) over pixels of things (N, H, W); 0 if there are none."""
    return ((offsets - target).abs() * thing[:, None]).sum() / thing.sum().clamp(min=1)


def _sums(values: Tensor, index: Tensor, count: int) -> Tensor:
    """Whole sums, which are exact and the same in every run."""
    return torch.zeros(count, dtype=torch.long, device=values.device).index_add_(0, index, values)


def _spots(home: Tensor, row: Tensor, column: Tensor, spread: Tensor, *, like: Tensor) -> Tensor:
    """Gaussian spots at coarse pixels (row, column) of pictures `home`, each as wide as its `spread`: (N, h, w)."""
    count, _, height, width = like.shape
    heatmap = torch.zeros(count * height * width, device=like.device)
    if len(home):
        reach = int(REACH * float(spread.max())) + 1
        steps = torch.arange(-reach, reach + 1, device=like.device)
        down, right = (grid.reshape(1, -1) for grid in torch.meshgrid(steps, steps, indexing="ij"))
        squared = (down.square() + right.square()) / spread[:, None].square()
        rows, columns = row[:, None] + down, column[:, None] + right
        seen = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width) & (squared <= REACH**2)
        place = (home[:, None] * height + rows) * width + columns
        heatmap = heatmap.scatter_reduce(0, place[seen], torch.exp(-squared / 2)[seen], "amax")
    return heatmap.view(count, height, width)

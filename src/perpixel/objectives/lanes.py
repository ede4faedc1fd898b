"""Lanes: which pixels lie on one, and vectors that are alike on one lane and unlike on two.

Neven et al., 2018, https://arxiv.org/abs/1802.05591, section II-A; the loss of vectors is De Brabandere, Neven & Van
Gool, 2017, https://arxiv.org/abs/1708.02551, equations 1 to 4.

Difference from the paper: two lanes' means are pushed 3 apart, as in the paper's own program, not twice 3.
"""

from __future__ import annotations

import torch
from torch import Tensor

from perpixel.objectives.semantic import SemanticObjective
from perpixel.results.lanes import ALIKE

NEAR, APART = 0.5, 3.0  # a vector may lie so far from its lane's mean, and two means so close to each other
PULL = 0.001  # of the means to 0


class LaneObjective(SemanticObjective):
    """A network with outputs "logits" (2 classes) and "embedding" that learns from maps of lanes (N, H, W) uint8.

    The map has 0 where there is no lane, a number for each lane, 254 where it is not known which lane it is, of which
    the classes learn alone, and `ignored` where nothing is judged.
    """

    def forward(self, images: Tensor, truths: Tensor, pixel_weights: Tensor | None = None) -> dict[str, Tensor]:
        """Map images (N, C, H, W), raw values of any type, and truths to named losses and their sum, "loss".

        Beside the terms of the classes "alike" is how far vectors stray from the mean of their lane, and "apart" how
        much too close the means of two lanes of a picture are; both are unweighted in "loss".
        """
        outputs = self.model.outputs(images.float())
        with torch.autocast(images.device.type, enabled=False):
            labels = torch.where(truths == self.ignored, self.ignored, (truths > 0).to(truths.dtype))
            losses = self.of_classes(outputs, labels, pixel_weights)
            vectors = outputs["embedding"].float()
            alike, apart, pull = embedding_loss(vectors, self._coarse(truths, vectors))
            total = self.total(losses) + alike + apart + PULL * pull
        return {**losses, "alike": alike, "apart": apart, "loss": total}

    @staticmethod
    def random_truths(count: int, classes: int, size: tuple[int, int]) -> Tensor:
        """Maps (count, H, W) of up to four upright lanes."""
        columns = torch.randint(0, 5, (count, 1, -(-size[1] // 8)), dtype=torch.uint8)
        return columns.repeat_interleave(8, dim=2)[:, :, : size[1]].expand(count, *size).contiguous()

    def _coarse(self, truths: Tensor, vectors: Tensor) -> Tensor:
        """(N, h, w) the lane at the middle of each coarse pixel of the picture; 0 where none is told."""
        stride = self.model.stride
        ids = truths[:, stride // 2 :: stride, stride // 2 :: stride][:, : vectors.shape[2], : vectors.shape[3]]
        known = torch.where((ids >= ALIKE) | (ids == self.ignored), 0, ids).long()
        padded = torch.zeros(len(truths), *vectors.shape[2:], dtype=torch.long, device=truths.device)
        padded[:, : known.shape[1], : known.shape[2]] = known
        return padded


def embedding_loss(vectors: Tensor, ids: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """How unlike vectors (N, D, h, w) of one lane are, how alike two lanes of a picture, and how long their means.

    Args:
        ids: (N, h, w) 0 where there is no lane, else its number in its picture.

    Returns:
        The mean over the lanes of the mean of max(0, |vector - mean of its lane| - 0.5)²; the mean over pairs of lanes
        of one picture of max(0, 3 - |difference of their means|)²; the mean length of means. 0 where there are none.
    """
    picture, row, column = torch.nonzero(ids, as_tuple=True)
    own = vectors.permute(0, 2, 3, 1)[picture, row, column]
    key = picture * (int(ids.max()) + 1 if ids.numel() else 1) + ids[picture, row, column]
    lanes, lane = torch.unique(key, return_inverse=True)
    if not len(lanes):
        zero = vectors.sum() * 0
        return zero, zero, zero
    count = torch.bincount(lane, minlength=len(lanes)).to(own.dtype)
    means = own.new_zeros(len(lanes), own.shape[1]).index_add(0, lane, own) / count[:, None]
    strayed = (_length(own - means[lane]) - NEAR).clamp(min=0).square()
    alike = (own.new_zeros(len(lanes)).index_add(0, lane, strayed) / count).mean()
    home = torch.zeros(len(lanes), dtype=torch.long, device=ids.device).scatter_(0, lane, picture)
    pair = torch.triu(home[:, None] == home[None], diagonal=1)
    close = (APART - _length(means[:, None] - means[None])).clamp(min=0).square()
    apart = (close * pair).sum() / pair.sum().clamp(min=1)
    return alike, apart, _length(means).mean()


def _length(vectors: Tensor) -> Tensor:
    """Euclidean, with a gradient of 0 at 0."""
    return (vectors.square().sum(dim=-1) + 1e-12).sqrt()

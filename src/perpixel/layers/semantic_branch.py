"""The semantic branch of Panoptic FPN: a feature pyramid, every level brought to the finest, added up and named.

Kirillov, Girshick, He & Dollár, 2019, https://arxiv.org/abs/1901.02446, figure 3.
"""

from __future__ import annotations

from collections.abc import Sequence

from torch import Tensor, nn

GROUP = 4  # channels that are normalized together: 32 groups of the paper's 128


class SemanticBranch(nn.Module):
    """Levels of strides that double, the finest first, to logits at the finest one's size.

    A level i steps below the finest climbs by i stages of a 3 x 3 convolution, group normalization, ReLU and bilinear
    doubling; the finest has one stage, without doubling. Their sum is mapped to the classes by a 1 x 1 convolution.

    Args:
        channels: of every level.
        width: of the stages, a multiple of 4.
        classes: channels of the logits.
        levels: how many there are.

    Raises:
        ValueError: a width that is no multiple of 4.
    """

    def __init__(self, channels: int, width: int, classes: int, *, levels: int) -> None:
        super().__init__()
        if width % GROUP or width < GROUP:
            raise ValueError(f"width {width} of the semantic branch must be a multiple of {GROUP}")
        self.climbs = nn.ModuleList(climb(channels, width, doublings=level) for level in range(levels))
        self.classify = nn.Conv2d(width, classes, 1)

    def forward(self, maps: Sequence[Tensor]) -> Tensor:
        """Map levels (N, channels, h / 2^i, w / 2^i) to logits (N, classes, h, w)."""
        total, *others = (climb(x) for climb, x in zip(self.climbs, maps, strict=True))
        for other in others:
            total = total + other
        logits: Tensor = self.classify(total)
        return logits


def climb(channels: int, width: int, *, doublings: int) -> nn.Sequential:
    """Map (N, channels, h, w) to (N, width, h * 2^doublings, w * 2^doublings)."""
    layers: list[nn.Module] = []
    for stage in range(max(doublings, 1)):
        filters = nn.Conv2d(width if stage else channels, width, 3, padding=1, bias=False)
        nn.init.kaiming_normal_(filters.weight, mode="fan_out", nonlinearity="relu")
        layers += [filters, nn.GroupNorm(width // GROUP, width), nn.ReLU(inplace=True)]
        if doublings:
            layers.append(nn.Upsample(scale_factor=2.0, mode="bilinear", align_corners=False))
    return nn.Sequential(*layers)

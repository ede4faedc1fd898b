"""Feature pyramid: every map of a backbone at one width, each told what the coarser ones have seen.

Lin, Dollár, Girshick, He, Hariharan & Belongie, 2017, https://arxiv.org/abs/1612.03144, figure 3. Names are
torchvision's, so that published networks load.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor, nn


class FeaturePyramid(nn.Module):
    """Maps of strides that double, the finest first, to maps of one width, and one more of twice the last stride.

    Each coarser map is doubled by its nearest values and added to a 1 x 1 projection of the next finer; 3 x 3 filters
    then smooth every sum. The additional map is every second value of the last, for the largest anchors.
    """

    def __init__(self, channels: Sequence[int], width: int) -> None:
        super().__init__()
        self.inner_blocks = nn.ModuleList(nn.Sequential(nn.Conv2d(inner, width, 1)) for inner in channels)
        self.layer_blocks = nn.ModuleList(nn.Sequential(nn.Conv2d(width, width, 3, padding=1)) for _ in channels)
        for layer in self.modules():
            if isinstance(layer, nn.Conv2d) and layer.bias is not None:
                nn.init.kaiming_uniform_(layer.weight, a=1)
                nn.init.zeros_(layer.bias)

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Map L maps (N, channels[i], h_i, w_i), each half as high and wide as the one before, to L + 1 maps.

        They are (N, width, h_i, w_i); the last is (N, width, ceil(h / 2), ceil(w / 2)).
        """
        x = self.inner_blocks[-1](maps[-1])
        found = [self.layer_blocks[-1](x)]
        for project, smooth, finer in zip(
            self.inner_blocks[-2::-1], self.layer_blocks[-2::-1], maps[-2::-1], strict=True
        ):
            x = project(finer) + F.interpolate(x, scale_factor=2.0, mode="nearest")
            found.insert(0, smooth(x))
        return [*found, F.max_pool2d(found[-1], 1, stride=2)]

"""TensorFlow's "same" padding for convolutions with stride 2, as constants that export to any size."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.layers.depthwise import depthwise


class SameConv2d(nn.Conv2d):
    """A convolution (odd kernel, stride 1 or 2) padded as TensorFlow's "same".

    At stride 2 on an even size TensorFlow pads k - 2 zeros, the smaller half before: the windows are centered on
    pixels 1, 3, 5, ... for k = 3. On an odd size it pads k - 1 and the centers jump to 0, 2, 4, ... Here the centers
    stay where they are on even sizes, as if an odd map had first got one more row of zeros. The grid of every stride
    then keeps its place in the picture at all sizes, and the padding is a constant of the exported graph.

    Maps (N, in_channels, H, W) to (N, out_channels, ceil(H / stride), ceil(W / stride)).
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, *, stride: int = 1, dilation: int = 1, groups: int = 1
    ) -> None:
        padding = dilation * (kernel // 2) if stride == 1 else 0
        super().__init__(in_channels, out_channels, kernel, stride, padding, dilation, groups, bias=False)
        before = max(kernel - 2, 0) // 2
        self.margin = (before, kernel - 1 - before) * 2 if stride == 2 else (kernel // 2,) * 4

    def forward(self, input: Tensor) -> Tensor:
        slow = self.stride[0] == 2 or self.kernel_size[0] == 5  # where `depthwise` says that it helps
        if slow and self.groups > 1 and self.dilation[0] == 1 and self.training and input.device.type == "cpu":
            return depthwise(F.pad(input, self.margin), self.weight, stride=self.stride[0])
        return super().forward(F.pad(input, self.margin) if self.stride[0] == 2 else input)

"""Transposed convolution: every value spreads a filter, scaled by it, over a larger map; overlaps are added.

It goes by four other names:

- *upconvolution*: harmless, it says only that maps grow;
- *fractionally strided convolution*: right, since each step of the input is worth 1 / stride of a step in the output;
- *backward strided convolution*: right, it is what a strided convolution does to the gradient on the way back;
- *deconvolution*: misleading. In signal processing that undoes a convolution. This one restores the shape, not the
  values: as matrices, it is the transpose of a convolution, not its inverse.

Where the kernel's size is no multiple of the stride, some pixels are reached by more taps of the filter than others:
even a filter of ones then paints a checkerboard on a constant map. A kernel of 2 at stride 2, or 4 at stride 2, does
not. Odena, Dumoulin & Olah, 2016, https://distill.pub/2016/deconv-checkerboard.

Dumoulin & Visin, 2016, https://arxiv.org/abs/1603.07285, chapter 4.
"""

from __future__ import annotations

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.upsample.bilinear import bilinear_kernel
from perpixel.upsample.sizes import Size, enlarged


def transposed_convolution(
    x: Tensor,
    weight: Tensor,
    *,
    stride: int = 2,
    padding: int = 0,
    bias: Tensor | None = None,
    size: Size | None = None,
) -> Tensor:
    """Spread `weight` (C, D, k, k) over the output by each value of x (N, C, h, w): (N, D, H, W).

    H = (h - 1) * stride - 2 * padding + k, and up to stride - 1 more if `size` says so, which the convolution of the
    same stride and padding would have dropped. For every y, <conv(y), x> = <y, this(x)>: the one is the other's
    transpose.

    Args:
        padding: rows and columns cut off on each side.
        size: (H, W), or None for the least.

    Raises:
        ValueError: a size that does not fit.
    """
    least = [(side - 1) * stride - 2 * padding + weight.shape[2 + axis] for axis, side in enumerate(x.shape[2:])]
    more = [0, 0] if size is None else [side - low for side, low in zip(size, least, strict=True)]
    if not all(0 <= extra < stride for extra in more):
        raise ValueError(
            f"size {size}: {tuple(x.shape[2:])} at stride {stride} gives {tuple(least)} "
            f"to {tuple(low + stride - 1 for low in least)}"
        )
    return F.conv_transpose2d(x, weight, bias, stride=stride, padding=padding, output_padding=more)


class TransposedConvolution(nn.Module):
    """A learned `transposed_convolution` that makes maps exactly `factor` times larger.

    Maps (N, in_channels, h, w) to (N, out_channels, factor * h, factor * w), or to the size that is passed.

    Args:
        kernel: side of the filter, by default `2 * factor`; no multiple of the factor leaves a checkerboard.
        start: "bilinear" starts as interpolation of each channel by itself (it needs as many channels out as in),
            "random" as any convolution.

    Raises:
        ValueError: a kernel below the factor, which would leave pixels that nothing reaches, or a start that cannot be.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        *,
        factor: int = 2,
        kernel: int | None = None,
        bias: bool = True,
        start: Literal["bilinear", "random"] = "random",
    ) -> None:
        super().__init__()
        kernel = 2 * factor if kernel is None else kernel
        if kernel < factor:
            raise ValueError(f"kernel {kernel} is below the factor {factor}: some pixels would get nothing")
        if start == "bilinear" and in_channels != out_channels:
            raise ValueError(f"a bilinear start keeps {in_channels} channels; {out_channels} were asked for")
        self.factor = factor
        self.padding = (kernel - factor) // 2
        self.weight = nn.Parameter(torch.empty(in_channels, out_channels, kernel, kernel))
        self.bias = nn.Parameter(torch.zeros(out_channels)) if bias else None
        if start == "bilinear":
            with torch.no_grad():
                self.weight.zero_()
                self.weight[range(in_channels), range(in_channels)] = bilinear_kernel(kernel)
        else:
            # Each output pixel is reached by about (kernel / factor)^2 taps of every channel.
            reached = in_channels * (kernel / factor) ** 2
            nn.init.normal_(self.weight, std=(2 / reached) ** 0.5)

    def forward(self, x: Tensor, size: Size | None = None) -> Tensor:
        full = transposed_convolution(x, self.weight, stride=self.factor, padding=self.padding, bias=self.bias)
        height, width = enlarged(x, self.factor, size)
        return full[..., :height, :width]

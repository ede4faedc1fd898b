"""Depthwise convolution whose backward pass is fast on a CPU.

oneDNN's own backward pass, as torch 2.11 to 2.13 call it, is slow in two cases that EfficientNet-Lite is made of: the
gradient of a 5 x 5 kernel (40 to 100 times the forward pass, bfloat16), and of the input at stride 2 (50 times).
Here the first is assembled from four 3 x 3 gradients, for which there is a fast kernel; the second is a convolution
at stride 1 of the gradient with zeros put between its pixels.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor


def depthwise(x: Tensor, weight: Tensor, *, stride: int) -> Tensor:
    """Filter each channel of x (N, C, H, W) by weight (C, 1, k, k), k = 3 or 5, stride 1 or 2, without padding.

    Equal to `F.conv2d(x, weight, stride=stride, groups=C)`, the gradients too.
    """
    if torch.is_autocast_enabled("cpu"):
        dtype = torch.get_autocast_dtype("cpu")
        x, weight = x.to(dtype), weight.to(dtype)
    return _Depthwise.apply(x, weight, stride)  # type: ignore[no-any-return, no-untyped-call]


class _Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, stride: int) -> Tensor:
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        return F.conv2d(x, weight, stride=stride, groups=weight.shape[0])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, Tensor | None, None]:
        x, weight = ctx.saved_tensors
        to_x, to_weight = ctx.needs_input_grad[:2]
        gradient = gradient.contiguous(memory_format=torch.channels_last)
        with torch.autocast("cpu", enabled=False):
            return (
                input_gradient(gradient, x, weight, ctx.stride) if to_x else None,
                weight_gradient(gradient, x, weight, ctx.stride) if to_weight else None,
                None,
            )


def input_gradient(gradient: Tensor, x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """The gradient (N, C, H, W) of x. At stride 2 each of its four phases has met every second tap only."""
    if stride == 1:
        return correlate(gradient, weight)
    result = torch.zeros_like(x)
    for row in range(stride):
        for column in range(stride):
            phase = correlate(gradient, weight[..., row::stride, column::stride])
            height, width = phase.shape[2:]
            result[..., row::stride, column::stride][..., :height, :width] = phase
    return result


def correlate(gradient: Tensor, weight: Tensor) -> Tensor:
    """Where each value of gradient (N, C, H, W) came from: (N, C, H + k - 1, W + k - 1), with any kernel sides k."""
    reach = (weight.shape[2] - 1, weight.shape[3] - 1)
    return F.conv2d(gradient, weight.flip(2, 3).contiguous(), padding=reach, groups=weight.shape[0])


def weight_gradient(gradient: Tensor, x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """The gradient (C, 1, k, k) of weight: for k = 5 from four overlapping 3 x 3 parts."""
    channels, _, kernel, _ = weight.shape
    height, width = x.shape[2:] if kernel == 3 else ((side - 1) * stride + 3 for side in gradient.shape[2:])
    result = torch.empty_like(weight)
    for row in range(0, kernel - 2, 2):
        for column in range(0, kernel - 2, 2):
            part = x[..., row : row + height, column : column + width].contiguous(memory_format=torch.channels_last)
            taps = weight[..., row : row + 3, column : column + 3].contiguous()
            _, found, _ = torch.ops.aten.convolution_backward(
                gradient, part, taps, None, [stride] * 2, [0, 0], [1, 1], False, [0, 0], channels, [False, True, False]
            )
            result[..., row : row + 3, column : column + 3] = found
    return result

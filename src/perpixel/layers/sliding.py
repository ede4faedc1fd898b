"""A network for patches, slid over a picture: one patch for every pixel, or all pixels at once by dilation.

Neighboring patches share nearly all they have, and a network without padding computes the same for the shared part in
both. Taking each stride out and spreading the filters that come after it by as much leaves every number as it was, and
each is computed once: "à trous", filters with holes. Giusti et al., 2013, https://arxiv.org/abs/1302.1700, show it for
fragments of maps, Yu & Koltun, 2016, https://arxiv.org/abs/1511.07122, use the dilation.

Both forms run in torch's channels-last format, in which pooling on a CPU is about ten times faster.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.layers.convolutionalize import as_filters, flattened_side, unnested

POINTWISE = (nn.ReLU, nn.Tanh, nn.Sigmoid, nn.Identity, nn.Dropout, nn.Dropout2d, nn.BatchNorm2d)


def classify_patches(network: Callable[[Tensor], Tensor], image: Tensor, *, patch: int, batch: int = 256) -> Tensor:
    """Run `network` on the patch around every pixel; beyond its border the picture is mirrored.

    It keeps `batch` patches in memory at a time. With an even `patch` the pixel is the one before the middle.

    Args:
        network: maps patches (B, C, patch, patch) to scores (B, K) or (B, K, 1, 1).
        image: (C, H, W).
        patch: side of a patch, in pixels.
        batch: patches that are run together.

    Returns:
        Scores (K, H, W).
    """
    if patch < 1 or batch < 1:
        raise ValueError(f"patch is {patch} and batch {batch}; both must be at least 1")
    _, height, width = image.shape
    windows = mirror(image[None], patch)[0].unfold(1, patch, 1).unfold(2, patch, 1)
    windows = windows.permute(1, 2, 0, 3, 4)  # a view, (H, W, C, patch, patch): only a batch of it is copied at a time
    scores = []
    for start in range(0, height * width, batch):
        places = torch.arange(start, min(start + batch, height * width), device=image.device)
        scores.append(
            network(windows[places // width, places % width].contiguous(memory_format=torch.channels_last)).flatten(1)
        )
    return torch.cat(scores).T.reshape(-1, height, width)


def dense(network: nn.Module, images: Tensor, *, dilation: int = 1) -> Tensor:
    """Run a network for patches at every position of pictures (N, C, H, W): strides are replaced by dilation.

    At row i and column j it gives what `network` gives for the patch that begins there. The weights are the network's
    own, so that it can learn this way.

    Args:
        network: `nn.Sequential` of convolutions and max pooling without padding, activations and, at the end, linear
            layers after an `nn.Flatten`; or one such layer.
        images: (N, C, H, W), not smaller than a patch.
        dilation: of the first layer: the distance of neighbors in `images`, where these come from a dilated net.

    Returns:
        (N, K, H - dilation * (side - 1), W - dilation * (side - 1)), where `side` is `patch_side(network)`.

    Raises:
        TypeError: a layer that is none of these. ValueError: one with padding.
    """
    x, flat = images.contiguous(memory_format=torch.channels_last), False
    for layer in unnested(network):
        if isinstance(layer, nn.Conv2d):
            kernel, stride, own = square(layer)
            x = F.conv2d(x, layer.weight, layer.bias, dilation=dilation * own, groups=layer.groups)
            dilation *= stride
        elif isinstance(layer, nn.MaxPool2d):
            kernel, stride, own = square(layer)
            x = spread_maximum(x, kernel, dilation=dilation * own)
            dilation *= stride
        elif isinstance(layer, nn.Flatten):
            flat = True
        elif isinstance(layer, nn.Linear):
            side = flattened_side(layer, x.shape[1]) if flat else 1
            x = F.conv2d(x, as_filters(layer, side), layer.bias, dilation=dilation)
            flat = False
        elif isinstance(layer, POINTWISE):
            x = layer(x)
        else:
            raise TypeError(unknown(layer))
    return x


def patch_side(network: nn.Module, *, channels: int = 0) -> tuple[int, int]:
    """The side of the patches that one answer of `network` sees, and the product of its strides, both in pixels.

    Args:
        channels: of the input; needed only where linear layers come without a convolution before them.

    Raises:
        TypeError, ValueError: as `dense`.
    """
    side, stride, flat = 1, 1, False
    for layer in unnested(network):
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d):
            kernel, step, dilation = square(layer)
            side += stride * dilation * (kernel - 1)
            stride *= step
            channels = layer.out_channels if isinstance(layer, nn.Conv2d) else channels
        elif isinstance(layer, nn.Linear):
            side += stride * (flattened_side(layer, channels) - 1) if flat else 0
            flat = False
        elif isinstance(layer, nn.Flatten):
            flat = True
        elif not isinstance(layer, POINTWISE):
            raise TypeError(unknown(layer))
    return side, stride


def spread_maximum(x: Tensor, kernel: int, *, dilation: int) -> Tensor:
    """Maximum over kernel x kernel values of x (N, C, H, W) that lie `dilation` apart, at every position."""
    for dimension in (2, 3):
        length = x.shape[dimension] - (kernel - 1) * dilation
        best = x.narrow(dimension, 0, length)
        for step in range(1, kernel):
            best = torch.maximum(best, x.narrow(dimension, step * dilation, length))
        x = best
    return x


def mirror(images: Tensor, patch: int) -> Tensor:
    """Mirror pictures (N, C, H, W) on all sides, so that a patch begins at every pixel: patch - 1 more rows, columns.

    The edge itself is not repeated; a picture may be smaller than the patch, down to one pixel. An odd patch gets as
    much on all sides, an even one a row more below and a column more at the right.
    """
    return reflect(images, (patch - 1) // 2, patch // 2)


def reflect(images: Tensor, before: int, after: int) -> Tensor:
    """Mirror pictures (N, C, H, W) by so many pixels before the first and after the last row and column."""
    for dimension in (2, 3):
        size = images.shape[dimension]
        last = torch.arange(size, device=images.device)[-1:]  # the exporter wants a tensor to take remainders by
        period = torch.clamp(2 * last, min=1)
        position = (torch.arange(size + before + after, device=images.device) - before) % period
        images = images.index_select(dimension, torch.minimum(position, period - position))
    return images


def square(layer: nn.Conv2d | nn.MaxPool2d) -> tuple[int, int, int]:
    """Kernel, stride and dilation of a layer without padding and alike in both directions.

    Raises:
        ValueError: it has padding, or is not alike in both directions.
    """
    found: list[Any] = []
    for name in ("kernel_size", "stride", "dilation", "padding"):
        value = getattr(layer, name)
        sides = {value} if isinstance(value, int | str) else set(value)
        if len(sides) > 1:
            raise ValueError(f"{layer}: {name} differs between rows and columns, which a sliding net must not have")
        found.append(sides.pop())
    kernel, stride, dilation, padding = found
    if padding not in (0, "valid"):
        raise ValueError(f"{layer} pads its input; around a patch inside a picture there are no zeros: take padding=0")
    return kernel, stride, dilation


def unknown(layer: nn.Module) -> str:
    known = ", ".join(kind.__name__ for kind in (nn.Conv2d, nn.MaxPool2d, nn.Flatten, nn.Linear, *POINTWISE))
    return f"no dense form of {type(layer).__name__} is known; a network for patches is made of {known}"

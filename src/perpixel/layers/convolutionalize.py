"""The fully connected head as a convolution: a classifier of one picture then scores every position of a larger one.

Long, Shelhamer & Darrell, 2015, https://arxiv.org/abs/1411.4038, section 3.1 and figure 2.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn


def convolutionalize(linear: nn.Linear, kernel: int | tuple[int, int]) -> nn.Conv2d:
    """The convolution that gives at every position what `linear` gives for the map that is under the kernel there.

    It has copies of the weights, on their device and of their type.

    >>> head = nn.Linear(512 * 7 * 7, 4096, device="meta")
    >>> convolutionalize(head, 7)
    Conv2d(512, 4096, kernel_size=(7, 7), stride=(1, 1))

    Args:
        linear: reads maps (C, height, width) that `nn.Flatten` made into one row.
        kernel: (height, width) of these maps, or the side of square ones; 1 for a linear layer after another one.

    Returns:
        Maps (N, C, H, W) to (N, linear.out_features, H - height + 1, W - width + 1).

    Raises:
        ValueError: the inputs of `linear` are no map of that size; the message names the square ones that fit.
        TypeError: `linear` is another kind of layer.
    """
    if not isinstance(linear, nn.Linear):
        raise TypeError(f"only nn.Linear becomes a convolution, not {type(linear).__name__}")
    filters = as_filters(linear, kernel)
    _, channels, height, width = filters.shape
    convolution = nn.Conv2d(
        channels,
        linear.out_features,
        (height, width),
        bias=linear.bias is not None,
        device=filters.device,
        dtype=filters.dtype,
    )
    with torch.no_grad():
        convolution.weight.copy_(filters)
        if convolution.bias is not None:
            convolution.bias.copy_(linear.bias)
    return convolution.train(linear.training)


def as_filters(linear: nn.Linear, kernel: int | tuple[int, int]) -> Tensor:
    """The weights of `linear` seen as filters (out_features, C, height, width); no copy is made.

    Raises:
        ValueError: as `convolutionalize`.
    """
    height, width = (kernel, kernel) if isinstance(kernel, int) else kernel
    if height < 1 or width < 1:
        raise ValueError(f"kernel is {height} x {width}; its sides must be at least 1")
    inputs = linear.in_features
    if inputs % (height * width):
        sides = [side for side in range(1, int(inputs**0.5) + 1) if inputs % side**2 == 0]
        fitting = ", ".join(f"{side} ({inputs // side**2} channels)" for side in sides)
        raise ValueError(
            f"{inputs} inputs are no map of {height} x {width}, for they are no multiple of {height * width}; "
            f"square kernels that fit: {fitting}"
        )
    return linear.weight.view(linear.out_features, inputs // (height * width), height, width)


def fully_convolutional(classifier: nn.Sequential, *, kernel: int | tuple[int, int] | None = None) -> nn.Sequential:
    """A classifier as a net that takes any picture not below its own size: maps in the place of rows.

    What it gives at a position is what the classifier gives for the crop there; positions are as far apart as the
    product of its strides. Layers before the first `nn.Flatten` are shared with `classifier`, linear ones are copies.

    >>> net = nn.Sequential(nn.Conv2d(3, 8, 5, stride=2), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 4 * 4, 10))
    >>> fully_convolutional(net)(torch.zeros(1, 3, 64, 33)).shape
    torch.Size([1, 10, 27, 12])

    Args:
        classifier: convolutions, an `nn.Flatten`, linear layers; they may be nested in `nn.Sequential`. Padding
            inside it is added once around the large picture, not around each crop: then only crops far from
            the border come out equal.
        kernel: (height, width) of the map that is flattened, or its side; by default square, of as many channels as
            the last convolution has.

    Raises:
        ValueError: the first linear layer reads no such map.
        TypeError: an adaptive pooling to a fixed number of cells, which has no counterpart at other sizes.
    """
    layers: list[nn.Module] = []
    channels, flat = 0, False
    for layer in unnested(classifier):
        if isinstance(layer, nn.AdaptiveAvgPool2d | nn.AdaptiveMaxPool2d):
            raise TypeError(
                f"{type(layer).__name__} scales with the picture: take it out; at its own size it does nothing"
            )
        if isinstance(layer, nn.Conv2d):
            channels = layer.out_channels
        if isinstance(layer, nn.Flatten):
            flat = True
        elif isinstance(layer, nn.Linear):
            layers.append(convolutionalize(layer, (kernel or flattened_side(layer, channels)) if flat else 1))
            flat = False
        else:
            layers.append(layer)
    return nn.Sequential(*layers)


def flattened_side(linear: nn.Linear, channels: int) -> int:
    """The side of the square map of so many channels that `linear` reads.

    Raises:
        ValueError: its inputs are no such map.
    """
    side: int = round((linear.in_features / max(channels, 1)) ** 0.5)
    if channels * side * side != linear.in_features:
        raise ValueError(f"{linear.in_features} inputs are no square map of {channels} channels: say its kernel")
    return side


def unnested(network: nn.Module) -> Iterator[nn.Module]:
    """The layers of sequences within sequences, in order."""
    if isinstance(network, nn.Sequential):
        for layer in network:
            yield from unnested(layer)
    else:
        yield network

"""Batch normalization folded into the convolution before it: what is not there need not be traced.

In evaluation the two are one linear map. The exporter's optimizer folds them in the end too, but it carries every
normalization through all its passes until then, which is a quarter of the time of an export.
"""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval
from torch.nn.utils.parametrize import is_parametrized

Network = TypeVar("Network", bound=nn.Module)


@torch.no_grad()  # not `inference_mode`, whose tensors do not count how often they were written
def folded(network: Network, image: Tensor) -> Network:
    """A copy of `network` with fewer layers and the same answers, or `network` itself where there is none.

    Which convolution comes before which normalization is seen by running it; that nothing else reads the convolution's
    output is not, so a copy that answers otherwise is thrown away.

    Args:
        network: in evaluation mode, on the CPU; it is not changed.
        image: the input to run it on.
    """
    slim = copy.deepcopy(network)
    found = pairs(slim, image)
    names = {module: name for name, module in slim.named_modules()}
    for convolution, norm in found:
        fused = fuse_conv_bn_eval(convolution, norm, transpose=isinstance(convolution, nn.ConvTranspose2d))
        convolution.weight, convolution.bias = fused.weight, fused.bias
        parent, _, name = names[norm].rpartition(".")
        setattr(slim.get_submodule(parent), name, nn.Identity())
    if not found:
        return network
    same = all(map(_close, _several(slim(image)), _several(network(image))))
    return slim if same else network


def _several(answer: Tensor | tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    return answer if isinstance(answer, tuple) else (answer,)


def _close(given: Tensor, expected: Tensor) -> bool:
    return torch.allclose(given, expected, rtol=1e-3, atol=1e-4 * float(expected.abs().max()))


def pairs(network: nn.Module, image: Tensor) -> list[tuple[Any, nn.BatchNorm2d]]:
    """Convolutions and the normalizations that take their outputs as they are, where each runs once."""
    made: dict[int, tuple[nn.Module, Tensor, int]] = {}  # the tensor is kept: another would get its number
    runs: Counter[nn.Module] = Counter()
    found: list[tuple[Any, nn.BatchNorm2d]] = []

    def convolved(module: nn.Module, _: tuple[Tensor, ...], output: Tensor) -> None:
        runs[module] += 1
        made[id(output)] = (module, output, output._version)

    def normalized(module: nn.BatchNorm2d, inputs: tuple[Tensor, ...]) -> None:
        runs[module] += 1
        convolution, _, version = made.get(id(inputs[0]), (None, None, None))
        if version == inputs[0]._version:  # no activation wrote into it in between
            found.append((convolution, module))

    handles = []
    for module in network.modules():
        if foldable(module):
            handles.append(module.register_forward_hook(convolved))
        elif isinstance(module, nn.BatchNorm2d) and module.running_mean is not None and not module.training:
            handles.append(module.register_forward_pre_hook(normalized))
    network(image)
    for handle in handles:
        handle.remove()
    return [pair for pair in found if runs[pair[0]] == 1 == runs[pair[1]]]


def foldable(module: nn.Module) -> bool:
    """Whether it is a convolution whose filters can be multiplied."""
    plain = isinstance(module, nn.Conv2d) or (isinstance(module, nn.ConvTranspose2d) and module.groups == 1)
    return plain and not is_parametrized(module)

"""Flat FCN: what it never does, how far it sees, what it costs."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from perpixel.models.fcn_flat import FCNFlat


@torch.inference_mode()
def test_no_map_is_smaller_than_the_picture() -> None:
    network = FCNFlat(3, widths=(4, 5, 6)).eval()
    sizes = []
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(lambda _layer, _given, maps: sizes.append(tuple(maps.shape[1:])))
    network(torch.rand(1, 3, 23, 31) * 255)
    assert sizes == [(4, 23, 31), (5, 23, 31), (6, 23, 31), (3, 23, 31)]


def test_a_label_depends_on_as_many_pixels_around_as_there_are_layers() -> None:
    torch.manual_seed(0)
    network = FCNFlat(2, widths=(8, 8, 8, 8)).eval()
    images = torch.rand(1, 3, 21, 21, requires_grad=True)
    network(images)[0, 0, 10, 10].backward()
    assert images.grad is not None
    seen = images.grad.abs().sum(dim=(0, 1)) > 0
    assert network.reach == 4
    assert seen[6:15, 6:15].all()
    assert seen.sum() == 9 * 9


def test_parameters_of_four_layers_of_64() -> None:
    # 3 -> 64 without bias 1728, three of 64 -> 64 36864 each, four normalizations of 2 * 64, 1 x 1 to 11 with bias.
    with torch.device("meta"):
        network = FCNFlat(11)
    assert sum(values.numel() for values in network.parameters()) == 1728 + 3 * 36864 + 4 * 128 + 64 * 11 + 11


def test_no_layers_are_no_network() -> None:
    with pytest.raises(ValueError, match="at least one layer"):
        FCNFlat(3, widths=())

"""Atrous spatial pyramid pooling: public names, reach, the mean of the whole map, batches of one."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from perpixel.layers.aspp import ASPP, WholeMap
from perpixel.layers.norm import SteadyBatchNorm2d


def test_names_are_torchvisions() -> None:
    with torch.device("meta"):
        pyramid = ASPP(2048, 256, rates=(12, 24, 36), dropout=0.5)
    shapes = {name: tuple(tensor.shape) for name, tensor in pyramid.state_dict().items() if tensor.dim() == 4}
    assert shapes == {
        "convs.0.0.weight": (256, 2048, 1, 1),
        "convs.1.0.weight": (256, 2048, 3, 3),
        "convs.2.0.weight": (256, 2048, 3, 3),
        "convs.3.0.weight": (256, 2048, 3, 3),
        "convs.4.1.weight": (256, 2048, 1, 1),
        "project.0.weight": (256, 1280, 1, 1),
    }


@pytest.mark.parametrize("separable", [False, True])
def test_each_branch_sees_as_far_as_its_rate_and_the_last_one_everywhere(separable: bool) -> None:
    torch.manual_seed(0)
    pyramid = ASPP(3, 4, rates=(2, 5), dropout=0.0, separable=separable).eval()
    x = torch.rand(1, 3, 15, 15, requires_grad=True)
    reached = []
    for branch in list(pyramid.convs)[:-1]:
        linear = nn.Sequential(*(layer for layer in branch.modules() if isinstance(layer, nn.Conv2d)))
        (gradient,) = torch.autograd.grad(linear(x)[0, :, 7, 7].sum(), x)
        rows = gradient.abs().sum(dim=(0, 1, 3)).nonzero().flatten()
        reached.append(rows.tolist())
    assert reached == [[7], [5, 7, 9], [2, 7, 12]]
    linear = pyramid.convs[-1][1]
    assert torch.equal(pyramid.convs[-1][0](x), x.mean(dim=(2, 3), keepdim=True))
    assert linear.weight.shape == (4, 3, 1, 1)


def test_separable_filters_have_a_ninth_of_the_weights_and_a_little_more() -> None:
    with torch.device("meta"):
        full, separable = (ASPP(256, 256, rates=(6,), dropout=0.1, separable=choice) for choice in (False, True))
    counts = [sum(p.numel() for p in pyramid.convs[1].parameters()) for pyramid in (full, separable)]
    assert counts == [256 * 256 * 9 + 2 * 256, 256 * 9 + 2 * 256 + 256 * 256 + 2 * 256]


@torch.inference_mode()
def test_the_whole_map_is_the_same_at_every_pixel() -> None:
    torch.manual_seed(0)
    found = WholeMap(3, 5).eval()(torch.rand(2, 3, 4, 6))
    assert found.shape == (2, 5, 4, 6)
    assert torch.equal(found, found[:, :, :1, :1].expand_as(found))


def test_it_can_be_learnt_from_one_picture() -> None:
    torch.manual_seed(0)
    pyramid = ASPP(4, 3, rates=(1, 2), dropout=0.0).train()
    pyramid(torch.rand(1, 4, 5, 6)).square().sum().backward()
    assert all(p.grad is not None and torch.isfinite(p.grad).all() for p in pyramid.parameters())


def test_steady_normalization_is_torchs_wherever_torch_can_normalize() -> None:
    torch.manual_seed(0)
    ours, theirs = SteadyBatchNorm2d(3), nn.BatchNorm2d(3)
    for x in (torch.rand(2, 3, 1, 1), torch.rand(1, 3, 1, 2), torch.rand(4, 3, 5, 6)):
        torch.testing.assert_close(ours(x), theirs(x))
    assert ours.state_dict().keys() == theirs.state_dict().keys()
    assert torch.equal(ours.running_var, theirs.running_var)
    x = torch.rand(1, 3, 1, 1)
    before = {name: tensor.clone() for name, tensor in ours.state_dict().items()}
    torch.testing.assert_close(ours(x), theirs.eval()(x))
    assert all(torch.equal(tensor, before[name]) for name, tensor in ours.state_dict().items())
    with pytest.raises(ValueError, match="more than 1 value"):
        theirs.train()(x)

"""Normalizations that go into the convolution before them, and those that must not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from perpixel.export.folding import folded


class Block(nn.Module):
    """A convolution and a normalization, joined as `join` says."""

    def __init__(self, join: Callable[[Block, Tensor], Tensor], convolution: nn.Module | None = None) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.join = join
        self.convolution = convolution or nn.Conv2d(4, 4, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(4)
        for tensor in (self.norm.running_mean, self.norm.weight.data, self.norm.bias.data):
            assert tensor is not None
            tensor.normal_()
        assert self.norm.running_var is not None
        self.norm.running_var.uniform_(0.5, 2)
        self.eval()

    def forward(self, x: Tensor) -> Tensor:
        return self.join(self, x)


def one_after_the_other(block: Block, x: Tensor) -> Tensor:
    normalized: Tensor = block.norm(block.convolution(x))
    return normalized


IMAGE = torch.linspace(-1, 1, 4 * 5 * 7).sin().reshape(1, 4, 5, 7)


@pytest.mark.parametrize(
    "convolution",
    [
        nn.Conv2d(4, 4, 3, bias=False),
        nn.Conv2d(4, 4, 3, groups=4),
        nn.ConvTranspose2d(4, 4, 2, stride=2),
    ],
)
@torch.no_grad()
def test_a_normalization_goes_into_the_convolution_before_it(convolution: nn.Module) -> None:
    block = Block(one_after_the_other, convolution)
    before = {name: tensor.clone() for name, tensor in block.state_dict().items()}
    slim = folded(block, IMAGE)
    assert isinstance(slim.norm, nn.Identity)
    assert {name for name, _ in slim.named_parameters()} == {"convolution.weight", "convolution.bias"}
    torch.testing.assert_close(slim(IMAGE), block(IMAGE), rtol=1e-4, atol=1e-5)
    smaller = IMAGE[:, :, 1:, 2:]
    torch.testing.assert_close(slim(smaller), block(smaller), rtol=1e-4, atol=1e-5)
    assert all(torch.equal(tensor, before[name]) for name, tensor in block.state_dict().items())


@pytest.mark.parametrize(
    "join",
    [
        lambda block, x: block.norm(torch.relu_(block.convolution(x))),  # the same tensor, but written to
        lambda block, x: block.norm(block.convolution(block.convolution(x))),  # two convolutions in one
        lambda block, x: block.norm(block.norm(block.convolution(x))),  # two normalizations in one
        lambda block, x: block.norm(x + block.convolution(x)),
        lambda block, x: (lambda y: y + block.norm(y))(block.convolution(x)),  # the convolution's own output counts too
    ],
)
@torch.no_grad()
def test_what_is_not_one_linear_map_stays(join: Callable[[Block, Tensor], Tensor]) -> None:
    block = Block(join)
    assert folded(block, IMAGE) is block


@torch.no_grad()
def test_a_normalization_by_the_pictures_own_statistics_stays() -> None:
    block = Block(one_after_the_other)
    block.norm = nn.BatchNorm2d(4, track_running_stats=False).eval()
    assert folded(block, IMAGE) is block

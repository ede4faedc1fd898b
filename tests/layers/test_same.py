from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.testing import assert_close

from perpixel.layers.same import SameConv2d


def tensorflow_same(x: Tensor, weight: Tensor, stride: int) -> Tensor:
    """One window after another, padded as tf.nn.conv2d says: the smaller half of the zeros before."""
    kernel, sizes = weight.shape[2], x.shape[2:]
    counts = [-(-size // stride) for size in sizes]
    before = [max((count - 1) * stride + kernel - size, 0) // 2 for count, size in zip(counts, sizes, strict=True)]
    canvas = torch.zeros(x.shape[0], x.shape[1], sizes[0] + 2 * kernel, sizes[1] + 2 * kernel)
    canvas[:, :, before[0] : before[0] + sizes[0], before[1] : before[1] + sizes[1]] = x
    result = torch.zeros(x.shape[0], weight.shape[0], *counts)
    for row in range(counts[0]):
        for column in range(counts[1]):
            window = canvas[..., row * stride : row * stride + kernel, column * stride : column * stride + kernel]
            result[..., row, column] = torch.einsum("ncij,ocij->no", window, weight)
    return result


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("stride", [1, 2])
def test_padding_is_tensorflows_on_even_sizes(kernel: int, stride: int) -> None:
    convolution = SameConv2d(3, 4, kernel, stride=stride)
    x = torch.randn(2, 3, 8, 10)
    assert_close(convolution(x), tensorflow_same(x, convolution.weight, stride))


@pytest.mark.parametrize("kernel", [3, 5])
def test_an_odd_size_answers_as_if_one_more_row_of_zeros_stood_there(kernel: int) -> None:
    convolution = SameConv2d(3, 4, kernel, stride=2)
    x = torch.randn(2, 3, 7, 9)
    longer = torch.nn.functional.pad(x, (0, 1, 0, 1))
    assert_close(convolution(x), convolution(longer))
    assert convolution(x).shape == (2, 4, 4, 5)


@pytest.mark.parametrize(("kernel", "stride"), [(3, 2), (5, 1), (5, 2)])
@pytest.mark.parametrize("size", [(8, 10), (7, 9)])
def test_depthwise_filters_learn_as_they_do_without_the_quick_backward_pass(
    kernel: int, stride: int, size: tuple[int, int]
) -> None:
    convolution = SameConv2d(6, 6, kernel, stride=stride, groups=6).double()
    x = torch.randn(2, 6, *size, dtype=torch.double, requires_grad=True)
    quick = convolution.train()(x)
    plain = convolution.eval()(x)
    assert_close(quick, plain)
    gradient = torch.randn_like(plain)
    inputs = (x, convolution.weight)
    assert_close(torch.autograd.grad(quick, inputs, gradient), torch.autograd.grad(plain, inputs, gradient))


def test_depthwise_filters_compute_in_bfloat16_under_autocast() -> None:
    convolution = SameConv2d(6, 6, 5, stride=2, groups=6).train()
    x = torch.randn(1, 6, 8, 8, requires_grad=True)
    with torch.autocast("cpu", torch.bfloat16):
        found = convolution(x)
    assert found.dtype == torch.bfloat16
    found.float().sum().backward()
    assert convolution.weight.grad is not None
    assert convolution.weight.grad.dtype == torch.float32

"""The five ways of upsampling, by the numbers of lecture slides and by hand."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from perpixel.upsample import (
    BedOfNails,
    Bilinear,
    MaxPoolWithPositions,
    MaxUnpool,
    Nearest,
    TransposedConvolution,
    bed_of_nails,
    bilinear,
    bilinear_kernel,
    max_pool_with_positions,
    max_unpool,
    nearest,
    transposed_convolution,
)

SMALL = torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
POOLED = torch.tensor([[[[1.0, 2.0, 6.0, 3.0], [3.0, 5.0, 2.0, 1.0], [1.0, 2.0, 2.0, 1.0], [7.0, 3.0, 4.0, 8.0]]]])


def rows(x: Tensor) -> list[list[float]]:
    return x[0, 0].tolist()  # type: ignore[no-any-return]


def filter_of(*values: float) -> Tensor:
    side = int(len(values) ** 0.5)
    return torch.tensor(values).view(1, 1, side, side)


def test_nearest_fills_squares() -> None:
    assert rows(nearest(SMALL)) == [[1, 1, 2, 2], [1, 1, 2, 2], [3, 3, 4, 4], [3, 3, 4, 4]]


def test_bed_of_nails_puts_values_at_the_upper_left() -> None:
    assert rows(bed_of_nails(SMALL)) == [[1, 0, 2, 0], [0, 0, 0, 0], [3, 0, 4, 0], [0, 0, 0, 0]]
    assert rows(bed_of_nails(SMALL, factor=3))[3] == [3, 0, 0, 4, 0, 0]


def test_bilinear_by_hand() -> None:
    row = torch.tensor([[[[0.0, 4.0]]]])
    assert rows(bilinear(row)) == [[0, 1, 3, 4], [0, 1, 3, 4]]


def test_max_pooling_and_unpooling_to_the_remembered_positions() -> None:
    maxima, positions = max_pool_with_positions(POOLED)
    assert rows(maxima) == [[5, 6], [7, 8]]
    assert positions[0, 0].tolist() == [[5, 2], [12, 15]]
    assert rows(max_unpool(SMALL, positions)) == [[0, 0, 2, 0], [0, 1, 0, 0], [0, 0, 0, 0], [3, 0, 0, 4]]


def test_of_equal_maxima_the_first_in_reading_order_counts() -> None:
    _, positions = max_pool_with_positions(torch.zeros(1, 1, 4, 4))
    assert positions[0, 0].tolist() == [[0, 2], [8, 10]]


@pytest.mark.parametrize("size", [(5, 7), (1, 1), (6, 5), (4, 4), (1, 8)])
def test_a_graph_pools_as_torch_does_at_odd_sizes_too(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> None:
    x = torch.randint(0, 4, (2, 3, *size), generator=torch.Generator().manual_seed(0)).float()  # with many ties
    expected = max_pool_with_positions(x)
    monkeypatch.setattr(torch.compiler, "is_exporting", lambda: True)
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(max_pool_with_positions(x), expected, strict=True))


@pytest.mark.parametrize("size", [(5, 7), (4, 6), (1, 1)])
def test_unpooling_is_torch_s_own(size: tuple[int, int]) -> None:
    x = torch.randn(2, 3, *size, generator=torch.Generator().manual_seed(0))
    maxima, positions = max_pool_with_positions(x)
    unpooled = max_unpool(maxima, positions, size=size)
    assert torch.equal(unpooled, F.max_unpool2d(maxima, positions, 2, output_size=size))
    assert torch.equal(unpooled, torch.where(unpooled != 0, x, 0.0))


def test_one_dimensional_transposed_convolution_of_the_slides() -> None:
    filters = torch.tensor([1.0, 2.0, 3.0]).view(1, 1, 1, 3).expand(1, 1, 3, 3) * torch.tensor([1.0, 0, 0])[:, None]
    row = torch.tensor([[[[1.0, 2.0]]]])
    assert rows(transposed_convolution(row, filters))[0] == [1, 2, 5, 4, 6]
    longer = torch.tensor([[[[1.0, 2.0, 3.0, 4.0]]]])
    assert rows(transposed_convolution(longer, filters, stride=1))[0] == [1, 4, 10, 16, 17, 12]


def test_as_matrices_one_is_the_other_s_transpose() -> None:
    x, y, z = 2.0, 3.0, 5.0
    strided = torch.tensor([[y, z, 0, 0], [0, x, y, z]])
    a, b, c, d = 7.0, 11.0, 13.0, 17.0
    signal = torch.tensor([a, b, c, d])
    weight = torch.tensor([x, y, z]).view(1, 1, 3)
    assert torch.equal(strided @ signal, F.conv1d(signal.view(1, 1, 4), weight, stride=2, padding=1)[0, 0])
    assert (strided.T @ torch.tensor([a, b])).tolist() == [a * y, a * z + b * x, b * y, b * z]
    flat = torch.zeros(1, 1, 3, 3)
    flat[0, 0, 1] = torch.tensor([x, y, z])
    ours = transposed_convolution(torch.tensor([[[[a, b]]]]), flat, padding=1, size=(1, 4))
    assert rows(ours)[0] == [a * y, a * z + b * x, b * y, b * z]


def test_a_filter_of_ones_paints_a_checkerboard() -> None:
    ones = filter_of(*[1.0] * 9)
    assert rows(transposed_convolution(SMALL, ones)) == [
        [1, 1, 3, 2, 2],
        [1, 1, 3, 2, 2],
        [4, 4, 10, 6, 6],
        [3, 3, 7, 4, 4],
        [3, 3, 7, 4, 4],
    ]
    assert rows(transposed_convolution(SMALL, ones, padding=1, size=(4, 4))) == [
        [1, 3, 2, 2],
        [4, 10, 6, 6],
        [3, 7, 4, 4],
        [3, 7, 4, 4],
    ]


def test_a_filter_of_one_to_nine() -> None:
    counting = filter_of(*map(float, range(1, 10)))
    assert rows(transposed_convolution(SMALL, counting)) == [
        [1, 2, 5, 4, 6],
        [4, 5, 14, 10, 12],
        [10, 14, 36, 24, 30],
        [12, 15, 34, 20, 24],
        [21, 24, 55, 32, 36],
    ]
    assert rows(transposed_convolution(SMALL, counting, padding=1, size=(4, 4))) == [
        [5, 14, 10, 12],
        [14, 36, 24, 30],
        [15, 34, 20, 24],
        [24, 55, 32, 36],
    ]


def test_a_filter_as_large_as_the_stride_has_no_overlap() -> None:
    spread = transposed_convolution(SMALL, filter_of(1.0, 2.0, 3.0, 4.0))
    assert rows(spread) == [[1, 2, 2, 4], [3, 4, 6, 8], [3, 6, 4, 8], [9, 12, 12, 16]]


def test_the_bilinear_filter_has_the_published_values() -> None:
    def profile(size: int) -> Tensor:
        return bilinear_kernel(size).diagonal().sqrt()

    assert profile(4).tolist() == [0.25, 0.75, 0.75, 0.25]
    assert profile(3).tolist() == [0.5, 1.0, 0.5]
    torch.testing.assert_close(profile(16)[[0, 1, -1]], torch.tensor([0.0625, 0.1875, 0.0625]))
    spread = transposed_convolution(SMALL, bilinear_kernel(4)[None, None], padding=1)
    assert rows(spread) == [
        [0.5625, 0.9375, 1.3125, 1.125],
        [1.125, 1.75, 2.25, 1.875],
        [1.875, 2.75, 3.25, 2.625],
        [1.6875, 2.4375, 2.8125, 2.25],
    ]


@pytest.mark.parametrize(
    ("kernel", "stride", "padding", "side"), [(3, 2, 1, 9), (4, 2, 1, 8), (2, 2, 0, 6), (5, 3, 2, 11)]
)
def test_transposed_convolution_is_the_adjoint_of_convolution(
    kernel: int, stride: int, padding: int, side: int
) -> None:
    generator = torch.Generator().manual_seed(0)
    weight = torch.randn(5, 3, kernel, kernel, dtype=torch.float64, generator=generator)
    x = torch.randn(2, 3, side, side, dtype=torch.float64, generator=generator)
    forward = F.conv2d(x, weight, stride=stride, padding=padding)
    y = torch.randn(forward.shape, dtype=torch.float64, generator=generator)
    back = transposed_convolution(y, weight, stride=stride, padding=padding, size=(side, side))
    assert abs(float((forward * y).sum() - (x * back).sum())) < 1e-6


def test_it_is_a_bed_of_nails_and_a_plain_convolution() -> None:
    x, weight = torch.randn(1, 1, 3, 4), torch.randn(1, 1, 3, 3)
    nails = bed_of_nails(x, size=(5, 7))
    torch.testing.assert_close(transposed_convolution(x, weight), F.conv2d(nails, weight.flip(2, 3), padding=2))


@pytest.mark.parametrize(("kernel", "flat"), [(2, True), (3, False), (4, True), (5, False), (6, True)])
def test_a_checkerboard_comes_where_the_kernel_is_no_multiple_of_the_stride(kernel: int, flat: bool) -> None:
    layer = TransposedConvolution(1, 1, kernel=kernel, bias=False)
    torch.nn.init.ones_(layer.weight)
    inside = layer(torch.ones(1, 1, 8, 8)).detach()[..., 4:-4, 4:-4]
    assert (float(inside.std()) == 0) is flat


@pytest.mark.parametrize("size", [(7, 9), (8, 10)])
def test_layers_take_the_size_to_come_back_to(size: tuple[int, int]) -> None:
    x = torch.randn(1, 2, 4, 5)
    for layer in (Nearest(), BedOfNails(), Bilinear(), TransposedConvolution(2, 3)):
        assert layer(x, size).shape[2:] == size
        assert torch.equal(layer(x, size), layer(x)[..., : size[0], : size[1]])
    maxima, positions = MaxPoolWithPositions()(torch.randn(1, 2, *size))
    assert MaxUnpool()(maxima, positions, size).shape[2:] == size


@pytest.mark.parametrize("size", [(6, 10), (9, 10), (8, 8), (8, 11)])
def test_a_size_that_no_pooling_came_from_is_refused(size: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match=r"gives (7 to 8|9 to 10)"):
        nearest(torch.zeros(1, 1, 4, 5), size=size)


def test_transposed_convolution_refuses_what_leaves_holes_or_does_not_fit() -> None:
    with pytest.raises(ValueError, match="kernel 1 is below the factor 2"):
        TransposedConvolution(1, 1, kernel=1)
    with pytest.raises(ValueError, match="keeps 2 channels"):
        TransposedConvolution(2, 3, start="bilinear")
    with pytest.raises(ValueError, match=r"gives \(5, 5\) to \(6, 6\)"):
        transposed_convolution(SMALL, torch.ones(1, 1, 3, 3), size=(7, 5))


def test_a_bilinear_start_interpolates() -> None:
    x = torch.randn(1, 3, 6, 6)
    layer = TransposedConvolution(3, 3, start="bilinear")
    torch.testing.assert_close(layer(x)[..., 2:-2, 2:-2], bilinear(x)[..., 2:-2, 2:-2])

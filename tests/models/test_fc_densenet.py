"""FC-DenseNet: the numbers of the paper's tables 2 and 3."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from perpixel.models.fc_densenet import FCDenseNet, fc_densenet56, fc_densenet67
from perpixel.spec import Geometry
from perpixel.upsample import TransposedConvolution


def parameters(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


def statistics(network: nn.Module) -> int:
    return sum(2 * layer.num_features for layer in network.modules() if isinstance(layer, nn.BatchNorm2d))


@pytest.mark.parametrize(
    ("make", "convolutions", "learnt", "with_statistics"),
    [
        (FCDenseNet, 103, 9_322_091, 9_425_163),  # table 3: 9.4 million
        (fc_densenet67, 67, 3_463_243, 3_502_923),  # 3.5 million
        (fc_densenet56, 56, 1_376_795, 1_397_963),  # 1.5 million there: by neither way of counting
    ],
)
def test_it_has_as_many_convolutions_as_its_name_says(
    make: Callable[[int], FCDenseNet], convolutions: int, learnt: int, with_statistics: int
) -> None:
    with torch.device("meta"):
        network = make(11)
    assert sum(isinstance(layer, nn.Conv2d | TransposedConvolution) for layer in network.modules()) == convolutions
    assert parameters(network) == learnt
    assert parameters(network) + statistics(network) == with_statistics


def test_the_blocks_end_with_the_channels_of_table_2() -> None:
    with torch.device("meta"):
        network = FCDenseNet(11).eval()
        seen: list[int] = []

        def note(_layer: nn.Module, inputs: tuple[Tensor], written: Tensor) -> None:
            seen.append(inputs[0].shape[1] + written.shape[1])

        for block in (*network.down, network.bottom, *network.up):
            block.register_forward_hook(note)
        network(torch.empty(1, 3, 64, 64))
    # Table 2 has 578 in one place, where its own rule gives 576: 160 from below, 304 beside, 7 layers of 16.
    assert seen == [112, 192, 304, 464, 656, 896, 1088, 816, 576, 384, 256]


@torch.inference_mode()
def test_only_what_the_last_block_wrote_climbs() -> None:
    network = FCDenseNet(2, first=3, growth=2, depths=(2, 1, 4)).eval()
    assert network.geometry == Geometry(multiple=4, minimum=4)
    widths = [(enlarge.weight.shape[0], enlarge.weight.shape[1]) for enlarge in network.enlarge]
    assert widths == [(8, 8), (2, 2)]  # 4 layers and 1 layer, of 2 channels each
    assert network.classify.in_channels == (3 + 2 * 2) + 2 + 2 * 2  # beside, from below, written


@torch.inference_mode()
def test_the_transposed_convolution_starts_at_the_first_pixel_and_drops_the_last_row_and_column() -> None:
    enlarge = FCDenseNet(2, first=1, growth=1, depths=(1, 1)).enlarge[0]
    enlarge.weight[:] = torch.arange(1.0, 10.0).view(1, 1, 3, 3)
    # Of 5 x 5 pixels (2 x 2 at stride 2), the first four rows and columns.
    expected = [[1, 2, 5, 4], [4, 5, 14, 10], [10, 14, 36, 24], [12, 15, 34, 20]]
    assert enlarge(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))[0, 0].tolist() == expected


@torch.inference_mode()
def test_strided_convolutions_take_the_place_of_pooling_and_keep_every_size() -> None:
    with torch.device("meta"):
        pooled, strided = FCDenseNet(11), FCDenseNet(11, downsample="stride")
    more = sum(4 * channels * channels + channels for channels in (112, 192, 304, 464, 656))
    assert parameters(strided) == parameters(pooled) + more
    assert not any(isinstance(layer, nn.MaxPool2d) for layer in strided.modules())
    network = FCDenseNet(2, first=4, growth=2, depths=(1, 1, 1), downsample="stride").eval()
    assert network(torch.rand(1, 3, 37, 53)).shape == (1, 2, 37, 53)


@pytest.mark.parametrize("arguments", [{"depths": (4,)}, {"depths": (4, 0)}, {"downsample": "average"}])
def test_arguments_that_make_no_network_are_refused(arguments: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"at least two blocks|'pool' or 'stride'"):
        FCDenseNet(2, **arguments)  # type: ignore[arg-type]

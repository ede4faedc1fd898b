"""DDRNet: the numbers of the paper's tables, and the exchange between its two paths."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor, nn

from perpixel.complexity import complexity
from perpixel.models.ddrnet import DDRNet, Fusion, Pyramid, ddrnet23


@pytest.mark.parametrize(
    ("make", "parameters", "millions", "multiplications"),
    [
        (DDRNet, 5_695_923, 5.7, 36.3e9),
        (ddrnet23, 20_148_819, 20.1, 143.1e9),
    ],
)
def test_parameters_and_operations_are_the_published_ones(
    make: Callable[[int], DDRNet], parameters: int, millions: float, multiplications: float
) -> None:
    # On Cityscapes: 1024 x 2048 pixels, 19 classes, without the auxiliary head.
    with torch.device("meta"):
        network = make(19)
    auxiliary = sum(values.numel() for values in network.auxiliary.parameters())
    cost = complexity(network, (1024, 2048))
    assert cost.parameters - auxiliary == parameters
    assert round(parameters / 1e6, 1) == millions
    assert cost.flops / 2 == pytest.approx(multiplications, rel=2e-3)


def test_the_maps_have_the_sizes_and_channels_of_table_1() -> None:
    with torch.device("meta"):
        network = DDRNet(2).eval()
        seen: list[tuple[int, ...]] = []
        parts = [*network.detailed, *network.whole, network.detailed_end, network.whole_end, network.pyramid]
        for part in parts:
            part.register_forward_hook(lambda _part, _maps, answer: seen.append((answer.shape[1], *answer.shape[2:])))
        network(torch.empty(1, 3, 224, 224))
    assert sorted(seen) == sorted(
        [(64, 28, 28), (64, 28, 28), (128, 28, 28), (128, 14, 14), (256, 7, 7), (512, 4, 4), (128, 4, 4)]
    )


@torch.inference_mode()
def test_each_path_hears_from_the_other() -> None:
    torch.manual_seed(0)
    fuse = Fusion(4, 16).eval()
    detailed, whole = torch.rand(1, 4, 12, 20), torch.rand(1, 16, 3, 5)
    fine, coarse = fuse(detailed, whole)
    assert fine.shape == detailed.shape
    assert coarse.shape == whole.shape
    other_fine, other_coarse = fuse(detailed, whole + 1)
    assert not torch.equal(fine, other_fine)
    torch.testing.assert_close(other_coarse, coarse + 1)
    assert not torch.equal(fuse(detailed + 1, whole)[1], coarse)


@torch.inference_mode()
def test_normalizing_before_the_averages_changes_no_number_where_no_window_meets_the_border() -> None:
    torch.manual_seed(0)
    pyramid = Pyramid(3, 2, 4)
    pyramid(torch.rand(2, 3, 40, 40))  # statistics that are not those of the start
    pyramid.eval()
    x = torch.rand(1, 3, 40, 40)
    norm, size = pyramid.norm[1], (slice(None), slice(None), slice(1, -1), slice(1, -1))
    before = nn.functional.avg_pool2d(norm(x), 5, 2, 2, count_include_pad=False)
    after = norm(nn.functional.avg_pool2d(x, 5, 2, 2))
    torch.testing.assert_close(before[size], after[size])
    assert not torch.allclose(before, after)


def test_one_picture_is_a_batch_to_learn_from() -> None:
    network = DDRNet(2, width=4, pooled=4, head=4).train()
    outputs = network.outputs(torch.rand(1, 3, 90, 70) * 255)
    logits, auxiliary = outputs["logits"], outputs["auxiliary"]
    assert logits.shape == auxiliary.shape == (1, 2, 12, 9)
    sum_of(logits, auxiliary).backward()  # type: ignore[no-untyped-call]


def test_predicting_computes_no_auxiliary_logits() -> None:
    network = DDRNet(2, width=4, pooled=4, head=4).eval()
    assert network.outputs(torch.rand(1, 3, 8, 8)).keys() == {"logits"}


def sum_of(*maps: Tensor) -> Tensor:
    return torch.stack([values.sum() for values in maps]).sum()

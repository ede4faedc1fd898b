"""FCN: the paper's kernels, crop offsets and parameters, worked out from coordinates; its two ways of training."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from perpixel.backbones.vgg import vgg16
from perpixel.errors import ModelError
from perpixel.layers.convolutionalize import convolutionalize
from perpixel.models.fcn import CROPS, FCN, LAST_CROPS, PADDING, Deconvolution, fcn8s, fcn16s, fcn32s

NARROW: dict[str, Any] = {"widths": (2, 2, 4, 4, 4), "hidden": 8}
NETWORKS: list[tuple[Callable[..., FCN], int]] = [(fcn32s, 32), (fcn16s, 16), (fcn8s, 8)]
SIZES = [(1, 1), (31, 33), (37, 53), (64, 90)]

# Where the first value of a map lies in the picture, and how far the next is, in pixels. The first convolution's
# window of 3 begins PADDING pixels before the picture; each pooling's value lies amid two.
Grid = tuple[float, int]


def pooled(grid: Grid) -> Grid:
    return grid[0] + grid[1] / 2, 2 * grid[1]


def enlarged(grid: Grid, factor: int) -> Grid:
    """By a filter 2 `factor` wide whose middle, between its taps factor - 1 and factor, lies on each value."""
    step = grid[1] // factor
    return grid[0] - (factor - 0.5) * step, step


def grids() -> tuple[list[Grid], Grid]:
    """Of the five poolings, and of the scores behind the 7 x 7 filter, which lie amid 7 values."""
    pools = [pooled((1.0 - PADDING, 1))]
    for _ in range(4):
        pools.append(pooled(pools[-1]))
    start, step = pools[-1]
    return pools, (start + 3 * step, step)


def made(make: Callable[..., FCN], classes: int = 3, **options: Any) -> FCN:
    torch.manual_seed(0)
    return make(classes, **{**NARROW, **options}).eval()


@pytest.mark.parametrize(
    ("make", "frozen", "learned"),
    [(fcn32s, 134_346_581, 136_152_917), (fcn16s, 134_357_354, 134_815_994), (fcn8s, 134_362_751, 134_489_759)],
)
def test_parameters_for_21_classes_are_the_published_134_million(
    make: Callable[..., FCN], frozen: int, learned: int
) -> None:
    # VGG's convolutions 14714688, fc6 512 * 49 * 4096 + 4096, fc7 4096 * 4096 + 4096: together 134260544.
    # Scores of fc7, pool4, pool3: (4096 + 1) * 21, (512 + 1) * 21, (256 + 1) * 21. Filters: 21 * 21 * side * side.
    # The authors' file of FCN-8s holds the filters although they are frozen: 134.5 million.
    for upsampling, parameters in (("frozen", frozen), ("learned", learned)):
        with torch.device("meta"):
            network = make(21, upsampling=upsampling)
        assert sum(values.numel() for values in network.parameters()) == parameters
    assert learned - frozen == {fcn32s: 64**2, fcn16s: 4**2 + 32**2, fcn8s: 2 * 4**2 + 16**2}[make] * 21 * 21


def test_parameters_for_11_classes() -> None:
    with torch.device("meta"):
        counts = [sum(p.numel() for p in fcn8s(11, upsampling=way).parameters()) for way in ("frozen", "learned")]
    assert counts == [134_314_081, 134_348_929]


@pytest.mark.parametrize("upsampling", ["frozen", "learned"])
@torch.inference_mode()
def test_doubling_is_the_worked_example(upsampling: Any) -> None:
    answer = Deconvolution(1, 2, upsampling)(torch.tensor([[[[1.0, 2.0], [3.0, 4.0]]]]))
    assert answer.shape == (1, 1, 6, 6)
    assert answer[0, 0, 1:5, 1:5].tolist() == [
        [0.5625, 0.9375, 1.3125, 1.125],
        [1.125, 1.75, 2.25, 1.875],
        [1.875, 2.75, 3.25, 2.625],
        [1.6875, 2.4375, 2.8125, 2.25],
    ]


@torch.inference_mode()
def test_frozen_and_untrained_learned_filters_are_the_same_and_keep_classes_apart() -> None:
    x = torch.rand(2, 3, 4, 5)
    for factor in (2, 8, 16, 32):
        frozen, learned = Deconvolution(3, factor, "frozen"), Deconvolution(3, factor, "learned")
        torch.testing.assert_close(frozen(x), learned(x))
        assert torch.equal(frozen.kernel, learned.weight[1, 1])
        assert learned.weight[0, 1].abs().sum() == 0
        assert list(frozen.parameters()) == []
    one = torch.tensor([0.25, 0.75, 0.75, 0.25])
    assert torch.equal(Deconvolution(1, 2, "frozen").kernel, one[:, None] * one)
    wide = Deconvolution(1, 8, "frozen").kernel
    assert (wide[0] / wide[0, 0]).tolist()[:8] == [1, 3, 5, 7, 9, 11, 13, 15]
    assert float(wide[0, 0]) == 0.0625**2


def test_crop_offsets_are_how_far_the_maps_lie_apart() -> None:
    pools, scores = grids()
    assert scores == (12.5, 32)
    assert enlarged(scores, 32) == (-LAST_CROPS[32], 1)
    assert LAST_CROPS[32] == 19
    scores = enlarged(scores, 2)
    assert (scores[0] - pools[3][0]) / 16 == CROPS[4] == 5
    assert enlarged(scores, 16) == (-LAST_CROPS[16], 1)
    assert LAST_CROPS[16] == 27
    scores = enlarged(scores, 2)
    assert (scores[0] - pools[2][0]) / 8 == CROPS[3] == 9
    assert enlarged(scores, 8) == (-LAST_CROPS[8], 1)
    assert LAST_CROPS[8] == 31


@pytest.mark.parametrize(("make", "step"), NETWORKS)
@pytest.mark.parametrize("size", [(64, 90), (97, 70)])
@torch.inference_mode()
def test_scores_that_say_where_they_are_come_out_at_that_pixel(
    make: Callable[..., FCN], step: int, size: tuple[int, int]
) -> None:
    """Each map holds its values' places in the picture, row and column; scores of the poolings add once more the same.

    Bilinear interpolation keeps a ramp, but for the rim, where a score has no neighbor to interpolate with.
    """
    network = made(make, 2)
    for layer in network.score_pool.values():
        layer.weight.zero_()
        layer.weight[0, 0] = layer.weight[1, 1] = 1  # type: ignore[index]
    pools, scores_grid = grids()

    def ramp(grid: Grid, maps: Tensor) -> Tensor:
        row, column = (grid[0] + grid[1] * torch.arange(side) for side in maps.shape[2:])
        places = torch.stack(torch.meshgrid(row, column, indexing="ij"))[None].float()
        return torch.cat([places, torch.zeros(1, maps.shape[1] - 2, *maps.shape[2:])], dim=1)

    found: list[Tensor] = []
    network.score.register_forward_hook(lambda _layer, _given, answer: found.append(answer))
    maps: list[Tensor] = []
    fuse = network.fuse
    network.fuse = lambda scores, pools, **size: maps.extend(pools) or fuse(scores, pools, **size)  # type: ignore
    network(torch.rand(1, 3, *size))
    logits = fuse(ramp(scores_grid, found[0]), [ramp(g, m) for g, m in zip(pools, maps, strict=True)], size=size)
    expected = ramp((0.0, 1), torch.empty(1, 2, *size)) * {32: 1, 16: 2, 8: 3}[step]
    inside = (..., *(within(side, scores) for side, scores in zip(size, found[0].shape[2:], strict=True)))
    assert expected[inside].numel() > 0
    torch.testing.assert_close(logits[inside], expected[inside], rtol=0, atol=1e-3)


def within(side: int, scores: int) -> slice:
    """The pixels far enough from the first and last score that no enlargement lacks a neighbor."""
    first, step = grids()[1]
    return slice(int(first + step / 2), min(side, int(first + (scores - 1) * step - step / 2)))


@pytest.mark.parametrize(("make", "step"), NETWORKS)
@pytest.mark.parametrize("size", SIZES)
@torch.inference_mode()
def test_a_picture_of_any_size_is_answered_at_its_size_without_repeating_its_border(
    make: Callable[..., FCN], step: int, size: tuple[int, int]
) -> None:
    network = made(make, zero_scores=False)
    assert network.step == step
    assert network.outputs(torch.rand(1, 3, *size) * 255)["logits"].shape == (1, 3, *size)


@torch.inference_mode()
def test_the_picture_stands_amid_100_zeros_as_the_first_convolution_padded_by_100_has_it() -> None:
    network = made(fcn32s)
    seen: list[Tensor] = []
    first = network.backbone.features[0]
    first.register_forward_hook(lambda _layer, _given, answer: seen.append(answer.clone()))
    images = torch.rand(1, 3, 20, 30)
    network.compute(images)
    expected = torch.nn.functional.conv2d(images, first.weight, first.bias, padding=100)  # type: ignore[arg-type]
    torch.testing.assert_close(seen[0], expected)


@torch.inference_mode()
def test_all_scores_start_at_zero() -> None:
    assert not made(fcn8s)(torch.rand(1, 3, 40, 40) * 255).any()
    assert made(fcn8s, zero_scores=False)(torch.rand(1, 3, 40, 40) * 255).any()


@pytest.mark.parametrize("upsampling", ["frozen", "learned"])
@torch.inference_mode()
def test_in_stages_a_finer_network_starts_where_the_coarser_was(upsampling: str) -> None:
    coarse = made(fcn32s, zero_scores=False, upsampling=upsampling)
    middle, fine = made(fcn16s, upsampling=upsampling), made(fcn8s, upsampling=upsampling)
    first_new = {name: tensor.clone() for name, tensor in middle.state_dict().items() if "score_pool" in name}
    middle.start_from(coarse)
    ours, theirs = middle.state_dict(), coarse.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs if not name.startswith("enlarge."))
    assert all(torch.equal(ours[name], tensor) for name, tensor in first_new.items())
    # The new scores are zero, so only the interpolation differs: doubled, then 16 times, not 32 times at once.
    images = torch.rand(1, 3, 96, 96) * 255
    inside = (..., slice(28, 92), slice(28, 92))
    before, after = coarse(images)[inside], middle(images)[inside]
    assert float((after - before).abs().mean()) < 0.05 * float(before.abs().mean())
    middle.score_pool["4"].weight.normal_()  # type: ignore[operator]
    if upsampling == "learned":
        middle.enlarge_to_pool["4"].weight.mul_(1.1)  # type: ignore[operator]
    fine.start_from(middle)
    ours, theirs = fine.state_dict(), middle.state_dict()
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs if not name.startswith("enlarge."))
    jump = made(fcn8s, upsampling=upsampling)
    jump.start_from(coarse)
    assert torch.equal(jump.score.weight, coarse.score.weight)


def test_a_network_that_is_not_coarser_or_has_another_shape_is_no_start() -> None:
    with pytest.raises(ModelError, match="FCN-16s starts from a coarser network, not from FCN-8s"):
        made(fcn16s).start_from(made(fcn8s))
    with pytest.raises(ModelError, match=r"FCN-32s: these weights do not fit FCN: other shapes: score.weight"):
        made(fcn16s).start_from(made(fcn32s, 4))


@torch.inference_mode()
def test_at_once_the_poolings_are_scaled() -> None:
    plain, scaled = made(fcn8s, zero_scores=False), made(fcn8s, zero_scores=False, at_once=True)
    scaled.load_state_dict(plain.state_dict())
    for layer, scale in ((scaled.score_pool["4"], 0.01), (scaled.score_pool["3"], 0.0001)):
        layer.weight.div_(scale)  # type: ignore[operator]
    images = torch.rand(1, 3, 50, 60) * 255
    torch.testing.assert_close(scaled(images), plain(images))


@pytest.mark.parametrize("norm", [False, True])
@torch.inference_mode()
def test_pretrained_hidden_layers_are_the_classifiers_made_convolutional(norm: bool, tmp_path: Path) -> None:
    from perpixel.backbones.vgg import vgg16_bn

    torch.manual_seed(1)
    classifier = (vgg16_bn if norm else vgg16)(classes=7, **NARROW)
    torch.save(classifier.state_dict(), tmp_path / "vgg.pth")
    network = made(fcn16s, norm=norm)
    network.backbone.load_pretrained(tmp_path / "vgg.pth")
    hidden: list[Any] = list(classifier.classifier)
    assert torch.equal(network.backbone.fc6.weight, convolutionalize(hidden[0], 7).weight)
    maps = torch.rand(1, 4, 7, 7)
    expected = hidden[3](hidden[0](maps.flatten(1)).relu())
    torch.testing.assert_close(network.backbone.fc7(network.backbone.fc6(maps).relu()).flatten(1), expected)
    images = torch.rand(1, 3, 64, 64)
    classifier.eval(), network.eval()
    torch.testing.assert_close(network.backbone(images)[-1], classifier(images)[-1])


def test_weights_of_another_width_are_refused_by_name(tmp_path: Path) -> None:
    torch.save(vgg16(classes=7, widths=(2, 2, 4, 4, 6), hidden=8).state_dict(), tmp_path / "vgg.pth")
    with pytest.raises(ModelError, match=r"features\.24\.weight \(is 6x4x3x3, should be 4x4x3x3\)"):
        made(fcn32s).backbone.load_pretrained(tmp_path / "vgg.pth")


@pytest.mark.parametrize(
    ("options", "message"), [({"step": 4}, "every 32nd, 16th or 8th"), ({"step": 8, "upsampling": "cubic"}, "frozen")]
)
def test_options_that_make_no_network_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        FCN(3, **NARROW, **options)

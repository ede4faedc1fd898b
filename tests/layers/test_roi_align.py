"""RoIAlign against a loop over every sample; levels; gradients; any number of boxes in an exported graph."""

from __future__ import annotations

import math
import warnings

import numpy as np
import onnxruntime
import pytest
import torch
from torch import Tensor, nn

from perpixel.layers.regions.roi_align import pyramid_levels, roi_align


def sample(channel: Tensor, y: float, x: float) -> float:
    """One value between four, by the rules of the docstring."""
    height, width = channel.shape
    if y < -1 or y > height or x < -1 or x > width:
        return 0.0
    y, x = min(max(y, 0.0), height - 1), min(max(x, 0.0), width - 1)
    top, left = min(int(y), max(height - 2, 0)), min(int(x), max(width - 2, 0))
    total = 0.0
    for row, down in ((top, 1 - (y - top)), (top + 1, y - top)):
        for column, across in ((left, 1 - (x - left)), (left + 1, x - left)):
            if down * across:
                total += down * across * float(channel[row, column])
    return total


def obvious(image: Tensor, box: list[float], *, stride: int, size: int, ratio: int, aligned: bool) -> Tensor:
    x0, y0, x1, y1 = (value / stride - (0.5 if aligned else 0.0) for value in box)
    width, height = (x1 - x0, y1 - y0) if aligned else (max(x1 - x0, 1.0), max(y1 - y0, 1.0))
    bins = torch.zeros(image.shape[0], size, size)
    for c in range(image.shape[0]):
        for i in range(size):
            for j in range(size):
                for k in range(ratio):
                    for m in range(ratio):
                        y = y0 + (i + (k + 0.5) / ratio) * height / size
                        x = x0 + (j + (m + 0.5) / ratio) * width / size
                        bins[c, i, j] += sample(image[c], y, x) / ratio**2
    return bins


@pytest.mark.parametrize("aligned", [False, True])
@pytest.mark.parametrize("ratio", [1, 2, 3])
def test_every_bin_is_the_mean_of_its_samples(aligned: bool, ratio: int) -> None:
    generator = torch.Generator().manual_seed(0)
    maps = [torch.rand(2, 3, 9, 7, generator=generator), torch.rand(2, 3, 5, 1, generator=generator)]
    boxes = torch.rand(12, 4, generator=generator) * 50 - 12  # some reach beyond the picture, of 36 x 28 pixels
    boxes[:, 2:] = boxes[:, :2] + torch.rand(12, 2, generator=generator) * 30
    boxes[0] = torch.tensor([5.0, 5.0, 5.0, 5.0])
    boxes[1] = torch.tensor([-300.0, 0.0, -200.0, 20.0])
    pictures = torch.randint(0, 2, (12,), generator=generator)
    # A canonical side of 4 * 16 pixels: boxes up to 32 pixels are read at stride 4, larger ones at 8.
    found = roi_align(maps, boxes, pictures, strides=(4, 8), size=3, ratio=ratio, aligned=aligned, canonical=64)
    levels = set()
    for box, picture, bins in zip(boxes.tolist(), pictures.tolist(), found, strict=True):
        level = int(math.sqrt((box[2] - box[0]) * (box[3] - box[1])) >= 32)
        levels.add(level)
        expected = obvious(maps[level][picture], box, stride=(4, 8)[level], size=3, ratio=ratio, aligned=aligned)
        torch.testing.assert_close(bins, expected)
    assert found[1].abs().sum() == 0
    assert 0 in levels


def test_a_ramp_reads_as_the_places_themselves() -> None:
    ramp = torch.arange(8.0).expand(1, 1, 8, 8)
    box = torch.tensor([[8.0, 8.0, 24.0, 24.0]])
    picture = torch.zeros(1, dtype=torch.int64)
    corner = roi_align([ramp], box, picture, strides=[4], size=2)[0, 0]
    assert corner.tolist() == [[3.0, 5.0], [3.0, 5.0]]  # columns 2 to 6, halved: middles at 3 and 5
    middle = roi_align([ramp], box, picture, strides=[4], size=2, aligned=True)[0, 0]
    assert middle.tolist() == [[2.5, 4.5], [2.5, 4.5]]  # a value is in the middle of its square


def test_a_box_is_read_one_level_coarser_for_each_doubling_of_its_side() -> None:
    sides = torch.tensor([1.0, 111.0, 112.0, 223.9, 224.0, 447.9, 448.0, 5000.0, 0.0])
    boxes = torch.stack([torch.zeros(9), torch.zeros(9), sides, sides], dim=1)
    assert pyramid_levels(boxes, 4, canonical=224).tolist() == [0, 0, 1, 1, 2, 2, 3, 3, 0]
    wide = torch.tensor([[0.0, 0.0, 448.0, 112.0]])  # the area of a square of 224
    assert pyramid_levels(wide, 4, canonical=224).tolist() == [2]


def test_the_gradient_of_each_value_is_what_it_adds_to_the_bins() -> None:
    torch.manual_seed(0)
    maps = [torch.rand(2, 1, 4, 3, requires_grad=True), torch.rand(2, 1, 2, 2, requires_grad=True)]
    boxes = torch.tensor([[0.0, 1.0, 9.0, 14.0], [2.0, 2.0, 6.0, 9.0], [0.0, 0.0, 40.0, 40.0]])
    pictures = torch.tensor([0, 1, 1])
    weights = torch.rand(3, 1, 2, 2)

    def total(maps: list[Tensor]) -> Tensor:
        return (roi_align(maps, boxes, pictures, strides=(4, 8), size=2, canonical=64) * weights).sum()

    gradients = torch.autograd.grad(total(maps), maps)
    for which, gradient in enumerate(gradients):
        alone = torch.zeros_like(gradient)
        for place in range(alone.numel()):  # the reading is linear in the maps: one value at a time
            ones = [torch.zeros_like(x) for x in maps]
            ones[which].view(-1)[place] = 1
            alone.view(-1)[place] = total(ones)
        torch.testing.assert_close(gradient, alone)
        assert gradient.any()


def test_no_box_gives_no_bin_and_a_gradient_of_zero() -> None:
    maps = [torch.rand(1, 2, 4, 4, requires_grad=True)]
    bins = roi_align(maps, torch.zeros(0, 4), torch.zeros(0, dtype=torch.int64), strides=[4], size=7)
    assert bins.shape == (0, 2, 7, 7)
    bins.sum().backward()
    assert maps[0].grad is not None
    assert not maps[0].grad.any()


def test_as_many_strides_as_maps_are_asked_for() -> None:
    with pytest.raises(ValueError, match="1 maps and 2 strides"):
        roi_align([torch.zeros(1, 1, 2, 2)], torch.zeros(1, 4), torch.zeros(1).long(), strides=[4, 8], size=2)


class Reader(nn.Module):
    def forward(self, fine: Tensor, coarse: Tensor, boxes: Tensor) -> Tensor:
        pictures = torch.zeros_like(boxes[:, 0], dtype=torch.int64)
        return roi_align([fine, coarse], boxes, pictures, strides=(4, 8), size=3, canonical=64)


def test_the_exported_graph_reads_maps_of_any_size_and_any_number_of_boxes() -> None:
    free = torch.export.Dim.DYNAMIC
    inputs = torch.rand(1, 2, 6, 8), torch.rand(1, 2, 3, 4), torch.rand(3, 4)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            Reader(),
            inputs,
            dynamo=True,
            input_names=["fine", "coarse", "boxes"],
            dynamic_shapes=({2: free, 3: free}, {2: free, 3: free}, {0: free}),
            opset_version=18,
            verbose=False,
            optimize=False,
        )
    assert program is not None
    session = onnxruntime.InferenceSession(program.model_proto.SerializeToString())
    for height, width, count in ((6, 8, 3), (10, 4, 7), (4, 18, 0), (2, 2, 1)):
        fine, coarse = torch.rand(1, 2, height, width), torch.rand(1, 2, height // 2, width // 2)
        boxes = torch.rand(count, 4) * 20
        boxes[:, 2:] += boxes[:, :2] * 3
        (found,) = session.run(None, {"fine": fine.numpy(), "coarse": coarse.numpy(), "boxes": boxes.numpy()})
        np.testing.assert_allclose(found, Reader()(fine, coarse, boxes).numpy(), atol=1e-5)

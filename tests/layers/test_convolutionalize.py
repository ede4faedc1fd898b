"""The fully connected head as a convolution: equal to the classifier at every position."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from perpixel.layers.convolutionalize import convolutionalize, fully_convolutional


def crops(picture: torch.Tensor, height: int, width: int, stride: int = 1) -> torch.Tensor:
    """Every crop of a picture (1, C, H, W), row by row: (rows, columns, C, height, width)."""
    return picture[0].unfold(1, height, stride).unfold(2, width, stride).permute(1, 2, 0, 3, 4)


@pytest.mark.parametrize(("kernel", "sides"), [(3, (3, 3)), ((2, 5), (2, 5)), (1, (1, 1))])
def test_a_linear_layer_and_its_convolution_agree_at_every_position(
    kernel: int | tuple[int, int], sides: tuple[int, int]
) -> None:
    torch.manual_seed(0)
    linear = nn.Linear(6 * sides[0] * sides[1], 7)
    picture = torch.randn(1, 6, 11, 13)
    dense = convolutionalize(linear, kernel)(picture)
    assert dense.shape == (1, 7, 12 - sides[0], 14 - sides[1])
    each = linear(crops(picture, *sides).flatten(2)).permute(2, 0, 1)
    assert (dense[0] - each).abs().max() < 1e-5


def test_by_hand() -> None:
    linear = nn.Linear(4, 1)
    with torch.no_grad():
        linear.weight.copy_(torch.tensor([[1.0, 10.0, 100.0, 1000.0]]))
        linear.bias.fill_(0.5)
    picture = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]).view(1, 1, 2, 3)
    assert convolutionalize(linear, 2)(picture).flatten().tolist() == [5421.5, 6532.5]


def test_vggs_first_fully_connected_layer_becomes_102_million_weights_of_7_by_7() -> None:
    convolution = convolutionalize(nn.Linear(25088, 4096, device="meta"), 7)
    assert convolution.weight.shape == (4096, 512, 7, 7)
    assert sum(parameter.numel() for parameter in convolution.parameters()) == 102_764_544


def test_weights_are_copies_of_the_same_type_and_a_missing_bias_stays_missing() -> None:
    linear = nn.Linear(8, 2, bias=False, dtype=torch.float64).eval()
    convolution = convolutionalize(linear, 2)
    assert convolution.weight.dtype == torch.float64
    assert convolution.bias is None
    assert not convolution.training
    before = convolution.weight.clone()
    with torch.no_grad():
        linear.weight.zero_()
    assert torch.equal(convolution.weight, before)


def test_a_wrong_kernel_is_answered_with_those_that_fit() -> None:
    with pytest.raises(ValueError, match=r"25088 inputs are no map of 6 x 6.*7 \(512 channels\)"):
        convolutionalize(nn.Linear(25088, 10, device="meta"), 6)
    with pytest.raises(ValueError, match="must be at least 1"):
        convolutionalize(nn.Linear(4, 1), 0)
    with pytest.raises(TypeError, match=r"only nn\.Linear"):
        convolutionalize(nn.Conv2d(1, 1, 1), 1)  # type: ignore[arg-type]


def test_a_whole_classifier_agrees_with_itself_on_every_crop() -> None:
    torch.manual_seed(0)
    features = nn.Sequential(nn.Conv2d(3, 6, 5, stride=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 8, 3), nn.Tanh())
    head = nn.Sequential(nn.Linear(8 * 4 * 4, 16), nn.ReLU(), nn.Dropout(), nn.Linear(16, 5))
    classifier = nn.Sequential(features, nn.Flatten(), head).eval()
    picture = torch.randn(1, 3, 39, 51)  # the classifier's own size is 27: 27 -> 12 -> 6 -> 4
    dense = fully_convolutional(classifier)(picture)
    each = crops(picture, 27, 27, 4)
    assert dense.shape[2:] == each.shape[:2] == (4, 7)
    scores = classifier(each.flatten(0, 1)).T.reshape(5, 4, 7)
    assert (dense[0] - scores).abs().max() < 1e-5


def test_a_classifier_of_oblong_maps_needs_its_kernel() -> None:
    classifier = nn.Sequential(nn.Conv2d(1, 2, 1), nn.Flatten(), nn.Linear(2 * 3 * 5, 4))
    with pytest.raises(ValueError, match="30 inputs are no square map of 2 channels"):
        fully_convolutional(classifier)
    assert fully_convolutional(classifier, kernel=(3, 5))(torch.zeros(1, 1, 4, 7)).shape == (1, 4, 2, 3)


def test_pooling_to_a_fixed_number_of_cells_is_refused() -> None:
    with pytest.raises(TypeError, match="AdaptiveAvgPool2d scales with the picture"):
        fully_convolutional(nn.Sequential(nn.AdaptiveAvgPool2d(7), nn.Flatten(), nn.Linear(49, 2)))

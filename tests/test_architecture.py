"""What all networks share: normalization, padding, the sizes that they take, the way back to the picture's size."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Normalization, Segmenter, check_size, fitting, pad, surround
from perpixel.errors import ModelError
from perpixel.spec import Geometry

PAPER = Geometry(multiple=16, minimum=188, margin=92)


class Coarse(Segmenter):
    """One convolution of stride 4: enough of a network to see what is around it."""

    def __init__(self, *, in_channels: int = 3) -> None:
        super().__init__(2, in_channels=in_channels, stride=4, geometry=Geometry(8, 8))
        self.convolution = nn.Conv2d(in_channels, 2, 4, stride=4)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        return {"logits": self.convolution(images)}


def test_the_side_that_fits_is_the_least_allowed_one() -> None:
    same = Geometry(32, 32)
    assert [fitting(side, same) for side in (1, 31, 32, 33, 360)] == [32, 32, 32, 64, 384]
    assert [fitting(side, PAPER) for side in (1, 188, 189, 204, 572)] == [188, 188, 204, 204, 572]


def test_the_last_row_and_column_are_repeated() -> None:
    image = torch.tensor([[1.0, 2.0], [3.0, 4.0]]).view(1, 1, 2, 2)
    padded = pad(image, Geometry(3, 3))
    assert padded[0, 0].tolist() == [[1, 2, 2], [3, 4, 4], [3, 4, 4]]
    assert pad(padded, Geometry(3, 3)) is padded


def test_the_border_is_mirrored_without_its_edge_even_beyond_the_far_side() -> None:
    row = torch.tensor([1.0, 2.0, 3.0]).view(1, 1, 1, 3)
    around = surround(row, Geometry(multiple=1, minimum=1, margin=4))
    assert around.shape == (1, 1, 9, 11)
    assert around[0, 0, 0].tolist() == [1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3]  # the picture stands at 4, 5, 6
    assert torch.equal(around[0, 0, 0], around[0, 0, 8])


@pytest.mark.parametrize("size", [(1, 1), (5, 388), (389, 2)])
def test_the_answer_for_a_surrounded_picture_covers_it(size: tuple[int, int]) -> None:
    around = surround(torch.rand(1, 3, *size), PAPER)
    check_size(*around.shape[2:], PAPER)
    assert all(side - 184 >= wanted for side, wanted in zip(around.shape[2:], size, strict=True))


def test_a_size_that_cannot_be_taken_is_answered_with_the_nearest() -> None:
    check_size(572, 188, PAPER)
    with pytest.raises(ModelError, match=r"height 140 \(take 188\): its sides are 188, 204, 220 .* steps of 16"):
        check_size(140, 572, PAPER)
    with pytest.raises(ModelError, match=r"height 570 \(take 556 or 572\) and width 200 \(take 188 or 204\)"):
        check_size(570, 200, PAPER)


def test_channels_without_a_value_are_normalized_by_the_average() -> None:
    assert Normalization(3, mean=(1, 2, 6), std=(1, 1, 1)).mean.flatten().tolist() == [1, 2, 6]
    assert Normalization(5, mean=(1, 2, 6), std=(1, 1, 1)).mean.flatten().tolist() == [1, 2, 6, 3, 3]
    assert Normalization(1, mean=(1, 2, 6), std=(1, 1, 1)).mean.flatten().tolist() == [3]
    images = torch.tensor([10.0, 20.0]).view(1, 2, 1, 1)
    assert Normalization(2, mean=(10,), std=(5,))(images).flatten().tolist() == [0, 2]


def test_normalization_travels_with_the_weights() -> None:
    assert {"normalization.mean", "normalization.std"} <= Coarse().state_dict().keys()


@torch.inference_mode()
def test_logits_are_enlarged_by_the_stride_and_cropped() -> None:
    model = Coarse().eval()
    images = torch.rand(1, 3, 13, 9) * 255
    coarse = model.outputs(images)["logits"]
    assert coarse.shape == (1, 2, 4, 4)
    enlarged = F.interpolate(coarse, size=(16, 16), mode="bilinear", align_corners=False)
    torch.testing.assert_close(model(images), enlarged[:, :, :13, :9])


def test_another_number_of_channels_is_answered_with_a_cure() -> None:
    with pytest.raises(ModelError, match=r"takes \(N, 3, H, W\): build it with in_channels=1"):
        Coarse()(torch.rand(1, 1, 8, 8))
    with pytest.raises(ModelError, match=r"shape \(3, 8, 8\)"):
        Coarse()(torch.rand(3, 8, 8))


def test_a_network_needs_classes_and_channels() -> None:
    with pytest.raises(ValueError, match="both must be at least 1"):
        Coarse(in_channels=0)

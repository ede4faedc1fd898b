"""Overlapping classes as an objective."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.losses import binary_cross_entropy, binary_dice
from perpixel.objectives import MultilabelObjective
from perpixel.spec import Geometry


class Coarse(Segmenter):
    """One convolution of stride 2, and an auxiliary head of the same."""

    def __init__(self) -> None:
        super().__init__(2, in_channels=3, stride=2, geometry=Geometry(2, 2))
        self.main, self.auxiliary = nn.Conv2d(3, 2, 2, stride=2), nn.Conv2d(3, 2, 2, stride=2)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        outputs = {"logits": self.main(images)}
        return {**outputs, "auxiliary": self.auxiliary(images)} if self.training else outputs


@pytest.fixture
def batch() -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    truths = torch.randint(0, 2, (2, 2, 7, 9), dtype=torch.uint8)
    truths[:, :, 0] = 255
    return torch.rand(2, 3, 7, 9) * 255, truths


def test_the_losses_are_those_of_the_upsampled_logits(batch: tuple[Tensor, Tensor]) -> None:
    images, truths = batch
    model = Coarse().eval()
    losses = MultilabelObjective(model, loss_terms=("cross-entropy", "dice"))(images, truths)
    logits = model(images)
    torch.testing.assert_close(losses["cross-entropy"], binary_cross_entropy(logits, truths, ignored=255))
    torch.testing.assert_close(losses["dice"], binary_dice(logits, truths, ignored=255))
    torch.testing.assert_close(losses["loss"], losses["cross-entropy"] + losses["dice"])


def test_the_auxiliary_head_learns_by_its_weight(batch: tuple[Tensor, Tensor]) -> None:
    losses = MultilabelObjective(Coarse().train(), auxiliary=0.5)(*batch)
    torch.testing.assert_close(losses["loss"], losses["cross-entropy"] + 0.5 * losses["auxiliary"])


def test_weights_of_pixels_are_refused(batch: tuple[Tensor, Tensor]) -> None:
    with pytest.raises(ValueError, match="pixel_weights are for one label a pixel"):
        MultilabelObjective(Coarse())(*batch, torch.ones(2, 7, 9))

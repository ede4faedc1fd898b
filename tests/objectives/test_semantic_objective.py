from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.classes import CAMVID, ClassTable
from perpixel.losses import cross_entropy, dice, lovasz
from perpixel.objectives import SemanticObjective, collate
from perpixel.results import LabelMap
from perpixel.spec import Geometry


class Tiny(Segmenter):
    """A strided convolution, with an auxiliary head of twice its stride in training."""

    def __init__(self) -> None:
        super().__init__(4, in_channels=3, stride=4, geometry=Geometry(multiple=8, minimum=8))
        self.main = nn.Conv2d(3, 4, 4, stride=4)
        self.side = nn.Conv2d(3, 4, 8, stride=8)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        outputs = {"logits": self.main(images)}
        return {**outputs, "auxiliary": self.side(images)} if self.training else outputs


class Valid(Segmenter):
    def __init__(self) -> None:
        super().__init__(4, in_channels=3, stride=1, geometry=Geometry(multiple=1, minimum=5, margin=2))
        self.main = nn.Conv2d(3, 4, 5)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        return {"logits": self.main(images)}


class Wide(Segmenter):
    def __init__(self) -> None:
        super().__init__(300, in_channels=1, stride=1, geometry=Geometry(multiple=1, minimum=1))
        self.main = nn.Conv2d(1, 300, 1)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        return {"logits": self.main(images)}


def batch(size: tuple[int, int] = (16, 24)) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (2, 3, *size), dtype=torch.uint8, generator=generator)
    truths = torch.randint(0, 4, (2, *size), dtype=torch.uint8, generator=generator)
    truths[:, :3] = 255
    return images, truths


def test_losses_are_named_and_the_total_is_their_sum() -> None:
    images, truths = batch()
    model = Tiny()
    weights = torch.tensor([1.0, 2.0, 0.5, 1.0])
    losses = SemanticObjective(
        model, loss_terms=("cross-entropy", "dice", "lovasz"), class_weights=weights, auxiliary=0.4
    )(images, truths)
    assert set(losses) == {"cross-entropy", "dice", "lovasz", "auxiliary", "loss"}
    outputs = model.outputs(images.float())
    logits = F.interpolate(outputs["logits"], scale_factor=4, mode="bilinear")
    side = F.interpolate(outputs["auxiliary"], scale_factor=8, mode="bilinear")
    torch.testing.assert_close(losses["cross-entropy"], cross_entropy(logits, truths, ignored=255, weights=weights))
    torch.testing.assert_close(losses["dice"], dice(logits, truths, ignored=255))
    torch.testing.assert_close(losses["lovasz"], lovasz(logits, truths, ignored=255))
    torch.testing.assert_close(losses["auxiliary"], cross_entropy(side, truths, ignored=255, weights=weights))
    main = losses["cross-entropy"] + losses["dice"] + losses["lovasz"]
    torch.testing.assert_close(losses["loss"], main + 0.4 * losses["auxiliary"])


def test_sizes_that_the_network_pads_are_judged_inside_the_picture_only() -> None:
    images, truths = batch((13, 21))
    model = Tiny().eval()
    losses = SemanticObjective(model)(images, truths)
    torch.testing.assert_close(losses["loss"], cross_entropy(model(images.float()), truths, ignored=255))


def test_valid_convolutions_are_judged_where_they_answer() -> None:
    images, truths = batch()
    model = Valid()
    losses = SemanticObjective(model)(images, truths)
    expected = cross_entropy(model(images.float()), truths[:, 2:-2, 2:-2], ignored=255)
    torch.testing.assert_close(losses["loss"], expected)


def test_an_auxiliary_weight_of_zero_leaves_that_head_out() -> None:
    assert set(SemanticObjective(Tiny(), auxiliary=0)(*batch())) == {"cross-entropy", "loss"}


@pytest.mark.parametrize("terms", [(), ("focal",)])
def test_unknown_loss_terms_are_refused(terms: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="must be one or more of cross-entropy, dice, pooled-dice, lovasz"):
        SemanticObjective(Tiny(), loss_terms=terms)  # type: ignore[arg-type]


def test_losses_stay_in_full_precision_under_autocast() -> None:
    images, truths = batch()
    objective = SemanticObjective(Tiny(), loss_terms=("cross-entropy", "dice", "lovasz"))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        losses = objective(images, truths)
    assert all(value.dtype == torch.float32 for value in losses.values())
    torch.testing.assert_close(losses["loss"], objective(images, truths)["loss"], rtol=0.02, atol=0.02)
    losses["loss"].backward()


def test_class_weights_move_with_the_objective_but_are_not_saved_with_the_weights() -> None:
    objective = SemanticObjective(Tiny(), class_weights=torch.ones(4))
    assert objective.class_weights in list(objective.buffers())
    assert "class_weights" not in objective.state_dict()


def test_every_parameter_learns() -> None:
    objective = SemanticObjective(Tiny())
    objective(*batch())["loss"].backward()
    assert all(parameter.grad is not None and parameter.grad.any() for parameter in objective.parameters())


def test_samples_are_stacked_as_they_are() -> None:
    pictures = [np.full((5, 7, 3), value, np.uint8) for value in (1, 2)]
    pictures[1][2, 3] = (10, 20, 30)
    truths = [LabelMap(np.full((5, 7), value, np.uint8), CAMVID) for value in (3, 255)]
    images, targets = collate(pictures, [truth.labels for truth in truths])
    assert images.shape == (2, 3, 5, 7)
    assert images.dtype == targets.dtype == torch.uint8
    assert images[1, :, 2, 3].tolist() == [10, 20, 30]
    assert targets[:, 0, 0].tolist() == [3, 255]


def test_sixteen_bit_samples_reach_the_loss() -> None:
    many = ClassTable.named([f"class {index}" for index in range(300)])
    labels = np.full((4, 4), 299, np.uint16)
    labels[0] = many.ignored
    images, targets = collate([np.full((4, 4, 1), 40000, np.uint16)], [LabelMap(labels, many).labels])
    assert targets.dtype == torch.int64
    assert targets[0, 0, 0] == 65535
    losses = SemanticObjective(Wide(), ignored=many.ignored)(images, targets)
    assert torch.isfinite(losses["loss"])


@pytest.mark.parametrize("model", [Tiny(), Valid()])
def test_weights_of_pixels_lie_on_the_pixels_that_are_judged(model: Segmenter) -> None:
    images, truths = batch()
    pixels = torch.zeros(2, 16, 24)
    pixels[0, 7, 9] = 1e9  # all else then weighs nothing
    objective = SemanticObjective(model.train())
    losses = objective(images, truths, pixels)
    margin = model.geometry.margin
    logits = model(images.float())[0, :, 7 - margin, 9 - margin]
    expected = F.cross_entropy(logits, truths[0, 7, 9].long())
    torch.testing.assert_close(losses["cross-entropy"], expected)
    if "auxiliary" in losses:
        side = F.interpolate(model.outputs(images.float())["auxiliary"], size=(16, 24), mode="bilinear")[0, :, 7, 9]
        torch.testing.assert_close(losses["auxiliary"], F.cross_entropy(side, truths[0, 7, 9].long()))


def test_weights_of_pixels_leave_dice_alone() -> None:
    images, truths = batch()
    objective = SemanticObjective(Valid(), loss_terms=("cross-entropy", "dice"))
    plain, weighted = objective(images, truths), objective(images, truths, torch.rand(2, 16, 24) * 10)
    assert torch.equal(plain["dice"], weighted["dice"])
    assert not torch.equal(plain["cross-entropy"], weighted["cross-entropy"])

from __future__ import annotations

from math import exp

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.models.panoptic_deeplab import PanopticDeepLab
from perpixel.objectives.centers import CENTERS, OFFSETS, CentersObjective, center_targets, coarse_view
from perpixel.spec import Geometry


class Tiny(Segmenter):
    """All heads at stride 4, with an auxiliary head of twice that in training."""

    def __init__(self) -> None:
        super().__init__(3, in_channels=3, stride=4, geometry=Geometry(multiple=8, minimum=8))
        self.main = nn.Conv2d(3, 6, 4, stride=4)
        self.side = nn.Conv2d(3, 3, 8, stride=8)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        logits, centers, offsets = self.main(images).split((3, 1, 2), dim=1)
        outputs = {"logits": logits, "centers": centers, "offsets": offsets}
        return {**outputs, "auxiliary": self.side(images)} if self.training else outputs


class Fixed(Segmenter):
    """Says what it was made to say."""

    def __init__(self, outputs: dict[str, Tensor]) -> None:
        super().__init__(3, in_channels=3, stride=4, geometry=Geometry(multiple=4, minimum=4))
        self.said = outputs

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        return self.said


def two_things() -> Tensor:
    """Thing 1 in the corner (0 .. 1, 0 .. 1), thing 7 on row 5, columns 4 to 7, a crowd on row 7: (1, 8, 8)."""
    ids = torch.zeros(1, 8, 8, dtype=torch.int32)
    ids[0, :2, :2], ids[0, 5, 4:], ids[0, 7] = 1, 7, -1
    return ids


def batch(size: tuple[int, int] = (16, 24)) -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.randint(0, 256, (2, 3, *size), dtype=torch.uint8), CentersObjective.random_truths(2, 3, size)


def test_targets_worked_by_hand() -> None:
    targets = center_targets(two_things(), stride=4, like=torch.zeros(1, 1, 2, 2), sigma=8)
    # Centers (0.5, 0.5) and (5, 5.5) lie in coarse pixels (0, 0) and (1, 1); spots are half a coarse pixel wide.
    expected = torch.tensor([[1, exp(-2)], [exp(-2), 1]])
    torch.testing.assert_close(targets.heatmap[0], expected)
    offsets = torch.zeros(2, 8, 8)
    offsets[0, 0, :2], offsets[0, 1, :2] = 0.5, -0.5
    offsets[1, :2, 0], offsets[1, :2, 1] = 0.5, -0.5
    offsets[1, 5, 4:] = torch.tensor([1.5, 0.5, -0.5, -1.5])
    torch.testing.assert_close(targets.offsets[0], offsets)


def test_large_things_have_spots_of_sigma_and_where_spots_meet_the_greater_counts() -> None:
    ids = torch.zeros(1, 80, 160, dtype=torch.int32)
    ids[0, :, :80], ids[0, :, 80:] = 3, 2
    heatmap = center_targets(ids, stride=4, like=torch.zeros(1, 1, 20, 40), sigma=8).heatmap[0]
    # Centers (39.5, 39.5) and (39.5, 119.5): coarse pixels (10, 10) and (10, 30); sigma is two of them.
    assert heatmap[10, 10] == heatmap[10, 30] == 1
    torch.testing.assert_close(heatmap[10, 11:14], torch.tensor([exp(-1 / 8), exp(-4 / 8), exp(-9 / 8)]))
    torch.testing.assert_close(heatmap[7, 14], torch.tensor(exp(-25 / 8)))
    assert heatmap[10, 20] == 0


def test_pictures_of_a_batch_have_their_own_things() -> None:
    both = torch.cat([two_things(), torch.zeros(1, 8, 8, dtype=torch.int32), two_things().flip(2)])
    targets = center_targets(both, stride=4, like=torch.zeros(3, 1, 2, 2), sigma=8)
    alone = center_targets(two_things(), stride=4, like=torch.zeros(1, 1, 2, 2), sigma=8)
    assert torch.equal(targets.heatmap[0], alone.heatmap[0])
    assert not targets.heatmap[1].any()
    assert not targets.offsets[1].any()
    assert torch.equal(targets.heatmap[2], alone.heatmap[0].flip(1))


def test_coarse_pixels_past_the_picture_are_not_judged() -> None:
    known = torch.ones(1, 6, 5, dtype=torch.bool)
    expected = [[True, False, False], [False, False, False]]  # the middle of the second row is row 6, of five columns 6
    assert coarse_view(known, stride=4, like=torch.zeros(1, 1, 2, 3))[0].tolist() == expected


def test_losses_worked_by_hand_leave_crowds_and_unknown_pixels_out() -> None:
    ids, labels = two_things(), torch.zeros(1, 8, 8, dtype=torch.int32)
    labels[0, 2:, :4] = 255  # the lower left coarse pixel has neither a class nor a thing
    ids[0, 4:, 4:][1:] = -1  # and the lower right one is a crowd now
    said = {
        "logits": torch.zeros(1, 3, 2, 2),
        "centers": torch.tensor([[[[0.5, 0.0], [9.0, 9.0]]]]),
        "offsets": torch.full((1, 2, 2, 2), 2.0),
    }
    losses = CentersObjective(Fixed(said))(torch.zeros(1, 3, 8, 8), torch.stack([ids, labels], dim=1))
    # The middle of coarse pixel (0, 0) is (2, 2), unknown too; only (0, 1) is judged, where exp(-2) was wanted.
    torch.testing.assert_close(losses["centers"], torch.tensor(exp(-4)))
    torch.testing.assert_close(losses["offsets"], torch.tensor(4.0))  # the errors 1.5 and 2.5, down and right
    torch.testing.assert_close(losses["cross-entropy"], torch.tensor(3.0).log())
    total = losses["cross-entropy"] + CENTERS * losses["centers"] + OFFSETS * losses["offsets"]
    torch.testing.assert_close(losses["loss"], total)


def test_a_picture_without_things_teaches_the_heatmap_alone() -> None:
    images, truths = batch()
    truths[:, 0] = 0
    objective = CentersObjective(Tiny())
    losses = objective(images, truths)
    centers = objective.model.outputs(images.float())["centers"]
    torch.testing.assert_close(losses["centers"], centers.square()[:, :, :4, :6].mean())
    assert losses["offsets"] == 0
    losses["loss"].backward()


@pytest.mark.parametrize("size", [(16, 24), (13, 21), (1, 1)])
def test_losses_are_finite_at_any_size_and_reach_every_parameter(size: tuple[int, int]) -> None:
    objective = CentersObjective(Tiny(), loss_terms=("cross-entropy", "dice"), class_weights=torch.ones(3))
    losses = objective(*batch(size))
    assert set(losses) == {"cross-entropy", "dice", "centers", "offsets", "auxiliary", "loss"}
    assert all(torch.isfinite(loss) for loss in losses.values())
    losses["loss"].backward()
    assert all(parameter.grad is not None for parameter in objective.parameters())


def test_losses_stay_in_full_precision_under_autocast() -> None:
    objective = CentersObjective(Tiny())
    with torch.autocast("cpu", dtype=torch.bfloat16):
        losses = objective(*batch())
    assert all(value.dtype == torch.float32 for value in losses.values())


def test_truths_of_labels_alone_are_refused() -> None:
    images, truths = batch()
    with pytest.raises(ValueError, match=r"expected \(N, 2, H, W\): ids and labels"):
        CentersObjective(Tiny())(images, truths[:, 1])


def test_it_learns_one_picture_by_heart() -> None:
    torch.manual_seed(0)
    images = torch.full((1, 3, 64, 64), 60.0)
    truths = torch.zeros(1, 2, 64, 64, dtype=torch.int32)
    for number, (top, left) in enumerate([(4, 6), (8, 40), (38, 20)], start=1):
        images[0, number - 1, top : top + 20, left : left + 18] = 220
        truths[0, :, top : top + 20, left : left + 18] = torch.tensor([number, 1 + number % 2])[:, None, None]
    model = PanopticDeepLab(3, backbone="mobilenet_v3_small", width=32, beside=8, head=16, dropout=0.0)
    objective = CentersObjective(model.train())
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for _ in range(70):
        optimizer.zero_grad()
        losses = objective(images, truths)
        losses["loss"].backward()
        optimizer.step()
    assert losses["cross-entropy"] < 0.1
    assert losses["centers"] < 0.003
    assert losses["offsets"] < 1.5
    peaks = model.outputs(images)["centers"][0, 0].detach()
    highest = (peaks == F.max_pool2d(peaks[None], 5, 1, 2)[0]) & (peaks > 0.4)
    assert highest.nonzero().tolist() == [[3, 3], [4, 12], [12, 7]]

"""Losses of overlapping classes, by hand."""

from __future__ import annotations

import pytest
import torch

from perpixel.losses import binary_cross_entropy, binary_dice, lovasz_hinge, pooled_dice

LOSSES = (binary_cross_entropy, binary_dice, lovasz_hinge, pooled_dice)


def maps(*values: float) -> torch.Tensor:
    """One picture, one class, one row."""
    return torch.tensor(values).view(1, 1, 1, -1)


def test_the_competition_s_example() -> None:
    """Of t = [1, 0, 1], p = [.8, .2, .6]: BCE .319038, Dice with ones .826087, their loss .492951."""
    logits, target = torch.logit(maps(0.8, 0.2, 0.6)), maps(1, 0, 1)
    entropy, overlap = (float(loss(logits, target, ignored=255)) for loss in (binary_cross_entropy, binary_dice))
    assert entropy == pytest.approx(0.319038, abs=1e-6)
    assert 1 - overlap == pytest.approx(0.826087, abs=1e-6)
    assert entropy + overlap == pytest.approx(0.492951, abs=1e-6)


def test_pooled_dice_takes_all_classes_and_pictures_for_one_mask() -> None:
    probabilities, target = torch.tensor([0.8, 0.2, 0.6, 0.5]), torch.tensor([1, 0, 1, 0])
    pooled = pooled_dice(torch.logit(probabilities).view(2, 2, 1, 1), target.view(2, 2, 1, 1), ignored=255)
    assert float(pooled) == pytest.approx(1 - (2 * 1.4 + 1) / (2.1 + 2 + 1), abs=1e-6)
    three = torch.logit(maps(0.8, 0.2, 0.6))  # one class: the competition's example again
    assert float(pooled_dice(three, maps(1, 0, 1), ignored=255)) == pytest.approx(1 - 0.826087, abs=1e-6)


def test_a_class_that_is_nowhere_and_not_predicted_costs_no_dice() -> None:
    assert float(binary_dice(maps(-50.0, -50), maps(0, 0), ignored=255)) == pytest.approx(0, abs=1e-6)


def test_lovasz_is_the_jaccard_loss_where_the_network_is_sure() -> None:
    """Hinge errors of sure answers are 0 or 2: twice 1 - IoU."""
    logits, target = maps(1.0, 1, -1, -1), maps(1, 0, 1, 0)
    assert float(lovasz_hinge(logits, target, ignored=255)) == pytest.approx(2 * (1 - 1 / 3))


def test_yes_weighs_more_by_its_weight() -> None:
    logits, target = maps(0.0, 0), maps(1, 0)
    plain = binary_cross_entropy(logits, target, ignored=255)
    weighed = binary_cross_entropy(logits, target, ignored=255, weights=torch.tensor([3.0]))
    assert float(weighed) == pytest.approx(2 * float(plain))


@pytest.mark.parametrize("loss", LOSSES)
def test_ignored_pixels_count_nowhere_and_get_no_gradient(loss: object) -> None:
    logits = torch.randn(2, 3, 4, 5, requires_grad=True)
    target = torch.randint(0, 2, (2, 3, 4, 5))
    target[:, :, :, 2:] = 255
    value = loss(logits, target, ignored=255)  # type: ignore[operator]
    value.backward()
    assert logits.grad is not None
    assert float(logits.grad[..., 2:].abs().sum()) == 0
    assert float(logits.grad[..., :2].abs().sum()) > 0
    torch.testing.assert_close(value, loss(logits[..., :2], target[..., :2], ignored=255))  # type: ignore[operator]


@pytest.mark.parametrize("loss", LOSSES)
def test_a_batch_without_a_judged_pixel_gives_zero_with_gradients_of_zero(loss: object) -> None:
    logits = torch.randn(1, 2, 3, 3, requires_grad=True)
    value = loss(logits, torch.full((1, 2, 3, 3), 255), ignored=255)  # type: ignore[operator]
    value.backward()
    assert float(value.detach()) == 0
    assert logits.grad is not None
    assert float(logits.grad.abs().sum()) == 0

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F

from perpixel.losses import cross_entropy


def test_two_pixels_by_hand() -> None:
    # probabilities (3/4, 1/4) and (1/2, 1/2)
    logits = torch.tensor([[[[math.log(3.0), 0.0]], [[0.0, 0.0]]]])
    target = torch.tensor([[[0, 1]]])
    expected = (math.log(4 / 3) + math.log(2)) / 2
    assert cross_entropy(logits, target, ignored=255).item() == pytest.approx(expected)
    weights = torch.tensor([3.0, 1.0])
    weighted = (3 * math.log(4 / 3) + math.log(2)) / 4
    assert cross_entropy(logits, target, ignored=255, weights=weights).item() == pytest.approx(weighted)
    pixels = torch.tensor([[[0.0, 10.0]]])  # added to 1, and to the class's weight
    value = cross_entropy(logits, target, ignored=255, pixel_weights=pixels)
    assert value.item() == pytest.approx((math.log(4 / 3) + 11 * math.log(2)) / 12)
    value = cross_entropy(logits, target, ignored=255, weights=weights, pixel_weights=pixels)
    assert value.item() == pytest.approx((3 * math.log(4 / 3) + 11 * math.log(2)) / 14)


def test_equal_to_torch_wherever_torch_gives_a_number() -> None:
    logits, target = torch.randn(2, 4, 5, 6), torch.randint(0, 4, (2, 5, 6))
    target[0, :2] = 255
    weights = torch.rand(4)
    torch.testing.assert_close(
        cross_entropy(logits, target, ignored=255, weights=weights),
        F.cross_entropy(logits, target, weights, ignore_index=255),
    )
    torch.testing.assert_close(
        cross_entropy(logits, target, ignored=255), F.cross_entropy(logits, target, ignore_index=255)
    )


def test_a_batch_of_classes_that_weigh_nothing_gives_zero_and_no_nan() -> None:
    logits = torch.randn(1, 2, 3, 3, requires_grad=True)
    target = torch.zeros(1, 3, 3, dtype=torch.long)
    value = cross_entropy(logits, target, ignored=255, weights=torch.tensor([0.0, 1.0]))
    value.backward()
    assert value == 0
    assert logits.grad is not None
    assert (logits.grad == 0).all()


def test_weights_of_pixels_count_only_where_something_is_judged() -> None:
    logits = torch.randn(2, 3, 4, 5, requires_grad=True)
    target = torch.randint(0, 3, (2, 4, 5))
    target[:, 0] = 255
    pixels = torch.rand(2, 4, 5)
    for weights in (None, torch.tensor([1.0, 2.0, 3.0])):
        plain = cross_entropy(logits, target, ignored=255, weights=weights)
        none = cross_entropy(logits, target, ignored=255, weights=weights, pixel_weights=torch.zeros(2, 4, 5))
        torch.testing.assert_close(none, plain)
        changed = torch.where(target == 255, 99.0, pixels)
        torch.testing.assert_close(
            cross_entropy(logits, target, ignored=255, weights=weights, pixel_weights=changed),
            cross_entropy(logits, target, ignored=255, weights=weights, pixel_weights=pixels),
        )
    value = cross_entropy(logits, torch.full((2, 4, 5), 255), ignored=255, pixel_weights=pixels)
    value.backward()
    assert value == 0
    assert logits.grad is not None
    assert (logits.grad == 0).all()

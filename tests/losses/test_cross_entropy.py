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

"""Losses of bins, by hand."""

from __future__ import annotations

import math

import pytest
import torch

from perpixel.losses.depth import information_gain, ordinal


def logits(*probabilities: float) -> torch.Tensor:
    return torch.logit(torch.tensor(probabilities, dtype=torch.float64)).view(1, -1, 1, 1)


def test_the_ordinal_loss_is_dorns() -> None:
    found = ordinal(logits(0.9, 0.8, 0.3, 0.1), torch.tensor([[[2]]]), ignored=255)
    assert 4 * found.item() == pytest.approx(0.790540, abs=1e-5)  # the paper sums over the questions


def test_information_gain_is_kinder_to_the_neighbor_than_to_a_far_bin() -> None:
    sure = torch.full((1, 8, 1, 3), -8.0)
    for place, label in enumerate((3, 4, 7)):
        sure[0, label, 0, place] = 8
    right, near, far = (
        information_gain(sure[..., i : i + 1], torch.tensor([[[3]]]), ignored=255).item() for i in range(3)
    )
    assert right < near < far


def test_information_gain_weighs_by_the_squared_distance() -> None:
    weights = [math.exp(-0.2 * (q - 1) ** 2) for q in range(3)]
    probabilities = torch.tensor([0.2, 0.7, 0.1])
    expected = -sum(w * math.log(p) for w, p in zip(weights, (0.2, 0.7, 0.1), strict=True)) / sum(weights)
    found = information_gain(probabilities.log().view(1, 3, 1, 1), torch.tensor([[[1]]]), ignored=255)
    assert found.item() == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("loss", [information_gain, ordinal])
def test_ignored_pixels_count_nowhere_and_none_at_all_gives_zero(loss) -> None:  # type: ignore[no-untyped-def]
    scores = torch.randn(1, 5, 1, 2, generator=torch.Generator().manual_seed(0), requires_grad=True)
    both = loss(scores, torch.tensor([[[1, 255]]]), ignored=255)
    assert both.item() == pytest.approx(loss(scores[..., :1], torch.tensor([[[1]]]), ignored=255).item(), rel=1e-6)
    none = loss(scores, torch.full((1, 1, 2), 255), ignored=255)
    none.backward()
    assert none.item() == 0
    assert scores.grad is not None
    assert not scores.grad.any()

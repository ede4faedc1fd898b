from __future__ import annotations

import math

import pytest
import torch

from perpixel.losses import dice


def test_soft_overlap_by_hand() -> None:
    # Class 0 has probabilities 3/4, 1/2 and is the first pixel: overlap 3/4, sizes 5/4 + 1.
    # Class 1 has 1/4, 1/2 and is the second: overlap 1/2, sizes 3/4 + 1.
    logits = torch.tensor([[[[math.log(3.0), 0.0]], [[0.0, 0.0]]]])
    expected = 1 - (2 * 0.75 / 2.25 + 2 * 0.5 / 1.75) / 2
    assert dice(logits, torch.tensor([[[0, 1]]]), ignored=255).item() == pytest.approx(expected)


def test_sure_answers_cost_one_minus_the_dice_score() -> None:
    truth = torch.tensor([[[0, 0, 0, 1, 1, 255]]])
    answer = torch.tensor([[[0, 0, 1, 1, 1, 0]]])
    logits = torch.nn.functional.one_hot(answer, 3).movedim(-1, 1).float() * 200
    # class 0: 2 * 2 / (2 + 3); class 1: 2 * 2 / (3 + 2); class 2 does not occur
    assert dice(logits, truth, ignored=255).item() == pytest.approx(1 - 0.8)


def test_classes_that_do_not_occur_are_not_in_the_mean() -> None:
    truth = torch.zeros(1, 4, 4, dtype=torch.long)
    logits = torch.randn(1, 2, 4, 4)
    more = torch.cat([logits, torch.full((1, 6, 4, 4), -1e4)], dim=1)
    torch.testing.assert_close(dice(more, truth, ignored=255), dice(logits, truth, ignored=255))


def test_counted_over_the_whole_batch() -> None:
    logits, truth = torch.randn(3, 4, 5, 6), torch.randint(0, 4, (3, 5, 6))
    one = logits.movedim(0, -1).reshape(1, 4, 5, 18)
    torch.testing.assert_close(
        dice(logits, truth, ignored=255), dice(one, truth.movedim(0, -1).reshape(1, 5, 18), ignored=255)
    )

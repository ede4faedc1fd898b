"""What must hold for every loss: the ignored pixels, the empty batch, the types, a brute-force gradient."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from perpixel.losses import cross_entropy, dice, lovasz

LOSSES = [cross_entropy, dice, lovasz]
Loss = Callable[..., Tensor]


def batch(seed: int = 0, ignored: int = 255) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, 5, 6, 7, generator=generator)
    target = torch.randint(0, 4, (2, 6, 7), generator=generator)  # class 4 never occurs
    target[torch.rand(2, 6, 7, generator=generator) < 0.3] = ignored
    return logits, target


@pytest.mark.parametrize("loss", LOSSES)
def test_ignored_pixels_get_exactly_no_gradient(loss: Loss) -> None:
    logits, target = batch()
    logits.requires_grad_()
    loss(logits, target, ignored=255).backward()
    assert logits.grad is not None
    per_pixel = logits.grad.abs().sum(1)
    assert (per_pixel[target == 255] == 0).all()
    assert (per_pixel[target != 255] > 0).any()


@pytest.mark.parametrize("loss", LOSSES)
def test_ignored_pixels_count_nowhere(loss: Loss) -> None:
    logits, target = batch()
    other = logits.clone()
    other.movedim(1, -1)[target == 255] = torch.tensor([1e4, -1e4, 7, 0, 3])
    assert loss(logits, target, ignored=255) == loss(other, target, ignored=255)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_batch_where_nothing_is_judged_gives_zero_and_no_nan(loss: Loss) -> None:
    logits, target = batch()
    logits.requires_grad_()
    value = loss(logits, torch.full_like(target, 255), ignored=255)
    value.backward()
    assert value == 0
    assert logits.grad is not None
    assert (logits.grad == 0).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_any_ignored_value_and_any_integer_type_will_do(loss: Loss) -> None:
    logits, target = batch()
    expected = loss(logits, target, ignored=255)
    assert loss(logits, target.to(torch.uint8), ignored=255) == expected
    assert loss(logits, batch(ignored=65535)[1].to(torch.int32), ignored=65535) == expected
    assert loss(logits, batch(ignored=65535)[1], ignored=65535) == expected


@pytest.mark.parametrize("loss", LOSSES)
def test_half_precision_is_computed_in_full(loss: Loss) -> None:
    logits, target = batch()
    rough = logits.to(torch.bfloat16)
    expected = loss(rough.float(), target, ignored=255)
    assert expected.dtype == torch.float32
    assert loss(rough, target, ignored=255) == expected
    with torch.autocast("cpu", dtype=torch.bfloat16):
        torch.testing.assert_close(loss(rough, target, ignored=255), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("loss", LOSSES)
def test_gradients_are_those_of_small_steps(loss: Loss) -> None:
    logits, target = batch(seed=3)
    logits.requires_grad_()
    loss(logits, target, ignored=255).backward()
    assert logits.grad is not None
    step = 1e-2
    for place in [(0, 0, 0, 0), (1, 3, 2, 5), (0, 4, 5, 6), (1, 2, 1, 1)]:
        with torch.no_grad():
            up, down = logits.clone(), logits.clone()
            up[place] += step
            down[place] -= step
            slope = (loss(up, target, ignored=255) - loss(down, target, ignored=255)) / (2 * step)
        assert abs(slope - logits.grad[place]) < 3e-4


@pytest.mark.parametrize("loss", LOSSES)
def test_a_sure_and_right_answer_costs_nothing_and_a_sure_and_wrong_one_much(loss: Loss) -> None:
    _, target = batch()
    right = torch.nn.functional.one_hot(target.clamp(max=4), 5).movedim(-1, 1).float() * 100
    assert loss(right, target, ignored=255) < 1e-12
    assert loss(right.roll(1, dims=1), target, ignored=255) >= 1


@pytest.mark.parametrize("loss", LOSSES)
def test_huge_logits_stay_finite(loss: Loss) -> None:
    logits, target = batch()
    logits = (logits * 1e6).requires_grad_()
    value = loss(logits, target, ignored=255)
    value.backward()
    assert torch.isfinite(value)
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_descending_the_loss_learns_one_batch(loss: Loss) -> None:
    logits, target = batch()
    logits.requires_grad_()
    optimizer = torch.optim.Adam([logits], lr=0.3)
    for _ in range(60):
        optimizer.zero_grad()
        loss(logits, target, ignored=255).backward()
        optimizer.step()
    judged = target != 255
    assert (logits.argmax(1)[judged] == target[judged]).float().mean() > 0.97

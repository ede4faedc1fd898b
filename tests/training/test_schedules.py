from __future__ import annotations

import pytest
import torch

from perpixel.plan import Schedule
from perpixel.training.schedules import rate_share


@pytest.mark.parametrize(("step", "rate"), [(0, 4.0e-5), (458, 1.0e-3), (800, 7.688e-4), (1529, 4e-9)])
def test_one_cycle_has_the_rates_of_the_drone_notebook(step: int, rate: float) -> None:
    assert 1e-3 * rate_share("one-cycle", step, 1530, warmup=0.3) == pytest.approx(rate, rel=1e-4)


def test_one_cycle_is_that_of_torch_at_every_step() -> None:
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=40, pct_start=0.2)
    for step in range(40):
        expected = optimizer.param_groups[0]["lr"]
        assert rate_share("one-cycle", step, 40, warmup=0.2) == pytest.approx(expected, rel=1e-9)
        optimizer.step()
        if step < 39:
            scheduler.step()


@pytest.mark.parametrize(("step", "rate"), [(0, 0.01), (50, 0.00535887), (99, 0.00015849)])
def test_poly_has_the_rates_of_pspnet(step: int, rate: float) -> None:
    assert 0.01 * rate_share("poly", step, 100) == pytest.approx(rate, rel=1e-5)


def test_cosine_is_one_half_in_the_middle_and_nothing_at_the_end() -> None:
    assert rate_share("cosine", 0, 10) == 1.0
    assert rate_share("cosine", 5, 10) == pytest.approx(0.5)
    assert rate_share("cosine", 10, 10) == pytest.approx(0.0)


def test_warmup_climbs_linearly_to_the_peak() -> None:
    shares = [rate_share("constant", step, 100, warmup=0.04) for step in range(6)]
    assert shares == pytest.approx([0.25, 0.5, 0.75, 1.0, 1.0, 1.0])


@pytest.mark.parametrize("schedule", ["poly", "cosine", "one-cycle", "constant"])
@pytest.mark.parametrize("total", [1, 2, 7])
def test_short_runs_have_rates_from_zero_to_the_peak(schedule: Schedule, total: int) -> None:
    for warmup in (0.0, 0.3, 0.9):
        for step in range(total):
            assert 0 < rate_share(schedule, step, total, warmup=warmup) <= 1

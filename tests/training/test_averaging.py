from __future__ import annotations

import pytest
import torch

from perpixel.models import build
from perpixel.training.averaging import Average


def test_the_average_follows_by_a_decay_that_grows_to_its_own() -> None:
    model = build("unet", 2, options={"widths": (2, 4)})
    name, parameter = next(iter(model.named_parameters()))
    average = Average(model, 0.25)
    start = parameter.detach().clone()
    expected = start.clone()
    for update, decay in enumerate([0.1, 2 / 11, 0.25, 0.25]):  # (1 + n) / (10 + n), at most 0.25
        with torch.no_grad():
            parameter.copy_(start + update + 1)
        average.update()
        expected = decay * expected + (1 - decay) * parameter.detach()
        torch.testing.assert_close(average.model.state_dict()[name], expected)


def test_statistics_are_averaged_and_counts_taken_over() -> None:
    model = build("unet", 2, options={"widths": (2, 4)}).train()
    average = Average(model, 0.5)
    model(torch.rand(2, 3, 16, 16) * 255)
    average.update()
    found = average.model.state_dict()
    counts = [name for name in found if name.endswith("num_batches_tracked")]
    assert counts
    assert all(found[name] == 1 for name in counts)
    mean = next(name for name in found if name.endswith("running_mean"))
    torch.testing.assert_close(found[mean], model.state_dict()[mean] * 0.9)  # the first decay is 0.1, the start 0


def test_the_average_is_neither_trained_nor_in_training_mode() -> None:
    average = Average(build("unet", 2, options={"widths": (2, 4)}).train(), 0.9)
    assert not average.model.training
    assert not any(parameter.requires_grad for parameter in average.model.parameters())


@pytest.mark.parametrize("updates", [0, 7])
def test_a_loaded_average_goes_on_as_the_saved_one(updates: int) -> None:
    model = build("unet", 2, options={"widths": (2, 4)})
    first, second = Average(model, 0.9), Average(build("unet", 2, options={"widths": (2, 4)}), 0.9)
    first.updates = updates
    second.load(first.model.state_dict(), first.updates)
    second._learning = model
    with torch.no_grad():
        next(iter(model.parameters())).add_(1)
    first.update()
    second.update()
    for mine, theirs in zip(first.model.state_dict().values(), second.model.state_dict().values(), strict=True):
        assert torch.equal(mine, theirs)

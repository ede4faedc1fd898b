from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from accelerate import Accelerator
from torch import Tensor, nn

from perpixel.errors import DivergenceError
from perpixel.models import build
from perpixel.objectives import SemanticObjective
from perpixel.plan import Plan
from perpixel.training.learner import Learner
from perpixel.training.optimizers import build_optimizer, set_rate

PLAN = Plan(optimizer="sgd", momentum=0.0, weight_decay=0.0, clip=0.0)


def learner(plan: Plan = PLAN) -> Learner:
    torch.manual_seed(0)
    model = build("unet", 3, options={"widths": (2, 4), "norm": False, "dropout": 0.0})
    return Learner(model, SemanticObjective(model), plan, Accelerator(cpu=True))


def batch(count: int, *, seed: int = 0) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    images = torch.randint(0, 256, (count, 3, 16, 16), generator=generator).to(torch.uint8)
    return images, torch.randint(0, 3, (count, 16, 16), generator=generator).to(torch.uint8)


def test_accumulated_batches_give_the_step_of_one_large_batch() -> None:
    images, truths = batch(6)
    whole, parts = learner(), learner()
    loss = whole.learn([(images, truths)], rate=0.1, step=0)["loss"]
    pieces = list(zip(images.split(2), truths.split(2), strict=True))
    assert parts.learn(pieces, rate=0.1, step=0)["loss"] == pytest.approx(loss)
    for mine, theirs in zip(whole.model.parameters(), parts.model.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs)


def test_the_gradient_is_clipped_to_its_norm() -> None:
    free, clipped = learner(), learner(replace(PLAN, clip=1e-3))
    before = [parameter.detach().clone() for parameter in free.model.parameters()]
    for each in (free, clipped):
        each.learn([batch(2)], rate=1.0, step=0)
    steps = [
        torch.cat([(new - old).flatten() for new, old in zip(each.model.parameters(), before, strict=True)])
        for each in (free, clipped)
    ]
    assert steps[0].norm() > 1e-2
    assert steps[1].norm().item() == pytest.approx(1e-3, rel=1e-3)
    cosine = torch.nn.functional.cosine_similarity(steps[0], steps[1], dim=0)
    assert cosine.item() == pytest.approx(1, abs=1e-5)


def test_dropout_depends_on_the_step_alone() -> None:
    torch.manual_seed(0)
    model = build("unet", 3, options={"widths": (2, 4), "norm": False, "dropout": 0.5})
    one = Learner(model, SemanticObjective(model), PLAN, Accelerator(cpu=True))
    losses = [one.learn([batch(2)], rate=1e-30, step=step)["loss"] for step in (5, 6, 5)]
    assert losses[0] == losses[2] != losses[1]


def test_a_gradient_that_is_not_finite_stops_before_the_weights_change() -> None:
    one = learner()
    before = [parameter.detach().clone() for parameter in one.model.parameters()]
    next(iter(one.model.parameters())).register_hook(lambda gradient: gradient / 0)
    with pytest.raises(DivergenceError, match=r"the gradient is (nan|inf) at step 7: .* clip the gradient"):
        one.learn([batch(2)], rate=1.0, step=7)
    assert all(torch.equal(mine, old) for mine, old in zip(one.model.parameters(), before, strict=True))


def test_biases_and_normalization_do_not_decay_and_the_backbone_learns_slower() -> None:
    model = build("unet", 2, backbone="efficientnet_lite0")
    optimizer = build_optimizer(model, Plan(weight_decay=0.3, backbone_rate=0.1))
    set_rate(optimizer, 2.0)
    names = {parameter: name for name, parameter in model.named_parameters()}
    seen = 0
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            seen += 1
            assert group["weight_decay"] == (0.3 if parameter.ndim > 1 else 0.0)
            assert group["lr"] == pytest.approx(0.2 if names[parameter].startswith("backbone.") else 2.0)
    assert seen == len(names)


def test_of_a_backbone_with_a_body_only_that_learns_slower() -> None:
    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            pyramid = {"body": nn.Conv2d(1, 1, 1), "fpn": nn.Conv2d(1, 1, 1)}
            self.backbone, self.body = nn.ModuleDict(pyramid), nn.Conv2d(1, 1, 1)

    model = Network()
    optimizer = build_optimizer(model, Plan(backbone_rate=0.1))
    names = {parameter: name for name, parameter in model.named_parameters()}
    slow = {names[p] for group in optimizer.param_groups if group["share"] == 0.1 for p in group["params"]}
    assert slow == {"backbone.body.weight", "backbone.body.bias"}


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
def test_a_saved_learner_goes_on_bit_for_bit(optimizer: str) -> None:
    plan = Plan(optimizer=optimizer, ema=0.9)  # type: ignore[arg-type]
    first, second = learner(plan), learner(plan)
    for step in range(2):
        first.learn([batch(2, seed=step)], rate=0.01, step=step)
    second.load(first.facts(), {name: value.clone() for name, value in first.tensors().items()})
    for each in (first, second):
        each.learn([batch(2, seed=9)], rate=0.01, step=2)
    expected, found = first.tensors(), second.tensors()
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], expected[name]) for name in expected)

"""The optimizer of a plan, its groups of parameters, and its memory under the parameters' names."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import SGD, AdamW, Optimizer

from perpixel.plan import Plan


def build_optimizer(model: nn.Module, plan: Plan) -> Optimizer:
    """AdamW or SGD over the trainable parameters of `model`, in four groups.

    Weight decay pulls matrices and kernels only: biases and the scales of normalization have one axis and none of it.
    Parameters of a part with the name `backbone` learn at `backbone_rate` times the rate; where that part has one named
    `body` in it, what stands beside it (a pyramid) is new and learns at the full rate. Each group carries that factor
    as `share`, which `set_rate` uses.
    """
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    trained_before = backbone_names(model)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            groups.setdefault((name in trained_before, parameter.ndim > 1), []).append(parameter)
    described: list[dict[str, Any]] = [
        {
            "params": parameters,
            "share": plan.backbone_rate if backbone else 1.0,
            "weight_decay": plan.weight_decay if decays else 0.0,
        }
        for (backbone, decays), parameters in groups.items()
    ]
    # One fused kernel for all parameters: the loop in Python costs milliseconds a step, and the sums are the same.
    fused = all(parameter.device.type in ("cpu", "cuda") for parameter in model.parameters())
    if plan.optimizer == "sgd":
        return SGD(described, lr=plan.rate, momentum=plan.momentum, nesterov=plan.momentum > 0, fused=fused)
    return AdamW(described, lr=plan.rate, betas=(plan.momentum, 0.999), fused=fused)


def backbone_names(model: nn.Module) -> set[str]:
    """Names of the parameters that learn at the backbone's rate."""
    names = [name for name, _ in model.named_parameters() if "backbone" in name.split(".")]
    bodies = {name for name in names if ".body." in name.partition("backbone")[2]}
    return bodies or set(names)


def set_rate(optimizer: Optimizer, rate: float) -> None:
    """Give every group its share of `rate`."""
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]


def optimizer_tensors(optimizer: Optimizer, model: nn.Module) -> dict[str, Tensor]:
    """What the optimizer remembers (moments, step counts), as `parameter name/key` -> tensor."""
    found = {}
    for name, parameter in model.named_parameters():
        for key, value in optimizer.state.get(parameter, {}).items():
            if isinstance(value, Tensor):
                found[f"{name}/{key}"] = value
    return found


def load_optimizer_tensors(optimizer: Optimizer, model: nn.Module, tensors: dict[str, Tensor]) -> None:
    """Give back what `optimizer_tensors` gave."""
    parameters = dict(model.named_parameters())
    for label, tensor in tensors.items():
        name, key = label.rsplit("/", 1)
        parameter = parameters[name]
        # Moments lie in memory as their parameter does (channels_last); the count of steps is a scalar.
        like = parameter if tensor.shape == parameter.shape else tensor.to(parameter.device)
        optimizer.state[parameter][key] = torch.empty_like(like, requires_grad=False).copy_(tensor)

"""Random weights to start from, for networks without normalization."""

from __future__ import annotations

from typing import Literal

from torch import nn


def initialize(network: nn.Module, *, nonlinearity: Literal["relu", "tanh"]) -> None:
    """Draw the weights so that values keep their spread from layer to layer; biases begin at zero.

    For ReLU as He et al., 2015, https://arxiv.org/abs/1502.01852; for tanh as Glorot & Bengio, 2010,
    https://proceedings.mlr.press/v9/glorot10a.html.
    """
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            if nonlinearity == "relu":
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            else:
                nn.init.xavier_uniform_(layer.weight, gain=nn.init.calculate_gain("tanh"))
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)

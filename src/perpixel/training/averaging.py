"""The moving average of the weights, which generalizes better than the last ones and is what is judged and kept."""

from __future__ import annotations

import copy

import torch
from torch import Tensor

from perpixel.architecture import Segmenter


class Average:
    """An exponential moving average of all parameters of a network and of batch normalization's statistics.

    After `updates` updates the decay is `min(decay, (1 + updates) / (10 + updates))`, so that the random start is soon
    forgotten, as in TensorFlow's ExponentialMovingAverage.

    Attributes:
        model: the average, a network like the one that learns.
    """

    def __init__(self, learning: Segmenter, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.model = copy.deepcopy(learning).eval().requires_grad_(False)
        self._learning = learning

    @torch.no_grad()
    def update(self) -> None:
        """Move toward the network that learns."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        # Asked for anew each time: wrapping a network for several processes gives it other tensors.
        mine, theirs = self.model.state_dict(), self._learning.state_dict()
        averaged = [name for name in mine if mine[name].is_floating_point()]
        torch._foreach_lerp_([mine[name] for name in averaged], [theirs[name] for name in averaged], 1 - decay)
        for name in mine.keys() - set(averaged):  # counts of batches are taken over
            mine[name].copy_(theirs[name])

    def load(self, tensors: dict[str, Tensor], updates: int) -> None:
        """Go on from a saved average."""
        self.model.load_state_dict(tensors)
        self.updates = updates

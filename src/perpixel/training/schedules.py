"""How the learning rate moves: a pure function of how far the run is, so that there is nothing to save or to resume."""

from __future__ import annotations

import math

from perpixel.plan import Schedule

POWER = 0.9
START, END = 25.0, 1e4


def rate_share(schedule: Schedule, step: float, total: int, *, warmup: float = 0.0) -> float:
    """The share of the peak rate at `step` of 0 .. total - 1 (it may lie between two steps).

    `poly` is (1 - step / total) ** 0.9, per step and not per epoch (Liu et al., 2015, ParseNet,
    https://arxiv.org/abs/1506.04579). `cosine` is half a cosine from 1 to 0. Both climb linearly over the first
    `warmup` of all steps, under their own curve. `one-cycle` climbs from 1/25 to 1 over the first `warmup` and falls to
    4e-6 at the last step, both along half a cosine, as torch's OneCycleLR does with `pct_start=warmup` (0.3 there).
    """
    if schedule == "one-cycle":
        return _one_cycle(step, total, warmup)
    climb = min(1.0, (step + 1) / (warmup * total)) if warmup > 0 else 1.0
    done: float = min(1.0, step / total)
    if schedule == "poly":
        return climb * math.pow(1 - done, POWER)
    if schedule == "cosine":
        return climb * (1 + math.cos(math.pi * done)) / 2
    return climb


def _one_cycle(step: float, total: int, warmup: float) -> float:
    top, last = max(0.0, warmup * total - 1), total - 1
    if step < top:
        return _between(1 / START, 1.0, step / top)
    return _between(1.0, 1 / (START * END), (step - top) / max(last - top, 1))


def _between(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * min(1.0, share))) / 2

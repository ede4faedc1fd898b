"""How the weights move: optimizer, rate, schedule, averaging."""

from __future__ import annotations

from math import sqrt

from perpixel.plan import Optimizer, Precision, Schedule
from perpixel.training.planning.draft import Choice
from perpixel.training.planning.network import Sketch
from perpixel.training.planning.survey import Survey
from perpixel.training.planning.words import duration, percent

RATE, SGD_RATE, RATE_SAMPLES = 1.5e-3, 1e-2, 8  # what did well in steps of 8 samples
FASTER = 1.2  # times that less precision must be faster, to be worth it
SHORT = 120.0  # seconds of a run for which nothing is worth it
AVERAGED = 0.07  # of all steps
LEAST_AVERAGED = 10
TUNED_RATE, TUNED_SAMPLES = 6e-5, 16  # of AdamW for a whole network that is trained already: SegFormer's


def choose_optimizer(steps: int) -> Choice[Optimizer]:
    """AdamW gets far in few steps, whatever the network."""
    return "adamw", f"{steps:,} steps are few, and it needs fewer than SGD"


def choose_momentum(steps: int) -> Choice[float]:
    """What both optimizers are used with."""
    return 0.9, f"the usual: each step follows the mean of about 10 of {steps:,} gradients"


def choose_rate(samples: int, optimizer: Optimizer, *, tuned: bool = False) -> Choice[float]:
    """AdamW's grows as the root of the samples in a step, SGD's in proportion to them.

    A network that is `tuned`, trained as a whole before, takes far less.

    Malladi et al., 2022, https://arxiv.org/abs/2205.10287; Goyal et al., 2017, https://arxiv.org/abs/1706.02677.
    """
    if optimizer == "sgd":
        words = f"{SGD_RATE:g} * {samples} / {RATE_SAMPLES} for {samples} samples a step"
        return _rounded(SGD_RATE * samples / RATE_SAMPLES), words
    rate, of = (TUNED_RATE, TUNED_SAMPLES) if tuned else (RATE, RATE_SAMPLES)
    return _rounded(rate * sqrt(samples / of)), f"{rate:g} * sqrt({samples} / {of}) for {samples} samples a step"


def choose_backbone_rate(*, pretrained: bool, images: int, tuned: bool = False) -> Choice[float]:
    """Less for weights that already know something, where others do not."""
    if tuned:
        return 1.0, f"all of it was trained before, and learns on from {images} pictures at one low rate"
    if pretrained:
        return 0.4, f"its ImageNet weights need less change than the rest, and {images} pictures can unteach them"
    return 1.0, f"all of it begins from random weights and learns from {images} pictures"


def choose_weight_decay(found: Sketch, data: Survey, optimizer: Optimizer) -> Choice[float]:
    """Stronger where there are many weights to a picture; SGD's pulls as much with far less, beside its rate."""
    each = found.parameters / data.images
    decay = (0.02 if each > 1000 else 0.01) / (1 if optimizer == "adamw" else 40)
    return decay, f"{found.parameters / 1e6:.1f} million weights for {data.images} pictures: {each:,.0f} for each"


def choose_schedule(steps: int) -> Choice[Schedule]:
    """A rate that ends at nothing is worth more than the shape of its way there."""
    return "poly", f"falls to 0 by the last of {steps:,} steps, nearly in a straight line"


def choose_warmup(steps: int, schedule: Schedule) -> Choice[float]:
    """Short, but for the one schedule whose climb is its point."""
    share = 0.3 if schedule == "one-cycle" else 0.05
    what = "one cycle climbs for long" if schedule == "one-cycle" else "new layers begin at random"
    return share, f"the first {max(round(share * steps), 1):,} of {steps:,} steps: {what}"


def choose_clip(steps: int, batch: int) -> Choice[float]:
    """A guard that seldom acts."""
    return 5.0, f"so that none of {steps:,} steps is ruined by one odd batch of {batch}"


def choose_ema(steps: int) -> Choice[float]:
    """The average reaches over the last steps, when the rate is low already."""
    window = AVERAGED * steps
    if window < LEAST_AVERAGED:
        return 0.0, f"{steps} steps are too few to average"
    decay = round(min(1 - 1 / window, 0.9995), 4)
    return decay, f"averages about {1 / (1 - decay):,.0f} of {steps:,} steps"


def choose_patience(epochs: int) -> Choice[int]:
    """A run that stops early never sees its low rates."""
    return 0, f"the rate falls until the last of {epochs} epochs, and the best comes late"


def choose_precision(seconds: dict[Precision, float], *, expected: float) -> Choice[Precision]:
    """The fastest by trial, if it is clearly faster than float32.

    Args:
        seconds: of a step in each precision that was tried and fits into memory.
        expected: seconds of the whole run in float32.
    """
    tried = ", ".join(f"{name} {duration(taken)}" for name, taken in seconds.items())
    words = f"trial: {tried} a step"
    fastest = min(seconds, key=lambda name: seconds[name])
    if "float32" not in seconds:
        return fastest, f"{words}; float32 does not fit into memory"
    if expected < SHORT:
        return "float32", f"{words}; all steps take {duration(expected)}, and nothing is to be gained"
    gain = seconds["float32"] / seconds[fastest]
    if fastest == "float32" or gain < FASTER:
        return "float32", f"{words}: nothing here is {percent(FASTER - 1)} faster"
    return fastest, f"{words}: {gain:.2g} times as fast"


def _rounded(rate: float) -> float:
    return float(f"{rate:.2g}")

"""Plan: every choice of a training run, as plain data that the light half can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, get_args

Optimizer = Literal["adamw", "sgd"]
Schedule = Literal["poly", "cosine", "one-cycle", "constant"]
ClassWeights = Literal["none", "root-median-frequency", "median-frequency"]
Precision = Literal["float32", "bfloat16", "float16"]
LossTerm = Literal["cross-entropy", "dice", "lovasz"]


@dataclass(frozen=True)
class Augmentation:
    """How far a training picture may differ from the one on disk. Each strength is drawn anew for every picture.

    Attributes:
        scale: least and greatest zoom, drawn evenly on a log scale.
        flip: probability of a mirrored picture (mirror classes swap).
        rotate: greatest turn either way, in radians.
        elastic: standard deviation of the displacement in pixels on a coarse grid; 0 is off.
        color: strength in [0, 1] of brightness, contrast, saturation and hue changes.
        blur: probability of a slight Gaussian blur.
        noise: greatest standard deviation of added noise, in gray values of 0 .. 255.
        mix: probability that half of the classes of another picture are pasted in (ClassMix).
        rare: probability that a crop is placed on a rare class instead of anywhere.
    """

    scale: tuple[float, float] = (0.5, 2.0)
    flip: float = 0.5
    rotate: float = 0.0
    elastic: float = 0.0
    color: float = 0.4
    blur: float = 0.0
    noise: float = 0.0
    mix: float = 0.0
    rare: float = 0.25

    def __post_init__(self) -> None:
        if not 0 < self.scale[0] <= self.scale[1]:
            raise ValueError(f"scale {self.scale} must be two positive numbers, the least first")
        for name in ("flip", "color", "blur", "mix", "rare"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} {getattr(self, name)} must be from 0 to 1")
        for name in ("rotate", "elastic", "noise"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} {getattr(self, name)} must not be negative")


@dataclass(frozen=True)
class Plan:
    """What a run does. `reasons` says for each line why, with the number that was measured.

    Attributes:
        architecture: a name that `perpixel.models.MODELS` lists.
        backbone: a name that `perpixel.backbones.BACKBONES` lists, or None for the network's own.
        pretrained: whether the backbone starts from public ImageNet weights.
        crop: (height, width) of a training sample.
        batch: samples in one forward pass, on each process.
        accumulate: passes added up before one optimizer step.
        epochs: passes over the training pictures.
        rate: the peak learning rate of new layers; the backbone learns at `rate * backbone_rate`.
        schedule: how the rate moves over all steps: poly (power 0.9), cosine, one-cycle, or constant.
        warmup: share of all steps in which the rate climbs from near zero.
        momentum: of SGD, or the first of AdamW's two.
        clip: greatest norm of the gradient; 0 is off.
        loss: terms that are added up.
        class_weights: of the cross-entropy; root-median-frequency is the square root of the median-frequency weights.
        auxiliary: weight of the auxiliary heads' loss, where the network has some.
        ema: decay of the moving average of the weights, which is what is judged and kept; 0 is off.
        precision: of the network's arithmetic in training; weights and losses stay float32.
        workers: processes that prepare pictures; 0 prepares them in the training process.
        patience: epochs without a better validation score before the run stops; 0 never stops.
        minutes: wall-clock bound of the run; None is unbounded. The schedule is laid to end within it.
        repeat: how often each training picture is drawn in an epoch.
        augmentation: how pictures are varied.
        seed: of everything drawn at random.
    """

    architecture: str = "unet"
    backbone: str | None = None
    pretrained: bool = False
    crop: tuple[int, int] = (256, 256)
    batch: int = 4
    accumulate: int = 1
    epochs: int = 30
    optimizer: Optimizer = "adamw"
    rate: float = 1e-3
    backbone_rate: float = 1.0
    weight_decay: float = 1e-2
    momentum: float = 0.9
    schedule: Schedule = "poly"
    warmup: float = 0.05
    clip: float = 5.0
    loss: tuple[LossTerm, ...] = ("cross-entropy",)
    class_weights: ClassWeights = "none"
    auxiliary: float = 0.4
    ema: float = 0.0
    precision: Precision = "float32"
    workers: int = 0
    patience: int = 0
    minutes: float | None = None
    repeat: int = 1
    augmentation: Augmentation = Augmentation()
    seed: int = 0
    reasons: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("batch", "accumulate", "epochs", "repeat"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)} must be at least 1")
        if self.rate <= 0:
            raise ValueError(f"rate {self.rate} must be positive")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} {getattr(self, name)!r} is not one of {', '.join(choices)}")
        if not self.loss or set(self.loss) - set(get_args(LossTerm)):
            raise ValueError(f"loss {self.loss} must be one or more of {', '.join(get_args(LossTerm))}")
        if not 0 <= self.ema < 1:
            raise ValueError(f"ema {self.ema} must be at least 0 and below 1")

    def with_reason(self, reason: str, **changes: Any) -> Plan:
        """A copy with these lines changed, and why. An unknown line is a TypeError."""
        return replace(self, **changes, reasons={**self.reasons, **dict.fromkeys(changes, reason)})

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        augmentation = dict(data["augmentation"])
        augmentation["scale"] = tuple(augmentation["scale"])
        return cls(
            **{
                **data,
                "crop": tuple(data["crop"]),
                "loss": tuple(data["loss"]),
                "augmentation": Augmentation(**augmentation),
            }
        )


_CHOICES: dict[str, tuple[str, ...]] = {
    "optimizer": get_args(Optimizer),
    "schedule": get_args(Schedule),
    "class_weights": get_args(ClassWeights),
    "precision": get_args(Precision),
}

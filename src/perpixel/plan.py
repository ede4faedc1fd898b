"""Plan: every choice of a training run, as plain data that the light half can read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any, Literal, get_args

Optimizer = Literal["adamw", "sgd"]
Schedule = Literal["poly", "cosine", "one-cycle", "constant"]
ClassWeights = Literal["none", "root-median-frequency", "median-frequency"]
Precision = Literal["float32", "bfloat16", "float16"]
LossTerm = Literal["cross-entropy", "dice", "pooled-dice", "lovasz", "information-gain", "ordinal"]
Sampling = Literal["pictures", "classes"]
Decisions = Literal["even", "searched"]


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
        copy_paste: probability that some things of another picture are pasted over it, where things are told apart.
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
    copy_paste: float = 0.0
    rare: float = 0.25

    def __post_init__(self) -> None:
        if not 0 < self.scale[0] <= self.scale[1]:
            raise ValueError(f"scale {self.scale} must be two positive numbers, the least first")
        for name in ("flip", "color", "blur", "mix", "copy_paste", "rare"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} {getattr(self, name)} must be from 0 to 1")
        for name in ("rotate", "elastic", "noise"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} {getattr(self, name)} must not be negative")


@dataclass(frozen=True)
class Forecast:
    """What a run will take, judged by a few trial steps.

    Attributes:
        minutes: of learning and judging.
        memory_bytes: the most that is taken at once: of the GPU, or of the machine where there is none.
        step_seconds: one step of the optimizer.
    """

    minutes: float
    memory_bytes: int
    step_seconds: float


@dataclass(frozen=True)
class Plan:
    """What a run does. `reasons` says for each line why, with the number that was measured.

    Attributes:
        architecture: a name that `perpixel.models.MODELS` lists.
        backbone: a name that `perpixel.backbones.BACKBONES` lists, or None for the network's own.
        options: further arguments of the network, such as `{"widths": (8, 16, 32)}`.
        pretrained: whether the backbone starts from public ImageNet weights.
        crop: (height, width) of a training sample.
        batch: samples in one forward pass, on each process.
        accumulate: passes added up before one optimizer step.
        epochs: passes over the training pictures.
        rate: the peak learning rate of new layers; the backbone learns at `rate * backbone_rate`.
        schedule: how the rate moves over all steps: poly (power 0.9), cosine, one-cycle, or constant.
        warmup: share of all steps in which the rate climbs: from near zero, or from 1/25 of the peak with one-cycle.
        momentum: of SGD, or the first of AdamW's two.
        clip: greatest norm of the gradient; 0 is off.
        loss: terms that are added up; information-gain and ordinal are of depth, and ordinal stands alone.
        class_weights: of the cross-entropy; root-median-frequency is the square root of the median-frequency weights.
        border: U-Net's weight of the gaps between cells, added to the class's in the cross-entropy (in the paper 10);
            0 is off. Cells are the components of a class.
        border_sigma: pixels over which this weight falls.
        border_class: whose components are the cells; None takes all but the first class's.
        auxiliary: weight of the auxiliary heads' loss, where the network has some.
        ema: decay of the moving average of the weights, which is what is judged and kept; 0 is off.
        precision: of the network's arithmetic in training; weights and losses stay float32.
        workers: processes that prepare pictures; 0 prepares them in the training process.
        patience: epochs without a better validation score before the run stops; 0 never stops.
        minutes: wall-clock bound of the run; None is unbounded. The schedule ends within it: where the minutes run
            out before the epochs do, the rate follows the minutes.
        repeat: how often each training picture is drawn in an epoch.
        sampling: "pictures" draws each equally often; "classes" draws a class first, or that there is none, and then a
            picture that has it, so that an epoch of as many draws shows rare classes more often.
        decisions: multilabel: "searched" chooses, when training ends, each class's threshold and least area of a part
            by the mean Dice of the validation pictures; "even" leaves 0.5 and no area.
        augmentation: how pictures are varied.
        seed: of everything drawn at random.
        forecast: what the run will take; None if nobody tried.
    """

    architecture: str = "unet"
    backbone: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
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
    border: float = 0.0
    border_sigma: float = 5.0
    border_class: str | None = None
    auxiliary: float = 0.4
    ema: float = 0.0
    precision: Precision = "float32"
    workers: int = 0
    patience: int = 0
    minutes: float | None = None
    repeat: int = 1
    sampling: Sampling = "pictures"
    decisions: Decisions = "even"
    augmentation: Augmentation = Augmentation()
    seed: int = 0
    reasons: Mapping[str, str] = field(default_factory=dict)
    forecast: Forecast | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "options", {name: _tuples(value) for name, value in self.options.items()})
        for name in ("batch", "accumulate", "epochs", "repeat"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)} must be at least 1")
        for name in ("weight_decay", "clip", "border", "auxiliary", "workers", "patience", "seed", "backbone_rate"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} {getattr(self, name)} must not be negative")
        for name in ("rate", "border_sigma"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} {getattr(self, name)} must be positive")
        if self.minutes is not None and self.minutes <= 0:
            raise ValueError(f"minutes {self.minutes} must be positive")
        if len(self.crop) != 2 or min(self.crop) < 1:
            raise ValueError(f"crop {self.crop} must be a height and a width in pixels")
        for name in ("ema", "momentum", "warmup"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} {getattr(self, name)} must be at least 0 and below 1")
        for name, choices in _CHOICES.items():
            if getattr(self, name) not in choices:
                raise ValueError(f"{name} {getattr(self, name)!r} is not one of {', '.join(choices)}")
        if not self.loss or set(self.loss) - set(get_args(LossTerm)):
            raise ValueError(f"loss {self.loss} must be one or more of {', '.join(get_args(LossTerm))}")
        if self.border and "cross-entropy" not in self.loss:
            raise ValueError(f"border {self.border} weighs the cross-entropy, which is not in loss {self.loss}: add it")

    def with_reason(self, reason: str, **changes: Any) -> Plan:
        """A copy with these lines changed, and why; strengths of the augmentation go by their own names (`flip=0`).

        A forecast was of the plan before, and is dropped.

        Raises:
            TypeError: there is no such line.
        """
        strengths = {name: changes[name] for name in changes if name in _STRENGTHS}
        lines = {name: changes[name] for name in changes if name not in _STRENGTHS}
        if strengths:
            lines["augmentation"] = replace(lines.get("augmentation", self.augmentation), **strengths)
        forecast = None if changes else self.forecast
        return replace(self, **lines, reasons={**self.reasons, **dict.fromkeys(changes, reason)}, forecast=forecast)

    def lines(self) -> dict[str, Any]:
        """Every choice by its name, the augmentation's strengths among them."""
        own = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        strengths = {name: getattr(self.augmentation, name) for name in _STRENGTHS}
        return {name: value for name, value in own.items() if name not in _NO_LINES} | strengths

    def differences(self, other: Plan) -> list[str]:
        """The lines in which a run by `other` would not be this run, as `epochs: 5 in the run, 6 now`.

        `workers` and `reasons` may differ: they do not change what is learnt.
        """
        mine, theirs = self.lines(), other.lines()
        return [
            f"{name}: {mine[name]} in the run, {theirs[name]} now"
            for name in mine
            if name != "workers" and mine[name] != theirs[name]
        ]

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data."""
        return asdict(replace(self, reasons=dict(self.reasons), options=dict(self.options)))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Plan:
        """Read what `to_dict` wrote; a line that is missing takes its default, one that is not known is a TypeError."""
        lines = dict(data)
        if "augmentation" in lines:
            strengths = dict(lines["augmentation"])
            if "scale" in strengths:
                strengths["scale"] = tuple(strengths["scale"])
            lines["augmentation"] = Augmentation(**strengths)
        for name in ("crop", "loss"):
            if name in lines:
                lines[name] = tuple(lines[name])
        if lines.get("forecast"):
            lines["forecast"] = Forecast(**lines["forecast"])
        return cls(**lines)


def _tuples(value: Any) -> Any:
    """JSON has no tuples; options that are lists there were tuples here."""
    return tuple(_tuples(entry) for entry in value) if isinstance(value, list | tuple) else value


_CHOICES: dict[str, tuple[str, ...]] = {
    "optimizer": get_args(Optimizer),
    "schedule": get_args(Schedule),
    "class_weights": get_args(ClassWeights),
    "precision": get_args(Precision),
    "sampling": get_args(Sampling),
    "decisions": get_args(Decisions),
}
_NO_LINES = ("augmentation", "reasons", "forecast")
_STRENGTHS = tuple(entry.name for entry in fields(Augmentation))

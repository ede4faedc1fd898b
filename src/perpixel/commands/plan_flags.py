"""The flags of `perpixel train` that each replace one line of the plan."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

from cyclopts import Group, Parameter

from perpixel.commands.arguments import comma_separated, parse_options, parse_range, parse_size
from perpixel.plan import ClassWeights, Decisions, Optimizer, Precision, Sampling, Schedule


@Parameter(name="*", group=Group("Network", sort_key=1))
@dataclass(frozen=True, kw_only=True)
class NetworkFlags:
    """What learns.

    Attributes:
        arch: Network, as `perpixel models` lists them; or `hf:OWNER/NAME` or `hf:FOLDER` of Hugging Face.
        backbone: Backbone of the network.
        options: Further arguments of the network, as JSON: '{"widths": [8, 16, 32]}'.
        upsample: How a SegNet's maps grow: the option of that name.
        downsample: How maps shrink, where the network offers it: the option of that name.
        skip: Whether a U-Net copies each level across: the option of that name.
        pretrained: Start the backbone from public ImageNet weights.
    """

    arch: str | None = None
    backbone: str | None = None
    options: str | None = None
    upsample: Literal["nearest", "nails", "bilinear", "unpool", "transposed"] | None = None
    downsample: Literal["pool", "stride"] | None = None
    skip: bool | None = None
    pretrained: bool | None = None

    def lines(self) -> dict[str, Any]:
        """The lines of a plan that are given.

        Raises:
            ValueError: options that are no JSON object.
        """
        from perpixel.models import spelled_out

        options = {} if self.options is None else parse_options(self.options)
        arch = self.arch
        if arch is not None:
            arch, short = spelled_out(arch, options or None)
            options = short or options
        named = {"upsample": self.upsample, "downsample": self.downsample, "skip": self.skip}
        return _given(
            architecture=arch,
            backbone=self.backbone,
            options={**options, **_given(**named)} or None,
            pretrained=self.pretrained,
        )


@Parameter(name="*", group=Group("Learning", sort_key=2))
@dataclass(frozen=True, kw_only=True)
class LearningFlags:
    """How it learns.

    Attributes:
        crop: HEIGHTxWIDTH of a training sample.
        batch: Samples in one forward pass.
        accumulate: Passes before one step of the optimizer.
        repeat: How often each picture is drawn in an epoch.
        sampling: "pictures" draws all alike; "classes" draws a class first, then a picture that has it.
        decisions: Of classes that may overlap: "searched" chooses each one's threshold and least area of a part on the
            validation pictures, by their mean Dice; "even" leaves 0.5.
        optimizer: Optimizer.
        rate: Peak learning rate.
        backbone_rate: The backbone's share of the rate.
        weight_decay: Of kernels and matrices; biases and normalization have none.
        momentum: Of SGD, or the first of AdamW's two.
        schedule: How the rate moves.
        warmup: Share of the run in which the rate climbs.
        clip: Greatest norm of the gradient; 0 is off.
        loss: Terms that are added up, comma-separated: cross-entropy, dice, pooled-dice, lovasz; of depth also
            information-gain, or ordinal alone.
        class_weights: Of the cross-entropy.
        border: U-Net's weight of the gaps between cells (10 in the paper), which are the components of a class.
        border_sigma: Pixels over which that weight falls.
        border_class: Whose components are the cells; by default every class but the first.
        auxiliary: Weight of auxiliary heads' losses.
        ema: Decay of the moving average of the weights; 0 is off.
        precision: Of the network's arithmetic.
        workers: Processes that prepare pictures.
        patience: Epochs without a better score before the run stops; 0 never stops.
        seed: Of everything that is drawn at random.
    """

    crop: str | None = None
    batch: int | None = None
    accumulate: int | None = None
    repeat: int | None = None
    sampling: Sampling | None = None
    decisions: Decisions | None = None
    optimizer: Optimizer | None = None
    rate: float | None = None
    backbone_rate: float | None = None
    weight_decay: float | None = None
    momentum: float | None = None
    schedule: Schedule | None = None
    warmup: float | None = None
    clip: float | None = None
    loss: str | None = None
    class_weights: ClassWeights | None = None
    border: float | None = None
    border_sigma: float | None = None
    border_class: str | None = None
    auxiliary: float | None = None
    ema: float | None = None
    precision: Precision | None = None
    workers: int | None = None
    patience: int | None = None
    seed: int | None = None

    def lines(self) -> dict[str, Any]:
        """The lines of a plan that are given.

        Raises:
            ValueError: a crop or losses that cannot be read.
        """
        read = {
            "crop": None if self.crop is None else parse_size(self.crop, what="crop"),
            "loss": None if self.loss is None else tuple(comma_separated(self.loss)),
        }
        return _given(**asdict(self) | read)


@Parameter(name="*", group=Group("Changes to the pictures", sort_key=3))
@dataclass(frozen=True, kw_only=True)
class PictureFlags:
    """How far a picture that is learnt from may differ from the one on disk.

    Attributes:
        scale: Least and greatest zoom, comma-separated.
        flip: Probability of a mirrored picture.
        rotate: Greatest turn, in radians.
        elastic: Elastic displacement, in pixels.
        color: Strength of color changes, 0 to 1.
        blur: Probability of a blur.
        noise: Greatest deviation of noise, in gray values.
        mix: Probability that classes of another picture are pasted in.
        copy_paste: Probability that some things of another picture are pasted over it (instance, panoptic).
        rare: Probability that a crop is placed on a rare class.
    """

    scale: str | None = None
    flip: float | None = None
    rotate: float | None = None
    elastic: float | None = None
    color: float | None = None
    blur: float | None = None
    noise: float | None = None
    mix: float | None = None
    copy_paste: float | None = None
    rare: float | None = None

    def lines(self) -> dict[str, Any]:
        """The lines of a plan that are given.

        Raises:
            ValueError: a scale that cannot be read.
        """
        scale = None if self.scale is None else parse_range(self.scale, what="scale")
        return _given(**asdict(self) | {"scale": scale})


def _given(**lines: Any) -> dict[str, Any]:
    return {name: value for name, value in lines.items() if value is not None}

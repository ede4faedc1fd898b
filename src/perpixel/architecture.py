"""What every network offers, so that training, judging and export need to know no network by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.errors import ModelError
from perpixel.kernels.region_rules import RegionRules
from perpixel.spec import Geometry, OutputKind, OutputSpec


class Segmenter(nn.Module):
    """A network that gives every pixel of a picture one number for each class.

    A subclass implements `compute`; everything that all networks share (normalization, padding to a size that the
    network takes, the way back to the picture's size) stands here, so that an exported graph takes raw pictures.

    Attributes:
        stride: pixels of the picture to one step of the coarse logits.
        geometry: which sizes `compute` takes, and the margin that it loses on each side.
        answers: the outputs that a graph of it gives, "logits" first. More of them are for tasks that need more.
        rules: how regions are chosen for a second stage, where there is one.
        architecture: name and arguments that `perpixel.models.build` made this network from; empty if it was made
            by hand, and then only code can make it again.
        licence: of public weights that it may begin from, where they state one.
    """

    answers: tuple[str, ...] = ("logits",)
    rules: RegionRules | None = None

    def __init__(
        self,
        num_classes: int,
        *,
        in_channels: int,
        stride: int,
        geometry: Geometry,
        mean: Sequence[float] = (127.5,),
        std: Sequence[float] = (127.5,),
    ) -> None:
        super().__init__()
        if num_classes < 1 or in_channels < 1:
            raise ValueError(f"num_classes is {num_classes} and in_channels {in_channels}; both must be at least 1")
        self.num_classes = num_classes
        self.in_channels = in_channels
        self.stride = stride
        self.geometry = geometry
        self.architecture: Mapping[str, object] = {}
        self.licence: str | None = None
        self.normalization = Normalization(in_channels, mean=mean, std=std)

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map normalized images (N, in_channels, H, W), of a size that `geometry` allows, to named outputs.

        "logits" (N, num_classes, ceil(H / stride), ceil(W / stride)) is always there, less the margin if there is one;
        in training mode there may be "auxiliary", logits at any size.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement compute")

    def outputs(self, images: Tensor) -> dict[str, Tensor]:
        """Map raw images (N, in_channels, H, W), float 0 .. 255, to what `compute` gives, padded at right and bottom.

        The outputs cover the padded picture: `forward` crops, a loss must not see what lies beyond the picture.

        Raises:
            ModelError: another number of channels; or a size that a network with a margin cannot take.
        """
        self._check(images)
        images = self.normalization(images)
        return self.compute(images if self.geometry.margin else self.padded(images))

    def padded(self, images: Tensor) -> Tensor:
        """Images (N, C, H, W) of a size that `geometry` allows: the last row and column are repeated.

        A network that remembers where maxima were must not see flat strips, in which any pixel may be the greatest by
        a rounding error: such a one mirrors the picture by `surround`.
        """
        return pad(images, self.geometry)

    def forward(self, images: Tensor) -> Tensor:
        """Map raw images (N, in_channels, H, W), float 0 .. 255, to logits (N, num_classes, H, W), never activated.

        With valid convolutions the logits are smaller, by `geometry.margin` pixels on each of the four sides.
        """
        logits = self.outputs(images)["logits"]
        if self.stride > 1:
            logits = F.interpolate(logits, scale_factor=self.stride, mode="bilinear", align_corners=False)
        if self.geometry.margin:
            return logits
        return logits[:, :, : images.shape[2], : images.shape[3]]

    def to_decode(self, images: Tensor) -> dict[str, Tensor]:
        """What a task decodes, of raw images (N, in_channels, H, W): the outputs, or what a second stage made of them.

        Call it in evaluation mode.
        """
        return self.outputs(images)

    @property
    def second_stage(self) -> nn.Module | None:
        """What judges the regions that `rules` choose, as a module of its own; its `example` gives inputs for it."""
        return None

    def describe_outputs(self, kind: OutputKind) -> tuple[OutputSpec, ...]:
        """What a graph of it gives: logits of this kind, and whatever else it answers, named by its kind."""
        others = (OutputSpec(name, self.stride, cast(OutputKind, name)) for name in self.answers if name != "logits")
        return (OutputSpec("logits", self.stride, kind), *others)

    def _check(self, images: Tensor) -> None:
        if images.dim() != 4 or images.shape[1] != self.in_channels:
            cure = (
                f": build it with in_channels={images.shape[1]}, or convert the pictures" if images.dim() == 4 else ""
            )
            raise ModelError(
                f"images have shape {tuple(images.shape)}; this network takes (N, {self.in_channels}, H, W){cure}"
            )
        if self.geometry.margin and not torch.compiler.is_exporting():
            check_size(images.shape[2], images.shape[3], self.geometry)


class Normalization(nn.Module):
    """Subtract a mean and divide by a standard deviation, per channel; both are buffers and travel with the weights.

    Channels for which no value is given take the average of the given ones; so does every channel where more values
    are given than there are channels (a gray picture for a network of three).
    """

    mean: Tensor
    std: Tensor

    def __init__(self, in_channels: int, *, mean: Sequence[float], std: Sequence[float]) -> None:
        super().__init__()
        for name, values in (("mean", mean), ("std", std)):
            known = list(values) if in_channels >= len(values) else []
            average = sum(values) / len(values)
            filled = known + [average] * (in_channels - len(known))
            self.register_buffer(name, torch.tensor(filled).view(1, in_channels, 1, 1))

    def forward(self, images: Tensor) -> Tensor:
        """Map images (N, in_channels, H, W), float, to the same shape."""
        return (images - self.mean) / self.std


def pad(images: Tensor, geometry: Geometry) -> Tensor:
    """Repeat the last row and column until `geometry` allows the size: from 1 x 1 pixel on, and while exporting."""
    height, width = images.shape[2:]
    down, right = (fitting(side, geometry) - side for side in (height, width))
    if not torch.compiler.is_exporting() and down == 0 == right:
        return images
    return F.pad(images, (0, right, 0, down), mode="replicate")


def surround(images: Tensor, geometry: Geometry) -> Tensor:
    """Mirror a picture (N, C, H, W) on all sides, so that valid convolutions give an answer for every pixel of it.

    The margin goes before the first row and column; after the last go the margin and what the size still needs.
    The edge itself is not repeated (Ronneberger et al., 2015, figure 2); a picture may be smaller than the margin.
    """
    for dimension in (2, 3):
        size = images.shape[dimension]
        total = fitting(size + 2 * geometry.margin, geometry)
        last = torch.arange(size, device=images.device)[-1:]  # the exporter wants a tensor to take remainders by
        period = torch.clamp(2 * last, min=1)
        position = (torch.arange(total, device=images.device) - geometry.margin) % period
        images = images.index_select(dimension, torch.minimum(position, period - position))
    return images


def fitting(side: int, geometry: Geometry) -> int:
    """The least side, not below `side`, that `geometry` allows: `minimum` and any number of multiples more."""
    # No negative number is divided: Python and torch round down, an exported graph rounds toward zero.
    side = torch.sym_max(side, geometry.minimum)  # type: ignore[no-untyped-call]
    steps = (side - geometry.minimum + geometry.multiple - 1) // geometry.multiple
    return geometry.minimum + steps * geometry.multiple


def check_size(height: int, width: int, geometry: Geometry) -> None:
    """Raise unless `geometry` allows this size.

    Raises:
        ModelError: the message names the nearest sides that it does allow.
    """
    wrong = []
    for name, side in (("height", height), ("width", width)):
        above = fitting(side, geometry)
        if above != side:
            below = above - geometry.multiple
            wrong.append(f"{name} {side} (take {f'{below} or ' if below >= geometry.minimum else ''}{above})")
    if wrong:
        examples = ", ".join(str(geometry.minimum + i * geometry.multiple) for i in range(3))
        raise ModelError(
            f"this network cannot take {' and '.join(wrong)}: its sides are {examples} and so on in steps of "
            f"{geometry.multiple}, and it answers for {geometry.margin} pixels less on each side"
        )

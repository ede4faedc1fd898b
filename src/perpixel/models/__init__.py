"""The table of networks, and how one is built by name. Importing it loads no torch; building does."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Literal

from perpixel.errors import ModelError

if TYPE_CHECKING:
    from perpixel.architecture import Segmenter

__all__ = ["MODELS", "build"]


def unet(
    num_classes: int,
    *,
    backbone: str | None = None,
    pretrained: bool = False,
    in_channels: int = 3,
    widths: Sequence[int] | None = None,
    padding: Literal["same", "valid"] = "same",
    norm: bool = True,
    dropout: float = 0.5,
) -> Segmenter:
    """U-Net, 2015: the paper's own, or on a backbone, which has no use for `padding`, `norm` and `dropout`."""
    if backbone is not None:
        from perpixel.models import backbone_unet

        if (padding, norm, dropout) != ("same", True, 0.5):
            raise ModelError("a U-Net on a backbone has no `padding`, `norm` or `dropout` to choose: leave them out")
        return backbone_unet.BackboneUNet(
            num_classes,
            backbone=backbone,
            pretrained=pretrained,
            in_channels=in_channels,
            widths=widths or backbone_unet.WIDTHS,
        )
    from perpixel.models.unet import WIDTHS, UNet

    return UNet(
        num_classes, in_channels=in_channels, widths=widths or WIDTHS, padding=padding, norm=norm, dropout=dropout
    )


def ladder(
    num_classes: int,
    *,
    backbone: str = "efficientnet_lite1",
    pretrained: bool = False,
    in_channels: int = 3,
    width: int = 96,
    dropout: float = 0.1,
) -> Segmenter:
    """Ladder: a light backbone, context at its coarsest map, a thin way back up to stride 4; after SwiftNet, 2019."""
    from perpixel.models.ladder import Ladder

    return Ladder(
        num_classes, backbone=backbone, pretrained=pretrained, in_channels=in_channels, width=width, dropout=dropout
    )


MODELS: dict[str, Callable[..., Segmenter]] = {
    "ladder": ladder,
    "unet": unet,
}
DIRECT = ("num_classes", "backbone", "pretrained", "in_channels")  # arguments of `build` itself


def build(
    architecture: str,
    num_classes: int,
    *,
    backbone: str | None = None,
    pretrained: bool = False,
    in_channels: int = 3,
    options: Mapping[str, object] | None = None,
) -> Segmenter:
    """A new network by its name in `MODELS`.

    Its attribute `architecture` then holds all that `build` needs to make it again, save the weights and `pretrained`.

    >>> model = build("unet", 11, options={"widths": (8, 16, 32)})
    >>> model.geometry.multiple
    4

    Args:
        num_classes: channels of the logits.
        backbone: a name that `perpixel.backbones.BACKBONES` lists, for networks that take one.
        pretrained: start the backbone from public ImageNet weights.
        in_channels: of the pictures.
        options: further arguments of the network's constructor, such as `widths`.

    Raises:
        ModelError: an unknown name, answered with the known ones; an option or a backbone that this network does not
            take; or pretrained weights that cannot be had.
    """
    constructor = MODELS[known(architecture, MODELS, kind="architecture")]
    signature = inspect.signature(constructor)
    takes = signature.parameters
    for name in options or {}:
        known(name, [name for name in takes if name not in DIRECT], kind=f"option of {architecture}")
    arguments = {"in_channels": in_channels, **(options or {})}
    if backbone is not None:
        from perpixel.backbones import BACKBONES

        if "backbone" not in takes:
            raise ModelError(f"{architecture} takes no backbone; leave out {backbone!r}")
        arguments["backbone"] = known(backbone, BACKBONES, kind="backbone")
    if pretrained:
        if "pretrained" not in takes:
            raise ModelError(f"there are no pretrained weights for {architecture}: leave out `pretrained`")
        if backbone is None and takes["backbone"].default is None:
            raise ModelError(f"{architecture} has pretrained weights only on a backbone: name one, such as resnet18")
        arguments["pretrained"] = True
    bound = signature.bind(num_classes, **arguments)
    bound.apply_defaults()  # written down, so that a checkpoint outlives a change of the defaults
    model = constructor(*bound.args, **bound.kwargs)
    model.architecture = {
        "name": architecture,
        "backbone": bound.arguments.get("backbone"),
        "in_channels": in_channels,
        "options": {name: value for name, value in bound.arguments.items() if name not in DIRECT},
    }
    return model


def known(name: str, names: Collection[str], *, kind: str) -> str:
    """`name` if it is one of `names`.

    Raises:
        ModelError: it is not; the message has the nearest spelling and all names.
    """
    if name in names:
        return name
    near = get_close_matches(name, names, n=1, cutoff=0.5)
    guess = f"did you mean {near[0]!r}? " if near else ""
    raise ModelError(f"there is no {kind} {name!r}; {guess}known are {', '.join(sorted(names))}")

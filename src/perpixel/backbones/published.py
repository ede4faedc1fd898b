"""Whole networks, trained for segmentation and published under other names than ours."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor, nn

from perpixel.backbones.pretrained import fit, read_weights

Source = str | Path | Mapping[str, Tensor]


def load_whole(module: nn.Module, source: Source, *, names: Mapping[str, str], own: str) -> None:
    """Load all tensors of a published network into `module`, strictly: each must have its place, and each place one.

    Args:
        source: a file, a repository `owner/name` of the Hugging Face hub, or the named tensors themselves.
        names: how names begin there, and how they begin here instead.
        own: how the names begin that only `module` has, and which keep their values.

    Raises:
        ModelError: they cannot be had, or do not fit; the message has the tensors, under the names that they have here.
    """
    if isinstance(source, Mapping):
        found, called = source, "the tensors given"
    else:
        found, called = read_weights(source), str(source)
    tensors = {name: tensor for name, tensor in module.state_dict().items() if name.startswith(own)}
    for name, tensor in found.items():
        begins = next((begin for begin in names if name.startswith(begin)), "")
        tensors[names.get(begins, "") + name.removeprefix(begins)] = tensor
    fit(module, tensors, source=called, classifier=())

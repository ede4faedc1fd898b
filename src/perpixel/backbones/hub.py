"""What a repository of the Hugging Face hub, or a folder like one, says of its network in files beside the weights."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from perpixel.backbones.backbone import Backbone
from perpixel.errors import ModelError

CONFIG, NORMALIZATION, CARD = "config.json", "preprocessor_config.json", "README.md"
FRONT_MATTER = re.compile(r"\A---\s*\n(.*?)\n---\s*$", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Source:
    """A published network without its weights.

    Attributes:
        name: of the repository or folder.
        config: all of its `config.json`.
        mean, std: of the pictures that it was trained on, in gray values 0 .. 255; ImageNet's if it does not say.
        swapped: whether these pictures were blue, green, red.
        licence: as the model's card states it, and whose it is; None if it states none.
    """

    name: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    mean: tuple[float, ...] = Backbone.mean
    std: tuple[float, ...] = Backbone.std
    swapped: bool = False
    licence: str | None = None


def read_source(name: str) -> Source:
    """Look at a repository `owner/name` of the hub, which is fetched once, or at a local folder.

    Raises:
        ModelError: there is no such folder or repository, or no configuration in it; or the hub cannot be reached.
    """
    path = _file(name, CONFIG)
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path}: not a configuration: {error}") from error
    if not isinstance(config, dict):
        raise ModelError(f"{path}: not a configuration, but a {type(config).__name__}")
    facts = _facts(name)
    return Source(name, config, *normalization(facts), bool(facts.get("do_flip_channel_order")), _licence(name))


def normalization(facts: Mapping[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and standard deviation in gray values, out of a `preprocessor_config.json`.

    There, pictures are multiplied by a factor first, 1 / 255 if nothing is said, and normalized after it.
    """
    factor = float(facts.get("rescale_factor") or 1 / 255) if facts.get("do_rescale", True) else 1.0
    mean, std = facts.get("image_mean"), facts.get("image_std")
    if facts.get("do_normalize", bool(mean and std) or not facts):
        if not mean or not std:
            return Backbone.mean, Backbone.std
        return tuple(value / factor for value in mean), tuple(value / factor for value in std)
    return (0.0,), (1 / factor,)


def _facts(name: str) -> dict[str, Any]:
    try:
        facts = json.loads(_file(name, NORMALIZATION).read_text(encoding="utf-8"))
    except (ModelError, OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _licence(name: str) -> str | None:
    """The licence in a model card's front matter."""
    try:
        found = FRONT_MATTER.match(_file(name, CARD).read_text(encoding="utf-8"))
        facts = yaml.safe_load(found[1]) if found else None
    except (ModelError, OSError, ValueError, yaml.YAMLError):
        return None
    facts = facts if isinstance(facts, dict) else {}
    licence = facts.get("license")
    if licence == "other":
        licence = facts.get("license_name") or facts.get("license_link") or licence
    return f"{licence} ({name})" if licence else None


def _file(name: str, file: str) -> Path:
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / file).is_file():
            raise ModelError(f"{folder}: there is no {file} in this folder")
        return folder / file
    if not re.fullmatch(r"[\w-][\w.-]*/[\w-][\w.-]*", name):
        raise ModelError(f"{name}: no such folder, nor a repository `owner/name` of the Hugging Face hub")
    import huggingface_hub
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        try:
            return Path(huggingface_hub.hf_hub_download(name, file, local_files_only=True))
        except LocalEntryNotFoundError:
            return Path(huggingface_hub.hf_hub_download(name, file))
    except LocalEntryNotFoundError as error:  # offline, or the hub did not answer
        raise ModelError(
            f"{name}: no such folder, and the Hugging Face hub cannot be reached: where there is a network, "
            f"`hf download {name} --local-dir FOLDER`, and give the folder"
        ) from error
    except Exception as error:  # its own errors, its HTTP client's and the system's share no other parent
        reason = (str(error).strip().splitlines() or [""])[0]
        raise ModelError(f"{name}: {file} is not on the Hugging Face hub: {reason}") from error

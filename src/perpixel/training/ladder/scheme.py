"""What a ladder compares, and under which budget; kept in its folder, so that one table never mixes two budgets."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from perpixel.errors import ResumeError
from perpixel.files import atomic_write, make_folder
from perpixel.models import MODELS, known, spelled_out
from perpixel.plan import Plan

FILE = "scheme.json"


@dataclass(frozen=True)
class Scheme:
    """What is asked for.

    Attributes:
        architectures: names that `perpixel.models.build` takes.
        seeds: each network is trained once with each.
        given: lines of every plan, the budget of one run among them: `epochs`, `minutes`, or both.
        options: arguments of single networks by their names in `architectures`; `backbone` may be among them.
        split: what is judged.
    """

    architectures: tuple[str, ...]
    seeds: tuple[int, ...] = (0, 1, 2)
    given: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    split: str = "val"

    def __post_init__(self) -> None:
        for name, values in (("architectures", self.architectures), ("seeds", self.seeds)):
            if not values or len(set(values)) < len(values):
                raise ValueError(f"{name} {values} must be at least one, and none twice")
        if not {"epochs", "minutes"} & self.given.keys():
            raise ValueError("no budget: give the epochs or the minutes of each run")
        for name in {"architecture", "seed"} & self.given.keys():
            raise ValueError(f"{name} is no line that all runs of a ladder have alike")
        for seed in self.seeds:
            Plan().with_reason("", **self.given, seed=seed)  # a wrong line is said at once
        for name in self.architectures:
            known(spelled_out(name)[0], MODELS, kind="architecture")
        for name, arguments in self.options.items():
            known(name, self.architectures, kind="network of this ladder")
            if not isinstance(arguments, Mapping):
                raise ValueError(f'options of {name} are {arguments!r}, not an object such as {{"widths": [8, 16]}}')

    def lines(self, architecture: str) -> dict[str, Any]:
        """The lines that stand in the plan of this network, whatever its seed."""
        name, options = spelled_out(architecture, self.options.get(architecture))
        lines: dict[str, Any] = {**self.given, "architecture": name}
        if "backbone" in options:
            lines["backbone"] = options.pop("backbone")
        if options:
            lines["options"] = options
        if lines.get("pretrained") and "pretrained" not in inspect.signature(MODELS[name].constructor()).parameters:
            lines["pretrained"] = False  # there are no weights that it could begin with
        return lines

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON data."""
        each = {name: {**self.options.get(name, {})} for name in self.architectures}
        data = {"given": {**self.given}, "split": self.split, "networks": each, "seeds": list(self.seeds)}
        return dict(json.loads(json.dumps(data)))


def settle(folder: Path, scheme: Scheme, data: Mapping[str, Any]) -> None:
    """Claim a folder for a scheme, or see that the ladder in it is of the same; networks and seeds may be added.

    Args:
        folder: made if it is not there.
        scheme: what is asked for now.
        data: what the data are.

    Raises:
        ResumeError: the ladder in it has another budget, other options or other data; the message names them.
    """
    now = {**scheme.to_dict(), "data": dict(data)}
    path = folder / FILE
    if path.is_file():
        before = _read(path)
        changed = _differences(before, now)
        if changed:
            raise ResumeError(f"{folder} holds another ladder: {'; '.join(changed)}; choose another folder")
        now["networks"] = {**before["networks"], **now["networks"]}
        now["seeds"] = sorted({*before["seeds"], *now["seeds"]})
    make_folder(folder)
    atomic_write(path, (json.dumps(now, indent=2) + "\n").encode())


def run_name(architecture: str, seed: int) -> str:
    """The folder of a run, and of what stands for it: `unet-seed0`."""
    return f"{file_name(architecture)}-seed{seed}"


def file_name(name: str) -> str:
    """A name with nothing in it that means something in a path."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name).strip(".-")


def _differences(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    given = [each["given"] for each in (before, now)]
    changed = [
        f"{name}: {_say(given[0].get(name))} there, {_say(given[1].get(name))} now"
        for name in sorted({*given[0], *given[1]})
        if given[0].get(name) != given[1].get(name)
    ]
    if before["split"] != now["split"]:
        changed.append(f"split: {before['split']} there, {now['split']} now")
    for name, options in now["networks"].items():
        if name in before["networks"] and before["networks"][name] != options:
            changed.append(f"options of {name}: {before['networks'][name]} there, {options} now")
    if before["data"] != now["data"]:
        changed.append("the data are others, or their files have changed")
    return changed


def _say(value: Any) -> str:
    return "not given" if value is None else str(value)


def _read(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if {"given", "split", "networks", "seeds", "data"} <= data.keys():
            return dict(data)
    except OSError as error:
        raise ResumeError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, AttributeError) as error:
        raise ResumeError(f"{path}: not JSON that a ladder wrote: {error}") from error
    raise ResumeError(f"{path}: not what a ladder writes")

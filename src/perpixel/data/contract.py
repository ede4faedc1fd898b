"""The contract: `perpixel.yaml`, what a data set was found to be, and what every command then holds it to."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, cast, get_args

import yaml

from perpixel.classes import ClassTable
from perpixel.data.dataset import OF_THINGS, Dataset, Task
from perpixel.data.sample import Sample
from perpixel.errors import DataError
from perpixel.files import atomic_write
from perpixel.masks import Encoding

NAME = "perpixel.yaml"
_FORMAT = 1
_KNOWN = {
    "format", "root", "layout", "task", "masks", "encoding", "values", "ignored_colors", "ignore", "classes",
    "channels", "splits", "together",
}  # fmt: skip
_HEAD = """\
# What this data set is. `perpixel train THIS_FILE` and every other command hold it to this.
# `hash` is of the names of a split's pictures and the sizes in bytes of their files.
"""


@dataclass(frozen=True)
class SplitRecord:
    """How many pictures a split has, and the digest of their names and the sizes of their files."""

    pictures: int
    hash: str


@dataclass(frozen=True)
class Contract:
    """What a data set was found to be.

    Attributes:
        root: the folder of the data.
        layout: what it was recognized as, in words.
        task: semantic, multilabel, instance, panoptic, depth or slices.
        classes: the class table, with the ignored value; means nothing where the truth is a distance.
        encoding: how mask files code the classes; means nothing for distances, and where things are told apart.
        channels: of the pictures as they are read.
        splits: what each split has.
        masks: the folder or table of the truth, where it had to be chosen.
        together: names of pictures of one photo, which a split by chance keeps on one side.
        file: where the contract was read from.
    """

    root: Path
    layout: str
    task: Task
    classes: ClassTable
    encoding: Encoding
    channels: int
    splits: Mapping[str, SplitRecord]
    masks: str | None = None
    together: tuple[tuple[str, ...], ...] = ()
    file: Path = field(default=Path(NAME))

    @property
    def things(self) -> bool:
        """Whether things are told apart, in annotations or maps of ids."""
        return self.task in OF_THINGS

    def groups_of(self, samples: Sequence[Sample]) -> list[int]:
        """A number for each sample, the same for pictures of one photo."""
        first = {name: group[0] for group in self.together for name in group}
        numbers: dict[str, int] = {}
        return [numbers.setdefault(first.get(sample.name, sample.name), len(numbers)) for sample in samples]

    def check(self, dataset: Dataset) -> None:
        """See that a data set that was opened is still the one of the contract.

        Raises:
            DataError: other splits or channels; the message names the contract and the cure.
        """
        found = {name: split_record(samples) for name, samples in dataset.splits.items()}
        if found.keys() != self.splits.keys():
            self._refuse(f"the data have the splits {', '.join(found)}, the contract {', '.join(self.splits)}")
        for name, own in found.items():
            agreed = self.splits[name]
            if own.pictures != agreed.pictures:
                self._refuse(f"the split {name} has {own.pictures} pictures, the contract {agreed.pictures}")
            if own.hash != agreed.hash:
                self._refuse(f"the split {name} has other files (names or sizes) than when the contract was made")
        if dataset.channels != self.channels:
            self._refuse(f"the pictures have {dataset.channels} channels, the contract {self.channels}")

    def _refuse(self, what: str) -> None:
        cure = f"if that is meant, run `perpixel inspect {self.root} --out {self.file.parent}` again"
        raise DataError(f"{self.file}: {what}; {cure}")

    def to_dict(self) -> dict[str, Any]:
        """As YAML data, the root relative to where the contract lies."""
        encoding = self.encoding
        return {
            "format": _FORMAT,
            "root": _relative(self.root, self.file.parent),
            "layout": self.layout,
            "task": self.task,
            **({} if self.masks is None else {"masks": self.masks}),
            **({} if self.things or self.task == "depth" else {"encoding": encoding.kind}),
            **({"values": dict(encoding.values)} if encoding.values else {}),
            **(
                {"ignored_colors": [list(color) for color in encoding.ignored_colors]}
                if encoding.ignored_colors
                else {}
            ),
            **({} if self.task == "depth" else self.classes.to_dict()),
            "channels": self.channels,
            "splits": {name: {"pictures": own.pictures, "hash": own.hash} for name, own in self.splits.items()},
            **({"together": [list(group) for group in self.together]} if self.together else {}),
        }


def split_record(samples: Sequence[Sample]) -> SplitRecord:
    """Of the samples as they are on the disk now, in any order; no file is read.

    Raises:
        DataError: a file is not there any more.
    """
    digest = blake2b(digest_size=16)
    for sample in sorted(samples, key=lambda own: own.name):
        files = [sample.picture, sample.mask, *sample.layers, *([sample.entry.file] if sample.entry else [])]
        sizes = "\0".join("" if file is None else str(_bytes_of(file)) for file in files)
        digest.update(f"{sample.name}\0{sizes}\0{chr(0).join(sample.runs)}\n".encode())
    return SplitRecord(len(samples), digest.hexdigest())


def find_contract(path: Path) -> Contract | None:
    """The contract at a path: a YAML file, or the one in a folder; None if there is none.

    Raises:
        DataError: it cannot be read.
    """
    if path.is_dir():
        path = path / NAME
    return load_contract(path) if path.suffix.lower() in (".yaml", ".yml") and path.is_file() else None


def save_contract(contract: Contract, path: Path) -> None:
    """Write a contract; `load_contract` reads it back.

    Raises:
        PerpixelError: the file cannot be written.
    """
    placed = Contract(**{**vars(contract), "file": path})
    text = yaml.safe_dump(placed.to_dict(), sort_keys=False, default_flow_style=None, allow_unicode=True, width=110)
    atomic_write(path, (_HEAD + text).encode())


def load_contract(path: Path) -> Contract:
    """Read a contract.

    Raises:
        DataError: it cannot be read, or is not a contract.
    """
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or data.get("format") != _FORMAT:
            raise ValueError(f"expected `format: {_FORMAT}` and what `perpixel inspect` writes")
        unknown = sorted(map(str, data.keys() - _KNOWN))
        if unknown:
            raise ValueError(f"unknown key {unknown[0]!r}; known are {', '.join(sorted(_KNOWN))}")
        return _contract(data, path)
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except (ValueError, TypeError, ArithmeticError, KeyError, AttributeError, yaml.YAMLError) as error:
        what = f"missing {error}" if isinstance(error, KeyError) else " ".join(str(error).split())
        raise DataError(f"{path}: not a contract: {what}") from error


def _contract(data: Mapping[str, Any], path: Path) -> Contract:
    if data["task"] not in get_args(Task):
        raise ValueError(f"task {data['task']!r} is not one of {', '.join(get_args(Task))}")
    kind = data.get("encoding", "index") if data["task"] in (*OF_THINGS, "depth") else data["encoding"]
    colors = tuple(_color(color) for color in data.get("ignored_colors", ()))
    values = tuple((int(value), int(number)) for value, number in (data.get("values") or {}).items())
    return Contract(
        path.parent / str(data["root"]),
        str(data["layout"]),
        data["task"],
        ClassTable.named(["depth"]) if data["task"] == "depth" else ClassTable.from_dict(data),
        Encoding(cast(Any, kind), values, colors, reason=f"{path.name} says so"),
        int(data["channels"]),
        {str(name): SplitRecord(int(own["pictures"]), str(own["hash"])) for name, own in data["splits"].items()},
        None if data.get("masks") is None else str(data["masks"]),
        tuple(tuple(map(str, group)) for group in data.get("together", ())),
        path,
    )


def _color(numbers: Sequence[Any]) -> tuple[int, int, int]:
    red, green, blue = numbers
    return int(red), int(green), int(blue)


def _relative(root: Path, folder: Path) -> str:
    """The way from the contract's folder to the data, so that both can be moved together."""
    return Path(os.path.relpath(root.resolve(), folder.resolve())).as_posix()


def _bytes_of(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror or error}") from error

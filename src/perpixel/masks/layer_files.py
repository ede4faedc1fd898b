"""Layers to files: a mask of 0 and 255 for every class, each class in a folder of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from perpixel.files import make_folder
from perpixel.pictures import write_png
from perpixel.results import Layers

_UNFIT = re.compile(r'[\\/:*?"<>|\x00-\x1f]|^\.+|[. ]+$')  # in a file's name, on some system


def layer_folder(name: str) -> str:
    """The folder of a class: its name, but for characters that no folder can have. `a/b` becomes `a_b`."""
    return _UNFIT.sub("_", name) or "_"


def layer_files(folder: Path, name: str, classes: Sequence[str]) -> list[Path]:
    """Where the masks of a picture lie: `folder/CLASS/name.png` for every class."""
    return [folder / layer_folder(entry) / f"{name}.png" for entry in classes]


def write_layers(folder: Path, name: str, answer: Layers) -> None:
    """Write a mask of 0 and 255 for every class, where `layer_files` says; each file is whole or not there.

    What is not judged is 0.

    Raises:
        PerpixelError: a folder cannot be made or a file not be written.
    """
    for path, mask in zip(layer_files(folder, name, answer.classes.names), answer.masks, strict=True):
        make_folder(path.parent)
        write_png(path, mask[:, :, None].astype(np.uint8) * 255)

"""Lanes in CULane's `NAME.lines.txt`: one lane a line, as `x y x y ...` in pixels.

https://xingangpan.github.io/projects/CULane.html
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from perpixel.data.listing import list_files
from perpixel.errors import DataError
from perpixel.files import atomic_write
from perpixel.masks.runs.numbers import shown

ENDING = ".lines.txt"
FARTHEST = 1e6  # pixels


def lane_files(path: Path) -> dict[str, Path]:
    """The files of lanes below a folder, by their path in it without the ending; or one file, by its stem.

    Raises:
        DataError: nothing is there, or it cannot be read.
    """
    if path.is_file():
        return {path.name.removesuffix(ENDING): path} if path.name.endswith(ENDING) else {}
    names = [name for name in list_files(path) if name.name.endswith(ENDING)]
    return {name.as_posix().removesuffix(ENDING): path / name for name in names}


def read_culane(path: Path) -> tuple[NDArray[np.float64], ...]:
    """The lanes of a picture, (P, 2) x, y each, in the file's order; empty lines are skipped.

    Raises:
        DataError: the file cannot be read, or a line is no list of pairs of numbers; the message names it.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except OSError as error:
        raise DataError(f"{path}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not text; CULane's lanes are lines of x y x y ...") from error
    return tuple(_points(line, f"{path}: line {place}") for place, line in enumerate(lines, start=1) if line.strip())


def write_culane(path: Path, lines: Sequence[NDArray[np.float64]]) -> None:
    """Write the lanes (P, 2) x, y of a picture, to a thousandth of a pixel; as a whole or not at all.

    Raises:
        PerpixelError: the system cannot write there.
    """
    texts = (" ".join(f"{value:.3f}".rstrip("0").rstrip(".") for value in line.ravel()) for line in lines)
    atomic_write(path, "".join(f"{text}\n" for text in texts).encode())


def _points(line: str, where: str) -> NDArray[np.float64]:
    values = []
    for part in line.split():
        try:
            value = float(part)
        except ValueError:
            raise DataError(f"{where}: {shown(part)} is no number; expected x y x y ... in pixels") from None
        if not abs(value) <= FARTHEST:
            raise DataError(f"{where}: {shown(part)} is no place in a picture; expected x y x y ... in pixels")
        values.append(value)
    if len(values) % 2:
        raise DataError(f"{where}: {len(values)} numbers; expected pairs x y x y ...: is the line cut off?")
    return np.array(values, np.float64).reshape(-1, 2)

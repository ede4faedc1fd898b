"""The files below a folder."""

from __future__ import annotations

import os
from pathlib import Path

from perpixel.errors import DataError
from perpixel.pictures import PICTURE_SUFFIXES

_ENDINGS = tuple(PICTURE_SUFFIXES)


def list_files(root: Path) -> list[Path]:
    """All files below `root`, relative to it, sorted; hidden ones are left out, links to folders are followed once.

    Raises:
        DataError: no such folder, not a folder, or no permission.
    """
    if not root.exists():
        raise DataError(f"{root}: there is no such folder")
    if not root.is_dir():
        raise DataError(f"{root}: not a folder; give the folder of the data set")
    files, seen = [], set()
    for folder, below, names in os.walk(root, onerror=_refuse, followlinks=True):
        real = os.path.realpath(folder)
        below[:] = [] if real in seen else sorted(name for name in below if not _hidden(name))
        if real in seen:
            continue
        seen.add(real)
        here = Path(folder).relative_to(root)
        files += [here / name for name in names if not _hidden(name)]
    return sorted(files, key=lambda file: file.parts)  # several times faster than comparing paths


def is_picture(path: Path) -> bool:
    """Whether a file is called like one that is read."""
    return path.name.lower().endswith(_ENDINGS)


def some(paths: list[Path] | list[str]) -> str:
    """Up to five of them, and how many more there are."""
    more = f" and {len(paths) - 5} more" if len(paths) > 5 else ""
    return ", ".join(str(path) for path in paths[:5]) + more


def _hidden(name: str) -> bool:
    return name.startswith(".") or name == "__MACOSX"


def _refuse(error: OSError) -> None:
    raise DataError(f"{error.filename}: the folder cannot be read: {error.strerror or error}") from error

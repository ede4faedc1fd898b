"""Files that are whole or not there: written beside their place, then moved into it; and the folders they lie in."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from perpixel.errors import DataError, PerpixelError


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path` to write to; it takes the place of `path` only if the block ends well.

    Raises:
        PerpixelError: the system cannot write there (a full disk, no permission); what stood at `path` still stands.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield temporary
        with temporary.open("rb") as file:  # on the disk before it gets its name: a power cut leaves the old or the new
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise PerpixelError(f"{path}: cannot be written: {error.strerror or error}") from error
    finally:
        temporary.unlink(missing_ok=True)


def atomic_write(path: Path, data: bytes) -> None:
    """Write `data` to `path` as a whole or not at all.

    Raises:
        PerpixelError: the system cannot write there; what stood at `path` still stands.
    """
    with whole_file(path) as temporary:
        temporary.write_bytes(data)


def make_folder(folder: Path) -> Path:
    """Make a folder with those above it, if it is not there, and give it back.

    Raises:
        DataError: the system does not let it, or a file stands there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"{folder}: cannot be made: {error.strerror or error}") from error
    return folder

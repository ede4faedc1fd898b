"""Folders that are whole or not there: filled beside their place, then exchanged with what stood in it."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from perpixel.errors import PerpixelError


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder beside `folder` to fill; it takes the place of `folder` only if the block ends well.

    A process killed at any moment leaves the old folder complete, or the new one. On Linux and macOS the two change
    places in one step. Elsewhere there is an instant in which neither has the name; `recover` then puts the old one
    back. One writer at a time.

    Raises:
        PerpixelError: the system cannot write there (a full disk, no permission); what stood at `folder` still stands.
    """
    temporary, old = _beside(folder, "part"), _beside(folder, "old")
    try:
        recover(folder)
        shutil.rmtree(temporary, ignore_errors=True)  # of a process that was killed
        temporary.mkdir(parents=True)
        yield temporary
        _to_disk(temporary)
        if not folder.exists():
            temporary.rename(folder)
        elif not _exchange(temporary, folder):
            folder.rename(old)
            temporary.rename(folder)
        _to_disk(folder.parent, only_itself=True)
    except OSError as error:
        raise PerpixelError(f"{folder}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
        if folder.exists():
            shutil.rmtree(old, ignore_errors=True)


def recover(folder: Path) -> None:
    """Put back what stood at `folder` if a process was killed while two folders changed places."""
    old = _beside(folder, "old")
    if old.is_dir() and not folder.exists():
        old.rename(folder)


def _beside(folder: Path, ending: str) -> Path:
    return folder.with_name(f".{folder.name}.{ending}")


def _to_disk(folder: Path, *, only_itself: bool = False) -> None:
    """Wait until files and names are on the disk: a power cut after the exchange must not find empty files."""
    paths = [folder] if only_itself else [*(path for path in folder.rglob("*") if path.is_file()), folder]
    for path in paths:
        with suppress(PermissionError):  # Windows opens no folders
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _exchange(first: Path, second: Path) -> bool:
    """Let two folders change places in one step; False where the system or the file system has no such step."""
    calls = {"linux": ("renameat2", 2), "darwin": ("renameatx_np", 2)}
    if sys.platform not in calls:
        return False
    name, flag = calls[sys.platform]
    try:
        call = getattr(ctypes.CDLL(None, use_errno=True), name)
    except AttributeError:  # an old C library
        return False
    here = -100 if sys.platform == "linux" else -2  # AT_FDCWD
    return bool(call(here, os.fsencode(first), here, os.fsencode(second), flag) == 0)

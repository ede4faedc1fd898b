"""A folder beside the place where its contents will go; gone when the work is done or has failed."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from perpixel.errors import DataError
from perpixel.files import make_folder


@contextmanager
def spare_folder(target: Path) -> Iterator[Path]:
    """An empty folder on the same disk as `target`, with a hidden name; it is deleted at the end, also after errors.

    Raises:
        DataError: `target` is a file, or a folder that is not empty; or the system does not let it be made.
    """
    if target.exists() and not target.is_dir():
        raise DataError(f"{target}: a file is there; give a folder that is empty or not there")
    if target.is_dir() and any(target.iterdir()):
        raise DataError(f"{target}: the folder is not empty; give one that is empty or not there")
    path = target.absolute()
    spare = path.with_name(f".{path.name}.{os.getpid()}.part")
    make_folder(path.parent)
    try:
        spare.mkdir()
    except OSError as error:
        raise DataError(f"{spare}: cannot be made: {error.strerror or error}") from error
    try:
        yield spare
    finally:
        shutil.rmtree(spare, ignore_errors=True)

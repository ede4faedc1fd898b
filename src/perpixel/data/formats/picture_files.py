"""The pictures of a data set, found by what annotation files call them; and put where a new data set keeps them."""

from __future__ import annotations

import re
import shutil
from collections import defaultdict
from collections.abc import Container, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from perpixel.data.annotation import Collection, Entry
from perpixel.data.listing import is_picture, list_files
from perpixel.data.names import role_of, split_of
from perpixel.errors import DataError
from perpixel.files import make_folder
from perpixel.pictures import PICTURE_SUFFIXES

_DRIVE = re.compile(r"[A-Za-z]:")
_WITHIN = re.compile(r"(?:[A-Za-z]:)?/+")  # where a path of another computer begins


@dataclass(frozen=True, slots=True)
class PictureFile:
    """A picture below the folder that was read.

    Attributes:
        path: the file.
        name: its path without a suffix, below the folders that only say that here are pictures, and of which split.
        split: what its folders say; None if they say nothing.
        folders: its folders, from the root down.
    """

    path: Path
    name: str
    split: str | None
    folders: tuple[str, ...]


class PictureFiles:
    """All pictures below a folder, by every end of their paths, with a suffix and without.

    Where pictures and masks lie in folders called so, those of the masks are no pictures.
    """

    def __init__(self, root: Path) -> None:
        """List them.

        Raises:
            DataError: no such folder, or one that cannot be read.
        """
        self.root = root
        listed = [path for path in list_files(root) if is_picture(path)]
        photos = [path for path in listed if not any(role_of(part) in ("masks", "other") for part in path.parts[:-1])]
        self.files = tuple(_picture_file(root, path) for path in photos or listed)
        self._by_end: dict[str, list[PictureFile]] = defaultdict(list)
        for file, path in zip(self.files, photos or listed, strict=True):
            for whole in {path, path.with_suffix("")}:
                for start in range(len(path.parts)):
                    self._by_end["/".join(whole.parts[start:])].append(file)

    def find(
        self, said: str, *, split: str | None = None, near: Container[str] = (), source: object = ""
    ) -> PictureFile | None:
        """The picture that a file calls `said`: by the longest end of that path that any picture has.

        The suffix may differ or lack. Of several, one of the split or in a folder that is near is taken.

        Args:
            said: a name, or a path of any computer.
            split: which is preferred.
            near: names of folders that are preferred.
            source: the file that says it, for the message.

        Returns:
            None if there is no such picture.

        Raises:
            DataError: several pictures have the name.
        """
        path = PurePosixPath(_WITHIN.sub("/", said.replace("\\", "/"), count=1).lstrip("/"))
        for start in range(len(path.parts)):
            whole = PurePosixPath(*path.parts[start:])
            ends = [whole, whole.with_suffix("")] if whole.suffix.lower() in PICTURE_SUFFIXES else [whole]
            for end in ends:
                found = self._by_end.get(str(end), [])
                preferred = [
                    file
                    for file in found
                    if (split and split in (file.split, *file.folders)) or any(name in near for name in file.folders)
                ]
                if len(found) == 1 or len(preferred) == 1:
                    return (preferred or found)[0]
                if found:
                    where = f"{source}: " if source else ""
                    raise DataError(
                        f"{where}{len(found)} pictures below {self.root} are called {said!r}, such as {found[0].path} "
                        f"and {found[1].path}; write their folders too, or say which folder has the pictures"
                    )
        return None


def entry_name(said: str, *, source: object) -> str:
    """A name for a picture that is not there: the path that a file says, without a suffix and what leads outside.

    Raises:
        DataError: nothing is left of it.
    """
    parts = [
        part
        for part in said.replace("\\", "/").split("/")
        if part not in ("", ".", "..") and not _DRIVE.fullmatch(part)
    ]
    path = PurePosixPath(*parts)
    name = str(path.with_suffix("")) if path.suffix.lower() in PICTURE_SUFFIXES else str(path)
    if not parts or "\0" in name:
        raise DataError(f"{source}: {said!r} is no name of a picture")
    return name


def check_names(entries: Sequence[Entry], *, source: object) -> None:
    """Names must differ within a split.

    Raises:
        DataError: two entries have one name.
    """
    by_name: dict[str, Entry] = {}
    for entry in entries:
        other = by_name.setdefault(entry.name, entry)
        if other is not entry:
            files = f" ({other.picture} and {entry.picture})" if entry.picture and other.picture else ""
            raise DataError(f"{source}: two pictures are called {entry.name!r}{files}; rename one")


def place_of(folder: Path, name: str, suffix: str) -> Path:
    """Where a file of an entry is written, below `folder`; the folders down to it are made.

    Raises:
        DataError: the name leads out of the folder, or the system does not let it be made.
    """
    if PurePosixPath(name).is_absolute() or ".." in name.split("/") or "\0" in name:
        raise DataError(f"{name!r} leads out of the folder {folder}; rename the picture")
    path = folder / f"{name}{suffix}"
    make_folder(path.parent)
    return path


def put_picture(collection: Collection, entry: Entry, folder: Path) -> Path:
    """Copy the photo of an entry, byte for byte, to `folder/NAME` with the suffix that it has.

    Raises:
        DataError: there is none, or the system does not let it be written.
    """
    source = collection.picture_of(entry)
    target = place_of(folder, entry.name, source.suffix)
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise DataError(f"{target}: cannot be written: {error.strerror or error}") from error
    return target


def split_folder(folder: Path, split: str) -> Path:
    """The folder of a split below `folder`: itself for the one split `all`, which is none."""
    return folder if split == "all" else folder / split


def name_of(path: Path) -> str:
    """What an entry is called whose file is at this path below the root.

    Without the folders that only say that here are pictures or their annotations, and of which split.
    """
    folders = path.parts[:-1]
    telling = [role_of(part) is not None or split_of(part) is not None for part in folders]
    start = telling.index(True) if True in telling else 0
    while start < len(folders) and telling[start]:
        start += 1
    return "/".join(path.with_suffix("").parts[start:])


def split_in(folders: Sequence[str]) -> str | None:
    """The split that the first of these folders tells that tells one."""
    return next((own for part in folders if (own := split_of(part)) is not None), None)


def _picture_file(root: Path, path: Path) -> PictureFile:
    folders = path.parts[:-1]
    return PictureFile(root / path, name_of(path), split_in(folders), folders)

"""Sources give frames to predict on: pictures of files and folders, read ahead of the computing; and find videos."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from perpixel.camera import Camera
from perpixel.data import open_dataset
from perpixel.data.contract import find_contract
from perpixel.data.listing import is_picture, list_files
from perpixel.errors import DataError, PictureError
from perpixel.pictures import PICTURE_SUFFIXES, read_picture

AHEAD = 4
VIDEO_SUFFIXES = (".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v")
OUR_OWN = (  # what commands write beside pictures
    *(".overlay.jpg", ".confidence.png"),
    *(".edges.png", ".lines.jpg"),
    *(".colors.png", ".boundaries.jpg", ".scales.jpg"),
    *(".occupancy.jpg", ".grid.png", ".lanes.jpg"),
    *(".depth.png", ".depth.jpg", ".height.tif", ".height.jpg", ".front.jpg"),
    *(".overlay.mp4", ".occupancy.mp4", ".lanes.mp4", ".depth.mp4", ".front.mp4"),
)


@dataclass(frozen=True)
class Frame:
    """One picture of a source.

    Attributes:
        name: where its answers go, below the output folder and without suffix; unlike all others of the source.
        index: its number, from 0.
        image: (H, W, C), or None if it could not be read; then `problem` says why.
        path: the file.
        time: seconds since the first frame of a video.
        camera, pose: of the picture where they are known; the pose is (4, 4), camera to world.
    """

    name: str
    index: int
    image: NDArray[Any] | None
    problem: str = ""
    path: Path | None = None
    time: float | None = None
    camera: Camera | None = None
    pose: NDArray[np.float64] | None = None


class Source(Protocol):
    """Whatever gives frames."""

    def __iter__(self) -> Iterator[Frame]:
        """The frames, in order."""

    def __len__(self) -> int:
        """How many there are."""


class FileSource:
    """Pictures from files and folders, the folders searched to their depths, in natural order (2 before 10).

    Of a data set with a contract (`perpixel.yaml`, in the folder or given as a path) they are its pictures without its
    masks, and it is held to the contract. A picture from a folder keeps its path below that folder as its name.
    Pictures whose names differ only in the suffix keep it (`a.jpg` and `a.png` become `a.jpg` and `a.png`, not `a`
    twice), and so do videos.

    Attributes:
        files: the pictures by name. These are what it iterates.
        videos: the videos by name, for `VideoSource`; none where they were not asked for.

    Args:
        paths: files and folders.
        without: a folder whose contents are left out, such as the output folder inside the input folder.
        videos: find videos too; else they are no pictures.

    Raises:
        DataError: a path is not there or may not be read, nothing is found, or two would have the same name.
    """

    def __init__(self, paths: Sequence[Path], *, without: Path | None = None, videos: bool = False) -> None:
        found = list(dict.fromkeys(entry for path in paths for entry in _found(path, without, videos)))
        if not found:
            looked, kinds = ", ".join(str(path) for path in paths), "pictures or videos" if videos else "pictures"
            suffixes = (*sorted(PICTURE_SUFFIXES), *(VIDEO_SUFFIXES if videos else ()))
            raise DataError(f"{looked}: no {kinds} there; they end in {', '.join(suffixes)}")
        self.files = _named([entry for entry in found if not (videos and is_video(entry[0]))], ".png")
        self.videos = _named([entry for entry in found if videos and is_video(entry[0])], ".mp4")

    def __len__(self) -> int:
        return len(self.files)

    def __iter__(self) -> Iterator[Frame]:
        """Frames in order, a few read ahead by a thread."""
        entries = list(self.files.items())
        with ThreadPoolExecutor(1) as pool:
            waiting: list[Future[Frame]] = []
            for index in range(len(entries) + AHEAD):
                if index < len(entries):
                    name, path = entries[index]
                    waiting.append(pool.submit(_read, name, path, index))
                if index >= AHEAD - 1 and waiting:
                    yield waiting.pop(0).result()

    def keep_frames_apart(self) -> None:
        """See that files of single frames, `VIDEO/000000`, and of pictures do not meet.

        Raises:
            DataError: a picture lies in a folder that is called like a video; the message names both.
        """
        for name, video in self.videos.items():
            for other, picture in self.files.items():
                if other.startswith(f"{name}/"):
                    both = f"{picture} and the frames of {video} would be written to the same folder {name}"
                    raise DataError(f"{both}; take them in separate calls")


def is_video(path: Path) -> bool:
    """Whether a file is called like a video that OpenCV reads."""
    return path.name.lower().endswith(VIDEO_SUFFIXES)


def _read(name: str, path: Path, index: int) -> Frame:
    try:
        return Frame(name, index, read_picture(path), path=path)
    except PictureError as error:
        return Frame(name, index, None, problem=str(error), path=path)


def _named(found: Sequence[tuple[Path, Path]], ending: str) -> dict[str, Path]:
    """Files by the names of their answers: without suffix, where that tells them apart."""
    bare = Counter(name.with_suffix("") for name, _ in found)
    names = [(name if bare[name.with_suffix("")] > 1 else name.with_suffix("")).as_posix() for name, _ in found]
    files = dict(zip(names, (path for _, path in found), strict=True))
    if len(files) < len(found):
        twice = next(name for name, count in Counter(names).items() if count > 1)
        both = " and ".join(str(path) for name, (_, path) in zip(names, found, strict=True) if name == twice)
        raise DataError(f"{both} would be written to the same file {twice}{ending}; predict them in separate calls")
    return files


def _found(path: Path, without: Path | None, videos: bool) -> list[tuple[Path, Path]]:
    """Pairs of a name, relative and with suffix, and a file."""
    if find_contract(path) is not None:  # the pictures alone: masks lie beside them, and are pictures to the eye
        dataset = open_dataset(path)
        found = {sample.picture for samples in dataset.splits.values() for sample in samples}
        named = {file.relative_to(dataset.root): file for file in found}
        return [(name, named[name]) for name in sorted(named, key=_natural)]
    if path.is_file():
        return [(Path(path.name), path)]
    if not path.is_dir():
        raise DataError(f"{path}: there is no such file or folder")
    taken = [name for name in list_files(path) if is_picture(name) or (videos and is_video(name))]
    names = [name for name in taken if not name.name.endswith(OUR_OWN)]
    if without is not None and without.resolve() != path.resolve():
        hidden = without.resolve()
        names = [name for name in names if hidden not in (path / name).resolve().parents]
    return [(name, path / name) for name in sorted(names, key=_natural)]


def _natural(path: Path) -> list[tuple[int, int, str]]:
    """Numbers inside names compare as numbers."""
    parts = re.split(r"(\d+)", path.as_posix().lower())
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]
